// A step that stands in no plan: one look, and what it would do, once.

import { lookOnce } from "./look.ts";
import { perform } from "./perform.ts";
import { type PlannedStep, stepOf } from "./plan.ts";
import type { Run } from "./run.ts";

/**
 * With the journal before and after each act, unseen by the views, and also when the operator has
 * interrupted.
 */
export async function doOnce(run: Run, planned: PlannedStep): Promise<void> {
  const { seen, verdict } = await lookOnce(run, planned);
  if (verdict.kind !== "needed") return;
  const unseen = { ...run, report: () => undefined };
  const acts = stepOf(run.registry, planned).change(seen, planned.goal);
  for (const act of acts) await perform(unseen, planned, act);
}
