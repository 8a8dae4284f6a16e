// Which standing goals hold: they are looked at before every change, and restored by the engine.

import { lookOnce } from "./look.ts";
import { isMending, type PlannedStep } from "./plan.ts";
import type { Run } from "./run.ts";
import type { Verdict } from "./step.ts";

export function isStanding({ standing }: PlannedStep): boolean {
  return standing === true;
}

/** One look at each standing goal, all at once: those whose verdict is one of `kinds`. */
async function thoseThat(
  run: Run,
  standing: readonly PlannedStep[],
  kinds: readonly Verdict["kind"][],
): Promise<readonly PlannedStep[]> {
  const looks = await Promise.all(standing.map((planned) => lookOnce(run, planned)));
  return standing.filter((_, index) => kinds.some((kind) => looks[index]?.verdict.kind === kind));
}

/**
 * The standing goals that do not hold, before `planned` changes anything. What cannot be seen keeps
 * nothing from being mended: that may be why.
 */
export function fallenFor(
  run: Run,
  planned: PlannedStep,
  standing: readonly PlannedStep[],
): Promise<readonly PlannedStep[]> {
  return isMending(planned)
    ? lostOf(run, standing)
    : thoseThat(run, standing, ["needed", "unclear", "blocked"]);
}

/**
 * What cannot be told while something restarts is no reason to act: the next change looks again.
 */
export function lostOf(
  run: Run,
  standing: readonly PlannedStep[],
): Promise<readonly PlannedStep[]> {
  return thoseThat(run, standing, ["needed"]);
}
