// Eyes on one host: what a step is given to observe with. Nothing in here can change anything.

import { invariant } from "./invariant.ts";
import { type PlannedStep, type Registry, stepOf } from "./plan.ts";
import { withLeavingOut } from "./remedy.ts";
import type { Look, Verdict } from "./step.ts";
import type { World } from "./world.ts";

export function lookAt(
  world: Pick<World, "hosts" | "clock" | "chain"> & {
    readonly store: Pick<World["store"], "stat">;
  },
  name: string,
): Look {
  const host = world.hosts.get(name);
  invariant(host !== undefined, `the plan names an unknown host ${name}`);
  return {
    host: name,
    now: world.clock.now(),
    run: (command) => host.run(command),
    stored: (file) => world.store.stat(file),
    chain: world.chain,
  };
}

export async function lookOnce(
  run: { readonly world: World; readonly registry: Registry },
  planned: PlannedStep,
): Promise<{ readonly seen: unknown; readonly verdict: Verdict }> {
  const step = stepOf(run.registry, planned);
  const seen = await step.observe(lookAt(run.world, planned.host), planned.goal);
  return { seen, verdict: withLeavingOut(step.judge(seen, planned.goal), planned) };
}
