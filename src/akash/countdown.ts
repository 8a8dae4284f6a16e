// What the provider counts down to, as far as looks from outside can tell: since which look a lease
// was not well, and so when it would be closed. The provider's own counters are in its memory, seen
// by nobody.

import type { Instant } from "../core/world.ts";
import type { LeaseRow } from "./comparison.ts";
import { type LeaseClock, showWait } from "./lease-clock.ts";
import type { LeasesSeen, ProviderLeases } from "./ledger.ts";
import { notStoppedBecause } from "./provider.ts";

/** All leases count together while the API gives no answer. */
const api = "api";

export interface Countdown {
  /** A lease's key, or `api` for all of them. */
  readonly what: string;
  /** The first look that saw it. */
  readonly since: Instant;
  /**
   * The look before that, which saw it well: it began after that. Without one it may have begun
   * long before.
   */
  readonly wellBefore?: Instant;
  /** The first of the looks that have seen it well since: the provider need not have looked yet. */
  readonly wellSince?: Instant;
}

export interface Watched {
  readonly looks: number;
  /** The newest look, where it told what does not count: all that is not below. */
  readonly lookedAt?: Instant;
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
  const at = ledger.readAt;
  if (known === undefined) return { looks, counting: [], provider: known };
  if (notStoppedBecause(known.seen) === undefined) {
    return { looks, lookedAt: at, counting: [], provider: known };
  }
  const looksWithinMs = known.clock.retryPeriodMs + known.clock.retryJitterMs;
  const counting =
    rows === undefined ? whileAway(before, at) : whileThere(before, { at, rows, looksWithinMs });
  return { looks, lookedAt: at, counting, provider: known };
}

/** Every check fails: what was well a moment ago counts on. */
function whileAway(before: Watched, at: Instant): readonly Countdown[] {
  const others = before.counting.filter(({ what }) => what !== api);
  return [api, ...others.map(({ what }) => what)].map((what) => unwell(before, { what, at }));
}

interface ThereSeen {
  readonly at: Instant;
  readonly rows: readonly LeaseRow[];
  readonly looksWithinMs: number;
}

/** After a failed check the provider looks again in a retry period and its jitter at the latest. */
function whileThere(before: Watched, { at, rows, looksWithinMs }: ThereSeen): readonly Countdown[] {
  const ill = rows.filter((row) => row.countsDown);
  const isWell = new Set([api, ...rows.filter((row) => !row.countsDown).map(({ key }) => key)]);
  const wasIll = before.counting.filter(({ what }) => isWell.has(what));
  return [
    ...wasIll
      .map((one) => ({ ...one, wellSince: one.wellSince ?? at }))
      .filter(({ wellSince }) => at - wellSince < looksWithinMs),
    ...ill.map(({ key }) => unwell(before, { what: key, at })),
  ];
}

/** No check was good while the API was away: what is ill after it has counted all the while. */
function unwell(
  { lookedAt, counting }: Watched,
  { what, at }: { readonly what: string; readonly at: Instant },
): Countdown {
  const own = counting.find((one) => one.what === what);
  const known = own ?? counting.find((one) => one.what === api);
  if (known === undefined) {
    return { what, since: at, ...(lookedAt === undefined ? {} : { wellBefore: lookedAt }) };
  }
  const { since, wellBefore } = known;
  return { what, since, ...(wellBefore === undefined ? {} : { wellBefore }) };
}

/** A line for each that counts down. */
export function countdownLines({ counting, provider }: Watched, now: Instant): readonly string[] {
  return provider === undefined
    ? []
    : counting.map((one) => countdownLine(one, provider.clock, now));
}

function countdownLine(
  { what, since, wellBefore, wellSince }: Countdown,
  { earliestMs, meanMs }: LeaseClock,
  now: Instant,
): string {
  const gives = wellSince === undefined ? "gives" : "gave";
  const name =
    what === api ? `every lease, if the API ${gives} the provider no answer either` : what;
  const ago = showWait(now - since);
  const again =
    wellSince === undefined
      ? ""
      : `well again for ${showWait(now - wellSince)}, which the provider may not have seen yet`;
  if (wellBefore !== undefined) {
    const until = (at: number) => showWait(Math.max(0, at - now));
    const [earliest, mean] = [until(wellBefore + earliestMs), until(since + meanMs)];
    return `COUNTING DOWN: ${name}: ${again || `not well for ${ago}`}; closed in ${earliest} at the earliest, ${mean} on average`;
  }
  return `COUNTING DOWN: ${name}: not well at the first look already, ${ago} ago${again && `, ${again}`}: since when cannot be known (it closes after ${showWait(earliestMs)} at the earliest, ${showWait(meanMs)} on average)`;
}
