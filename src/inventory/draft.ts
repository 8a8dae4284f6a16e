// An inventory while it is read: groups and hosts as the file names them, each with its place. What
// they mean together (children, precedence, conflicts) is worked out in inventory.ts.

import type { Place } from "./config-error.ts";

/** Every value is kept as text: the few that are used are judged where they are used. */
export interface Value {
  readonly text: string;
  readonly place: Place;
}

export interface DraftGroup {
  readonly name: string;
  /** Where it was defined; undefined while it was only named as a child. */
  defined: Place | undefined;
  readonly hosts: Map<string, Place>;
  readonly children: Map<string, Place>;
  readonly vars: Map<string, Value>;
}

export interface DraftHost {
  readonly name: string;
  readonly place: Place;
  readonly vars: Map<string, Value>;
}

export interface Draft {
  readonly file: string;
  readonly groups: Map<string, DraftGroup>;
  readonly hosts: Map<string, DraftHost>;
  /** Two values for one variable of one host: which one wins would be a guess. */
  readonly conflicts: { readonly host: string; readonly key: string; readonly values: Value[] }[];
}

export function newDraft(file: string): Draft {
  return { file, groups: new Map(), hosts: new Map(), conflicts: [] };
}

export function groupOf(draft: Draft, name: string): DraftGroup {
  const known = draft.groups.get(name);
  if (known !== undefined) return known;
  const group: DraftGroup = {
    name,
    defined: undefined,
    hosts: new Map(),
    children: new Map(),
    vars: new Map(),
  };
  draft.groups.set(name, group);
  return group;
}

export function defineGroup(draft: Draft, name: string, place: Place): DraftGroup {
  const group = groupOf(draft, name);
  group.defined ??= place;
  return group;
}

/** Names a host in a group, once more or for the first time, with the variables given there. */
export function addHost(
  draft: Draft,
  group: string,
  host: { readonly name: string; readonly place: Place; readonly vars: Iterable<[string, Value]> },
): void {
  const members = groupOf(draft, group).hosts;
  if (!members.has(host.name)) members.set(host.name, host.place);
  const known = draft.hosts.get(host.name);
  const vars = known?.vars ?? new Map<string, Value>();
  if (known === undefined) draft.hosts.set(host.name, { name: host.name, place: host.place, vars });
  for (const [key, value] of host.vars) {
    const before = vars.get(key);
    if (before !== undefined && before.text !== value.text) {
      draft.conflicts.push({ host: host.name, key, values: [before, value] });
    }
    vars.set(key, value);
  }
}
