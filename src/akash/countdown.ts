// What the provider counts down to, as far as looks from outside can tell: since which look a lease was not
// well, and so when it would be closed. The provider's own counters are in its memory, seen by nobody.

import type { Instant } from "../core/world.ts";
import type { LeaseRow } from "./comparison.ts";
import { showWait } from "./lease-clock.ts";
import type { LeasesSeen, ProviderLeases } from "./ledger.ts";
import { notStoppedBecause } from "./provider.ts";

/** All leases count together while the API gives no answer. */
const api = "api";

export interface Countdown {
  /** A lease's key, or `api` for all of them. */
  readonly what: string;
  /** The first look that saw it. */
  readonly since: Instant;
  /** A look before that had seen it well; otherwise it may have begun long before. */
  readonly begun: boolean;
}

export interface Watched {
  readonly looks: number;
  readonly counting: readonly Countdown[];
  /** As it was last seen: while the API is away its settings cannot be read again. */
  readonly provider: ProviderLeases | undefined;
}

export const nothingWatched: Watched = { looks: 0, counting: [], provider: undefined };

/** One more look. A provider that is stopped counts nothing, and forgets what it had counted. */
export function watch(
  before: Watched,
  { ledger, provider }: Pick<LeasesSeen, "ledger" | "provider">,
  rows: readonly LeaseRow[] | undefined,
): Watched {
  const known = provider.kind === "read" ? provider.value : before.provider;
  const looks = before.looks + 1;
  if (known === undefined || notStoppedBecause(known.seen) === undefined) {
    return { looks, counting: [], provider: known };
  }
  const away = before.counting.find((one) => one.what === api);
  const from = (what: string): Countdown => {
    const own = before.counting.find((one) => one.what === what);
    // No check was good while the API was away: what is ill after it has counted all the while.
    return { since: ledger.readAt, begun: before.looks > 0, ...away, ...own, what };
  };
  const counting =
    rows === undefined
      ? [from(api), ...before.counting.filter((one) => one !== away)]
      : rows.filter((row) => row.countsDown).map(({ key }) => from(key));
  return { looks, counting, provider: known };
}

/** A line for each that counts down. */
export function countdownLines({ counting, provider }: Watched, now: Instant): readonly string[] {
  if (provider === undefined) return [];
  const { earliestMs, meanMs } = provider.clock;
  return counting.map(({ what, since, begun }) => {
    const left = (ms: number) => showWait(Math.max(0, since + ms - now));
    const name = `COUNTING DOWN: ${what === api ? "every lease, if the API gives the provider no answer either" : what}`;
    const ago = showWait(now - since);
    if (begun) {
      return `${name}: not well for ${ago}; closed in ${left(earliestMs)} at the earliest, ${left(meanMs)} on average`;
    }
    return `${name}: not well at the first look already, ${ago} ago: since when cannot be known (it closes after ${showWait(earliestMs)} at the earliest, ${showWait(meanMs)} on average)`;
  });
}
