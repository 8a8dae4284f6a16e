// What an inventory means once it is read: who is in which group, and which value a host has.

import { ConfigError, showPlace } from "./config-error.ts";
import type { Draft, DraftGroup, Value } from "./draft.ts";

export interface Inventory {
  readonly file: string;
  /** Folders of variables that lie beside the file, where Ansible reads them and we do not. */
  readonly unread: readonly string[];
  /** In the order of the file. */
  readonly hosts: readonly string[];
  readonly groupNames: readonly string[];
  /** A group's hosts: its own first, then those of its children; empty for an unknown group. */
  members(group: string): readonly string[];
  /** A host's variable: its own, else the one of its deepest group. */
  value(host: string, key: string): Value | undefined;
}

/** These decide which machine is reached, and as whom: two values for one are refused. */
const unambiguous = new Set([
  ...["ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port"],
  ...["ansible_user", "ansible_ssh_user", "ip", "access_ip"],
]);

export function workOut(draft: Draft, unread: readonly string[] = []): Inventory {
  refuseConflicts(draft);
  refuseCircles(draft);
  const depths = depthsOf(draft);
  const membersOf = new Map<string, readonly string[]>();
  for (const name of draft.groups.keys()) membersOf.set(name, gather(draft, name));
  const hosts = [...draft.hosts.keys()];
  const groupsOf = new Map(
    hosts.map((host) => [host, groupsAround(draft, membersOf, depths, host)]),
  );
  return {
    file: draft.file,
    unread,
    hosts,
    groupNames: [...draft.groups.keys()],
    members: (group) => (group === "all" ? hosts : (membersOf.get(group) ?? [])),
    value: (host, key) => {
      const own = draft.hosts.get(host)?.vars.get(key);
      if (own !== undefined) return own;
      for (const group of groupsOf.get(host) ?? []) {
        const value = group.vars.get(key);
        if (value !== undefined) return value;
      }
      return draft.groups.get("all")?.vars.get(key);
    },
  };
}

function refuseConflicts(draft: Draft): void {
  const found = draft.conflicts.find(({ key }) => unambiguous.has(key));
  if (found === undefined) return;
  const [first, second] = found.values;
  if (first === undefined || second === undefined) return;
  const because =
    `${found.host} has ${found.key}=${second.text} here ` +
    `and ${found.key}=${first.text} at ${showPlace(first.place)}`;
  const remedy = "Remove the wrong one: nobody can tell which of the two machines is meant.";
  throw new ConfigError(second.place, because, remedy);
}

function refuseCircles(draft: Draft): void {
  const visit = (name: string, path: readonly string[]): void => {
    const group = draft.groups.get(name);
    for (const [child, place] of group?.children ?? []) {
      if (path.includes(child)) {
        const circle = [...path.slice(path.indexOf(child)), child].join(" > ");
        const because = `the groups are children of each other: ${circle}`;
        throw new ConfigError(place, because, "Remove one of the children.");
      }
      visit(child, [...path, child]);
    }
  };
  for (const name of draft.groups.keys()) visit(name, [name]);
}

function gather(draft: Draft, name: string): readonly string[] {
  const group = draft.groups.get(name);
  if (group === undefined) return [];
  const below = [...group.children.keys()].flatMap((child) => gather(draft, child));
  return [...new Set([...group.hosts.keys(), ...below])];
}

/** The longest way down from a group without parents: deeper groups win, as in Ansible. */
function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const sink = (name: string, depth: number): void => {
    if ((depths.get(name) ?? -1) >= depth) return;
    depths.set(name, depth);
    for (const child of draft.groups.get(name)?.children.keys() ?? []) sink(child, depth + 1);
  };
  for (const name of draft.groups.keys()) sink(name, name === "all" ? 0 : 1);
  return depths;
}

/** Deepest first; among equals the last by name, as in Ansible. */
function groupsAround(
  draft: Draft,
  membersOf: ReadonlyMap<string, readonly string[]>,
  depths: ReadonlyMap<string, number>,
  host: string,
): readonly DraftGroup[] {
  const around = [...draft.groups.values()].filter(({ name }) =>
    membersOf.get(name)?.includes(host),
  );
  const depth = (group: DraftGroup): number => depths.get(group.name) ?? 0;
  return around.sort((a, b) => depth(b) - depth(a) || (a.name < b.name ? 1 : -1));
}
