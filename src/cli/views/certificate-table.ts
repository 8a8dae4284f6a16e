// Columns of text, aligned as kubeadm aligns its own, and the folding that keeps 100 nodes
// readable.

import type { Instant } from "../../core/world.ts";

/** kubeadm's own padding between two columns. */
const paddingColumns = 3;

/** Lines without trailing blanks; the first row holds the headings. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + paddingColumns))
      .join("")
      .trimEnd(),
  );
}

/** One thing seen on one node; the first to expire stands for a folded group. */
export interface Seen<T> {
  readonly node: string;
  readonly expiresAt: Instant | undefined;
  readonly value: T;
}

export interface Group<T> {
  readonly first: Seen<T>;
  readonly nodes: readonly string[];
  readonly members: readonly Seen<T>[];
}

/** Groups by key, in the order in which the keys first occur. */
export function fold<T>(
  seen: readonly Seen<T>[],
  keyOf: (one: Seen<T>) => string,
): readonly Group<T>[] {
  const groups = new Map<string, Seen<T>[]>();
  for (const one of seen) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((members) => {
    const first = members.reduce((one, other) => (sooner(other, one) ? other : one));
    return [{ first, members, nodes: [...new Set(members.map((member) => member.node))] }];
  });
}

function sooner(one: Seen<unknown>, other: Seen<unknown>): boolean {
  return (
    (one.expiresAt ?? Number.POSITIVE_INFINITY) < (other.expiresAt ?? Number.POSITIVE_INFINITY)
  );
}

/** `node[1-3]`, `db1 worker[1-97]`: names that differ in their last number only become a range. */
export function nodeRange(names: readonly string[]): string {
  const runs: { before: string; after: string; from: string; to: string }[] = [];
  for (const name of [...names].sort(naturally)) {
    const [, before = "", digits = "", after = ""] = /^(.*?)(\d*)(\D*)$/.exec(name) ?? [];
    const last = runs.at(-1);
    const follows =
      last !== undefined &&
      digits !== "" &&
      last.before === before &&
      last.after === after &&
      Number(last.to) + 1 === Number(digits) &&
      isSameWriting(last.to, digits);
    if (follows) last.to = digits;
    else runs.push({ before, after, from: digits, to: digits });
  }
  return runs
    .map(({ before, after, from, to }) =>
      from === to ? `${before}${from}${after}` : `${before}[${from}-${to}]${after}`,
    )
    .join(" ");
}

// 09 is followed by 10, but 9 and 010 are not one counting.
function isSameWriting(one: string, next: string): boolean {
  return one.length === next.length || !(one.startsWith("0") || next.startsWith("0"));
}

function naturally(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
