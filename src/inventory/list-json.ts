// Reads what `ansible-inventory --list` prints: everything that Ansible knows, already worked out.

import { isObject } from "../core/json.ts";
import { ConfigError } from "./config-error.ts";
import { addHost, type Draft, defineGroup, newDraft, type Value } from "./draft.ts";

const remedies = {
  command: "Give a command that prints JSON, such as: ansible-inventory -i FILE --list",
  file: "Mend it, or give the INI or YAML file with which kubespray installed the cluster.",
};

/** `source` is the command that printed it, or the file that holds it, for messages. */
export function readListJson(text: string, source: string, from: "command" | "file"): Draft {
  const place = { file: source };
  const remedy = remedies[from];
  let top: unknown;
  try {
    top = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(place, notJson(text, from, error), remedy, error);
  }
  if (!isObject(top)) throw new ConfigError(place, "the JSON is not an inventory", remedy);
  const meta = isObject(top._meta) ? top._meta : {};
  const hostVars = isObject(meta.hostvars) ? meta.hostvars : {};
  const draft = newDraft(source);
  for (const [name, body] of Object.entries(top)) {
    if (name === "_meta" || !isObject(body)) continue;
    const group = defineGroup(draft, name, place);
    for (const child of strings(body.children)) group.children.set(child, place);
    for (const [key, value] of valuesOf(body.vars, source)) group.vars.set(key, value);
    for (const host of strings(body.hosts)) {
      addHost(draft, name, { name: host, place, vars: valuesOf(hostVars[host], source) });
    }
  }
  return draft;
}

function notJson(text: string, from: "command" | "file", error: unknown): string {
  if (text.trim() === "") return "it printed nothing";
  const because = error instanceof Error ? error.message : String(error);
  return from === "command"
    ? "what it printed is not JSON"
    : `it begins as JSON does, with {, and is none: ${because}`;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function valuesOf(vars: unknown, file: string): readonly [string, Value][] {
  if (!isObject(vars)) return [];
  return Object.entries(vars).flatMap(([key, value]) =>
    value === null || typeof value === "object"
      ? []
      : [[key, { text: String(value), place: { file } }] satisfies [string, Value]],
  );
}
