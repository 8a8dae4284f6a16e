// What each planned step would find and do now: the same observe, judge and change as the engine's.

import { lookAt } from "../core/look.ts";
import { type Plan, type PlannedStep, stepOf } from "../core/plan.ts";
import type { Verdict } from "../core/step.ts";
import type { World } from "../core/world.ts";
import { steps } from "../steps/index.ts";
import { type PreviewedStep, shownActs, titleOf } from "./views/plan.ts";

interface SeenStep {
  readonly planned: PlannedStep;
  readonly seen: unknown;
  readonly verdict: Verdict;
}

/** Reads only. One step after the other on each host, all hosts at the same time. */
export async function preview(
  plan: Plan,
  world: Pick<World, "hosts" | "clock" | "chain">,
): Promise<readonly PreviewedStep[]> {
  const blind = { ...world, store: { stat: async () => undefined } };
  const all = await Promise.all(
    plan.steps.map(async (planned): Promise<SeenStep> => {
      const step = stepOf(steps, planned);
      const seen = await step.observe(lookAt(blind, planned.host), planned.goal);
      return { planned, seen, verdict: step.judge(seen, planned.goal) };
    }),
  );
  return all.map((one, index) => previewed(one, all.slice(0, index)));
}

function previewed(one: SeenStep, earlier: readonly SeenStep[]): PreviewedStep {
  const { planned, seen, verdict } = one;
  const step = stepOf(steps, planned);
  const until = undoneBy(one, earlier);
  return {
    planned,
    title: titleOf(planned),
    guide: step.guide,
    why: step.why(planned.goal),
    proof: step.proof(planned.goal),
    acts: shownActs(planned, seen, until === undefined ? verdict : { ...verdict, kind: "unclear" }),
    verdict,
    ...(until === undefined ? {} : { until }),
  };
}

/** The earlier step that has something to do, and undoes by it what is as wanted now. */
function undoneBy(
  { planned, seen, verdict }: SeenStep,
  earlier: readonly SeenStep[],
): string | undefined {
  if (verdict.kind !== "satisfied") return undefined;
  const id = stepOf(steps, planned).undoneBy?.(seen, planned.goal);
  const those = earlier.filter((one) => one.planned.step === id);
  const here = those.filter((one) => one.planned.host === planned.host);
  const last = (here.length > 0 ? here : those).at(-1);
  return last?.verdict.kind === "satisfied" ? undefined : last?.planned.key;
}
