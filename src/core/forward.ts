// The operator's clock may be set back while something is waited for: a machine that was asleep, or
// chrony's step.

import type { Clock, Instant } from "./world.ts";

/**
 * The clock's time from here on, which never falls: nobody waits longer, or looks less often,
 * because of a step back.
 */
export function forwardOnly(clock: Pick<Clock, "now">): () => Instant {
  let last = clock.now();
  let lost = 0;
  return () => {
    const now = clock.now();
    lost += Math.max(0, last - now);
    last = now;
    return now + lost;
  };
}
