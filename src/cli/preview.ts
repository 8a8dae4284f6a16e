// What each planned step would find and do now: the same observe, judge and change as the engine's.

import { invariant } from "../core/invariant.ts";
import { lookAt } from "../core/look.ts";
import type { Plan } from "../core/plan.ts";
import type { World } from "../core/world.ts";
import { steps } from "../steps/index.ts";
import type { PreviewedStep } from "./views/plan.ts";
import { shownActs } from "./views/plan.ts";

/** Reads only. One step after the other on each host, all hosts at the same time. */
export async function preview(
  plan: Plan,
  world: Pick<World, "hosts" | "clock" | "chain">,
): Promise<readonly PreviewedStep[]> {
  const blind = { ...world, store: { stat: async () => undefined } };
  return Promise.all(
    plan.steps.map(async (planned): Promise<PreviewedStep> => {
      const step = steps.get(planned.step);
      invariant(step !== undefined, `the plan names an unknown step ${planned.step}`);
      const seen = await step.observe(lookAt(blind, planned.host), planned.goal);
      const verdict = step.judge(seen, planned.goal);
      return {
        planned,
        title: step.title,
        guide: step.guide,
        why: step.why(planned.goal),
        proof: step.proof(planned.goal),
        acts: shownActs(planned, seen, verdict),
        verdict,
      };
    }),
  );
}
