// A window whose steps, hosts or journal have a deliberate bug, to see that a checker catches it.

import { runWindow } from "../../src/core/engine.ts";
import type { Journal } from "../../src/core/journal.ts";
import { takeLockOn } from "../../src/core/lock.ts";
import type { Plan, Registry } from "../../src/core/plan.ts";
import type { Step } from "../../src/core/step.ts";
import type { Host } from "../../src/core/world.ts";
import { planRotation } from "../../src/runbook.ts";
import { openOutside } from "../../src/simulator/outside.ts";
import { newTool } from "../../src/simulator/tool.ts";
import { steps } from "../../src/steps/index.ts";
import { survey } from "../../src/survey.ts";
import type { Sandbox } from "./simulated.ts";

export interface Mutation {
  readonly steps?: Readonly<Record<string, (step: Step) => Step>>;
  readonly plan?: (plan: Plan) => Plan;
  readonly host?: (host: Host) => Host;
  readonly journal?: (journal: Journal) => Journal;
  /** After the survey and the lock, before the first step. */
  readonly meanwhile?: () => Promise<void>;
}

/** The names of the checkers that found something, each once. */
export async function caughtBy(box: Sandbox, mutation: Mutation): Promise<readonly string[]> {
  const { site, desk } = box;
  const terminal = {
    out: () => undefined,
    err: () => undefined,
    interactive: false,
    columns: 80,
    ask: async () => false,
    runHere: async () => 0,
  };
  const refused = (what: string) => new Error(what);
  const acting = { site, desk, tool: newTool(), terminal, claimed: refused, unreachable: refused };
  const outside = openOutside(acting);
  const cluster = await outside.openCluster({}, { connect: "all" });
  const { clock } = outside;
  const { chain } = cluster;
  const facts = await survey({ cluster: cluster.name, hosts: cluster.hosts, clock, chain });
  const window = outside.newWindowId();
  const planned = planRotation(facts, { window, restart: "all", restartEtcd: false, skip: [] });
  const plan = mutation.plan?.(planned) ?? planned;
  const { journal, store } = await cluster.createWindow(window);
  await journal.append(clock.now(), { kind: "planned", window, plan });
  const lock = await takeLockOn(
    { clock },
    cluster.hosts.map((one) => one.host),
    { window, holder: outside.holder },
  );
  if (lock.kind !== "taken") throw new Error("the lock was not taken");
  await mutation.meanwhile?.();
  const hosts = new Map(
    cluster.hosts.map(({ host }) => [host.name, mutation.host?.(host) ?? host] as const),
  );
  const written = mutation.journal?.(journal) ?? journal;
  await runWindow({
    world: {
      hosts,
      clock,
      store,
      journal: written,
      chain: cluster.chain,
      interrupted: () => false,
    },
    registry: mutated(mutation.steps ?? {}),
    window,
    epoch: lock.epoch,
    report: () => undefined,
  });
  return [...new Set(site.violations.map((one) => one.checker))];
}

function mutated(changes: NonNullable<Mutation["steps"]>): Registry {
  return new Map([...steps].map(([id, step]) => [id, changes[id]?.(step) ?? step]));
}
