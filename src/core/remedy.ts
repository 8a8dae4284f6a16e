// What the operator is told to do where a step does not reach its goal.

import type { PlannedStep } from "./plan.ts";
import type { Step, Verdict } from "./step.ts";

/** Of a step whose goal was not shown in time. */
export function remedyOf({ remedy }: Step, planned: PlannedStep): string {
  const own = remedy?.(planned.goal) ?? `Look at ${planned.host}, mend it, and run again.`;
  return orLeaveOut(own, planned);
}

/** A verdict as the operator reads it: no step knows which gate it belongs to. */
export function withLeavingOut(verdict: Verdict, planned: PlannedStep): Verdict {
  if (verdict.kind !== "blocked") return verdict;
  return { ...verdict, remedy: orLeaveOut(verdict.remedy, planned) };
}

/** On a line of its own: a remedy may end with a command to copy. */
function orLeaveOut(remedy: string, { gate }: PlannedStep): string {
  return gate === undefined ? remedy : `${remedy}\n--skip ${gate} leaves this out.`;
}
