// What was played and found, as plain values: processes send it to each other, and add it up.

export interface Failure {
  /** The words after `npm run simulate -- ` that play it again. */
  readonly replay: string;
  readonly trouble: readonly string[];
}

export interface Tally {
  /** From the first run to the closed window, each. */
  windows: number;
  /** Of drydock: those that were cut off, and those that went on. */
  runs: number;
  readonly befell: Record<string, number>;
  readonly failures: Failure[];
}

export function newTally(): Tally {
  return { windows: 0, runs: 0, befell: {}, failures: [] };
}

export function count(tally: Tally, kind: string, times = 1): void {
  tally.befell[kind] = (tally.befell[kind] ?? 0) + times;
}

export function add(to: Tally, more: Tally): void {
  to.windows += more.windows;
  to.runs += more.runs;
  for (const [kind, times] of Object.entries(more.befell)) count(to, kind, times);
  to.failures.push(...more.failures);
}

/**
 * A set of all pairs, cut into `of` slices of nearly the same size: the one with this number, from
 * 0.
 */
export interface Slice {
  readonly number: number;
  readonly of: number;
}

export const everything: Slice = { number: 0, of: 1 };

/**
 * A grid, so that few firsts are played with some of their seconds each, not all with one: a first
 * costs a run of its own. The slices of one `of` are disjoint, and together they are everything.
 */
export function isIn({ number, of }: Slice, first: number, second?: number): boolean {
  const rows = divisorOf(of);
  if (first % rows !== number % rows) return false;
  return second === undefined || second % (of / rows) === Math.floor(number / rows);
}

/** The largest that is not above the square root. */
function divisorOf(whole: number): number {
  for (let one = Math.floor(Math.sqrt(whole)); one > 1; one--) if (whole % one === 0) return one;
  return 1;
}
