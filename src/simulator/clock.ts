// Virtual time: it moves only when everybody waits, and then to the next moment somebody waits for.

import type { Clock, Instant } from "../core/world.ts";

export interface VirtualClock extends Clock {
  /** What `work` gives, or `late` when that takes longer. */
  within<T>(ms: number, work: Promise<T>, late: T): Promise<T>;
}

interface Timer {
  readonly at: Instant;
  readonly order: number;
  readonly wake: () => void;
}

/** Calls `turn` later: in the next turn of the loop, or as time goes by where a person watches. */
export type Pace = (turn: () => void, aheadMs: () => number) => void;

const atOnce: Pace = (turn) => void setImmediate(turn);

/** `moved` is told before anybody wakes up, so that what happens by itself has happened. */
export function virtualClock(
  start: Instant,
  moved: (to: Instant) => void,
  pace: Pace = atOnce,
): VirtualClock {
  let now = start;
  let orders = 0;
  let turning = false;
  const timers = new Set<Timer>();
  // One timer per turn of Node's loop: whoever it wakes has done all it can before the next one.
  const turn = () => {
    turning = false;
    const next = earliest(timers);
    if (next === undefined) return;
    timers.delete(next);
    now = Math.max(now, next.at);
    moved(now);
    next.wake();
    keepTurning();
  };
  const keepTurning = () => {
    if (turning || timers.size === 0) return;
    turning = true;
    pace(turn, () => Math.max(0, (earliest(timers)?.at ?? now) - now));
  };
  const arm = (ms: number, wake: () => void): Timer => {
    const timer = { at: now + Math.max(0, ms), order: orders++, wake };
    timers.add(timer);
    keepTurning();
    return timer;
  };
  return {
    now: () => now,
    wait: (ms) => new Promise((wake) => void arm(ms, wake)),
    within: (ms, work, late) =>
      new Promise((resolve, reject) => {
        // Taken away when it is not needed: a timer that is left behind would move the time.
        const timer = arm(ms, () => resolve(late));
        work.then(resolve, reject).finally(() => timers.delete(timer));
      }),
  };
}

function earliest(timers: ReadonlySet<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (first === undefined || timer.at < first.at) first = timer;
    else if (timer.at === first.at && timer.order < first.order) first = timer;
  }
  return first;
}
