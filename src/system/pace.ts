// Lets simulated time pass as real time does, faster by a factor, for a person who watches.

import { setImmediate, setTimeout } from "node:timers";

/** Further behind than this (the machine slept, somebody was asked), it is not caught up with. */
const behindMsMax = 250;

/** `speed`: simulated seconds per real one, more than 0. */
export function paceOf(speed: number): (turn: () => void, aheadMs: () => number) => void {
  let due = performance.now();
  return (turn, aheadMs) => {
    // Only when everybody waits is it known what comes next: a timeout may be set before what it
    // limits.
    setImmediate(() => {
      const now = performance.now();
      due = Math.max(due, now - behindMsMax) + aheadMs() / speed;
      if (due - now < 1) turn();
      else setTimeout(turn, due - now);
    });
  };
}
