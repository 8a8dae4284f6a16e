// Reads an inventory.ini as Ansible's own ini plugin does (lib/ansible/plugins/inventory/ini.py).

import { ConfigError, type Place, suggest } from "./config-error.ts";
import { addHost, type Draft, defineGroup, groupOf, newDraft, type Value } from "./draft.ts";
import { expandRange, splitPort } from "./range.ts";
import { splitWords } from "./words.ts";

interface Section {
  readonly group: string;
  readonly kind: "hosts" | "children" | "vars";
}

export function readIni(text: string, file: string): Draft {
  const draft = newDraft(file);
  const pending: { readonly section: Section; readonly place: Place }[] = [];
  let section: Section = { group: "ungrouped", kind: "hosts" };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const place = { file, line: index + 1 };
    const line = (index === 0 ? raw.replace(/^\uFEFF/, "") : raw).trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    // A host line may begin with an address in brackets, [2001:db8::1], which is no section.
    if (line.startsWith("[") && !/^\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\](:\d+)?(\s|$)/.test(line)) {
      section = readHeader(line, place);
      if (section.kind === "vars") pending.push({ section, place });
      else defineGroup(draft, section.group, place);
    } else {
      readEntry(draft, section, line, place);
    }
  }
  refuseUndefined(draft, pending);
  return draft;
}

function readHeader(line: string, place: Place): Section {
  const found = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line);
  if (found === null) {
    const because = line.includes("]")
      ? `the section header "${line}" cannot be read`
      : `the section header "${line}" has no closing bracket`;
    throw new ConfigError(place, because, "Write it as [group], [group:children] or [group:vars].");
  }
  const [, group = "", kind = "hosts"] = found;
  if (kind !== "hosts" && kind !== "children" && kind !== "vars") {
    const because = `the section [${group}:${kind}] is of an unknown type`;
    throw new ConfigError(place, because, suggest(kind, ["children", "vars", "hosts"]));
  }
  return { group, kind };
}

function readEntry(draft: Draft, section: Section, line: string, place: Place): void {
  switch (section.kind) {
    case "hosts":
      readHost(draft, section.group, line, place);
      return;
    case "children": {
      const [child = "", ...rest] = splitWords(line, place);
      if (rest.length > 0) {
        const because = `"${line}" is not the name of one group, in [${section.group}:children]`;
        throw new ConfigError(place, because, "Write one group a line there, without variables.");
      }
      const { children } = groupOf(draft, section.group);
      if (!children.has(child)) children.set(child, place);
      groupOf(draft, child);
      return;
    }
    case "vars": {
      const at = line.indexOf("=");
      if (at < 1) {
        const because = `"${line}" is not key=value, in [${section.group}:vars]`;
        throw new ConfigError(
          place,
          because,
          "Write it as key=value, or make it a comment with #.",
        );
      }
      const text = unquote(
        line
          .slice(at + 1)
          .replace(/\s+#.*$/, "")
          .trim(),
      );
      groupOf(draft, section.group).vars.set(line.slice(0, at).trim(), { text, place });
      return;
    }
  }
}

function readHost(draft: Draft, group: string, line: string, place: Place): void {
  const [pattern = "", ...words] = splitWords(line, place);
  const vars = new Map<string, Value>();
  const { host, port } = splitPort(pattern);
  if (port !== undefined) vars.set("ansible_port", { text: port, place });
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) {
      const because = `"${word}" is not key=value, after the host ${host}`;
      const remedy = "Write the variables of a host as key=value, without spaces around the =.";
      throw new ConfigError(place, because, remedy);
    }
    vars.set(word.slice(0, at), { text: word.slice(at + 1), place });
  }
  for (const name of expandRange(host, place)) addHost(draft, group, { name, place, vars });
}

function unquote(text: string): string {
  const found = /^(["'])(.*)\1$/.exec(text);
  return found?.[2] ?? text;
}

/** A group that is named and nowhere defined is a slip; Ansible refuses it too. */
function refuseUndefined(
  draft: Draft,
  vars: readonly { readonly section: Section; readonly place: Place }[],
): void {
  const defined = [...draft.groups.values()].filter((group) => group.defined !== undefined);
  const names = [...new Set([...defined.map(({ name }) => name), "all", "ungrouped"])];
  const refuse = (name: string, inSection: string, place: Place): void => {
    if (names.includes(name)) return;
    const because = `${inSection} names the group "${name}", which is not defined`;
    throw new ConfigError(place, because, suggest(name, names) || "Define it, or remove the line.");
  };
  for (const group of draft.groups.values()) {
    for (const [child, place] of group.children) refuse(child, `[${group.name}:children]`, place);
  }
  for (const { section, place } of vars) refuse(section.group, `[${section.group}:vars]`, place);
}
