// Reads a hosts.yaml: groups with hosts, children and vars, nested as deep as one likes.

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { ConfigError, closest, type Place, suggest } from "./config-error.ts";
import { addHost, type Draft, defineGroup, groupOf, newDraft, type Value } from "./draft.ts";
import { expandRange, splitPort } from "./range.ts";

/** A parsed YAML file whose nodes know their lines. */
export interface Sheet {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Parses YAML, or says at which line and column it is broken. */
export function parseSheet(text: string, file: string): Sheet {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const because = `this is not valid YAML: ${error.message}`;
    const remedy = "Correct the line; indent with spaces, and the same at each level.";
    throw new ConfigError({ file, line, column: col }, because, remedy, error);
  }
  const sheet = { file, document, lines };
  refuseLoops(sheet);
  return sheet;
}

/** An alias can only name what stands before it: a loop is one that names what it stands in. */
function refuseLoops(sheet: Sheet): void {
  visit(sheet.document, {
    Alias: (_, alias, within) => {
      const named = alias.resolve(sheet.document);
      if (named === undefined || !within.includes(named)) return;
      const because = `*${alias.source} stands in what it names, and would never end`;
      throw new ConfigError(placeOf(sheet, alias), because, "Write out what is meant there.");
    },
  });
}

export function placeOf(sheet: Sheet, node: unknown): Place {
  const at = isNode(node) ? node.range?.[0] : undefined;
  if (at === undefined) return { file: sheet.file };
  const { line, col } = sheet.lines.linePos(at);
  return { file: sheet.file, line, column: col };
}

export function readYaml(text: string, file: string): Draft {
  const sheet = parseSheet(text, file);
  const draft = newDraft(file);
  const top = asMap(sheet, sheet.document.contents, "the inventory");
  for (const [name, key, body] of entries(sheet, top)) readGroup(sheet, draft, name, key, body);
  refuseSlips(draft);
  return draft;
}

/** An empty child is a group without hosts; one that is named almost like another is a slip. */
function refuseSlips(draft: Draft): void {
  const defined = [...draft.groups.values()].filter((group) => group.defined !== undefined);
  const names = [...defined.map(({ name }) => name), "calico_rr"];
  for (const group of draft.groups.values()) {
    for (const [child, place] of group.children) {
      const near = names.includes(child) ? undefined : closest(child, names);
      if (near === undefined) continue;
      const because = `the children of ${group.name} name the group "${child}", which is not defined`;
      throw new ConfigError(place, because, `Did you mean "${near}"?`);
    }
  }
}

function readGroup(sheet: Sheet, draft: Draft, name: string, key: unknown, body: unknown): void {
  const place = placeOf(sheet, key);
  const content = asMap(sheet, body, `the group ${name}`);
  if (content !== undefined) defineGroup(draft, name, place);
  else groupOf(draft, name);
  for (const [part, partKey, value] of entries(sheet, content)) {
    const map = asMap(sheet, value, `"${part}" of the group ${name}`);
    if (part === "hosts") readHosts(sheet, draft, name, map);
    else if (part === "vars") readGroupVars(sheet, draft, name, map);
    else if (part === "children") readChildren(sheet, draft, name, map);
    else {
      const because = `the group ${name} has "${part}", which is none of hosts, children and vars`;
      const hint = suggest(part, ["hosts", "children", "vars"]);
      throw new ConfigError(placeOf(sheet, partKey), because, hint);
    }
  }
}

function readHosts(sheet: Sheet, draft: Draft, group: string, hosts: YAMLMap | undefined): void {
  for (const [pattern, key, body] of entries(sheet, hosts)) {
    const place = placeOf(sheet, key);
    const { host, port } = splitPort(pattern);
    const own = valuesOf(sheet, asMap(sheet, body, `the host ${pattern}`));
    // A variable wins over the key's port, as in Ansible.
    const vars = new Map<string, Value>(
      port === undefined ? [] : [["ansible_port", { text: port, place }]],
    );
    for (const [name, value] of own) vars.set(name, value);
    for (const name of expandRange(host, place)) addHost(draft, group, { name, place, vars });
  }
}

function readGroupVars(sheet: Sheet, draft: Draft, group: string, map: YAMLMap | undefined): void {
  const { vars } = groupOf(draft, group);
  for (const [key, value] of valuesOf(sheet, map)) vars.set(key, value);
}

function readChildren(sheet: Sheet, draft: Draft, group: string, map: YAMLMap | undefined): void {
  const { children } = groupOf(draft, group);
  for (const [name, key, body] of entries(sheet, map)) {
    if (!children.has(name)) children.set(name, placeOf(sheet, key));
    readGroup(sheet, draft, name, key, body);
  }
}

/** Undefined for nothing (`etcd:`), which is a group, a host or a list without content. */
function asMap(sheet: Sheet, node: unknown, what: string): YAMLMap | undefined {
  const resolved = isAlias(node) ? node.resolve(sheet.document) : node;
  if (isMap(resolved)) return resolved;
  if (resolved === undefined || resolved === null) return undefined;
  if (isScalar(resolved) && (resolved.value === null || resolved.value === "")) return undefined;
  const because = `${what} is not a mapping`;
  const remedy =
    "Write name: lines below it, each with a colon at its end or followed by its content.";
  throw new ConfigError(placeOf(sheet, node), because, remedy);
}

type Entry = [name: string, key: unknown, value: unknown];

/** In the file's order; what `<<` merges in counts only where the map itself says nothing. */
function entries(sheet: Sheet, map: YAMLMap | undefined): readonly Entry[] {
  const found = new Map<string, Entry>();
  for (const { key, value } of map?.items ?? []) {
    const name = isScalar(key) ? key.value : key;
    if (typeof name !== "symbol" && name !== "<<") {
      found.set(String(name), [String(name), key, value]);
      continue;
    }
    for (const merged of entries(sheet, asMap(sheet, value, "what << names"))) {
      if (map?.has(merged[0]) !== true) found.set(merged[0], merged);
    }
  }
  return [...found.values()];
}

function valuesOf(sheet: Sheet, map: YAMLMap | undefined): readonly [string, Value][] {
  const values: [string, Value][] = [];
  for (const [name, key, node] of entries(sheet, map)) {
    const resolved = isAlias(node) ? node.resolve(sheet.document) : node;
    if (!isScalar(resolved) || resolved.value === null) continue;
    values.push([name, { text: String(resolved.value), place: placeOf(sheet, key) }]);
  }
  return values;
}
