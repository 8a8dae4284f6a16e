// What the operator is told to do where a step does not reach its goal.

import { type PlannedStep, type Registry, stepOf } from "./plan.ts";
import type { Verdict } from "./step.ts";

/** Of a step whose goal was not shown in time. */
export function remedyOf(
  { registry }: { readonly registry: Registry },
  planned: PlannedStep,
): string {
  const own = stepOf(registry, planned).remedy?.(planned.goal);
  return orLeaveOut(own ?? `Look at ${planned.host}, mend it, and run again.`, planned);
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
