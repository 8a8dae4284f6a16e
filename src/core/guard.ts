// Keeps the standing goals of a held window while something works that is not ours: the operator's
// command.

import { guardEveryMs, uphold } from "./engine.ts";
import type { Run } from "./run.ts";
import { isStanding, lostOf } from "./standing.ts";
import { stateOf, stepsToRun } from "./window.ts";

/**
 * Looks at them every 5 s until `work` has ended, and restores what somebody undoes; what `work`
 * gives. A goal that cannot be restored is tried again at the next look; a window that has lost its
 * lock only waits for the end: whoever goes on with it is told. Ctrl-C is for the command: what it
 * leaves undone is still put right.
 */
export async function guardWhile<T>(run: Run, work: Promise<T>): Promise<T> {
  const state = stateOf(run.world.journal.records());
  const standing = stepsToRun(state).filter(isStanding);
  const guarding: Run = { ...run, world: { ...run.world, interrupted: () => false } };
  let over = false;
  const end = () => {
    over = true;
  };
  const ended = work.then(end, end);
  for (;;) {
    await Promise.race([ended, run.world.clock.wait(guardEveryMs)]);
    if (over) break;
    const lost = await lostOf(guarding, standing);
    if (lost.length === 0 || over) continue;
    // Where it cannot be written down nothing may be restored; what works is waited for all the
    // same.
    const kept = await uphold(guarding, lost).catch((error: unknown) => ({ error }));
    if (kept === undefined) continue;
    if ("error" in kept) return work.then(() => Promise.reject(kept.error));
    if (kept.kind === "fenced-out") break;
  }
  return work;
}
