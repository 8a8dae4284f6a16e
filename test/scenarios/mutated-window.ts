// A window whose steps, hosts or journal have a deliberate bug, to see that a checker catches it.

import { runWindow } from "../../src/core/engine.ts";
import type { WindowEvent } from "../../src/core/event.ts";
import type { Journal } from "../../src/core/journal.ts";
import { takeLockOn } from "../../src/core/lock.ts";
import type { Plan, Registry } from "../../src/core/plan.ts";
import type { Step } from "../../src/core/step.ts";
import type { Clock, Host } from "../../src/core/world.ts";
import { planRotation } from "../../src/runbook.ts";
import { openOutside, type SimulatedTerminal } from "../../src/simulator/outside.ts";
import type { Violation } from "../../src/simulator/site.ts";
import { newTool } from "../../src/simulator/tool.ts";
import { steps } from "../../src/steps/index.ts";
import { survey } from "../../src/survey.ts";
import type { Sandbox } from "./simulated.ts";

export interface Mutation {
  readonly steps?: Readonly<Record<string, (step: Step) => Step>>;
  readonly plan?: (plan: Plan) => Plan;
  readonly host?: (host: Host, hosts: ReadonlyMap<string, Host>) => Host;
  readonly journal?: (journal: Journal) => Journal;
  /** What the operator is told of each event. */
  readonly report?: (terminal: SimulatedTerminal, event: WindowEvent) => void;
  readonly restartEtcd?: boolean;
  /** After the survey and the lock, before the first step. */
  readonly meanwhile?: (lock: Lock) => Promise<void>;
}

interface Lock {
  readonly window: string;
  readonly hosts: readonly Host[];
  readonly clock: Clock;
}

/** What the checkers found. */
export async function caughtBy(box: Sandbox, mutation: Mutation): Promise<readonly Violation[]> {
  const { site, desk } = box;
  const { restartEtcd = false } = mutation;
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
  const planned = planRotation(facts, { window, restart: "all", restartEtcd, skip: [] });
  const plan = mutation.plan?.(planned) ?? planned;
  const { journal, store } = await cluster.createWindow(window);
  await journal.append(clock.now(), { kind: "planned", window, plan });
  const hosts = cluster.hosts.map((one) => one.host);
  const lock = await takeLockOn({ clock }, hosts, { window, holder: outside.holder });
  if (lock.kind !== "taken") throw new Error("the lock was not taken");
  await mutation.meanwhile?.({ window, hosts, clock });
  const named = new Map(hosts.map((host) => [host.name, host] as const));
  const changed = hosts.map((host) => mutation.host?.(host, named) ?? host);
  const written = mutation.journal?.(journal) ?? journal;
  await runWindow({
    world: {
      hosts: new Map(changed.map((host) => [host.name, host] as const)),
      clock,
      store,
      journal: written,
      chain: cluster.chain,
      interrupted: () => false,
    },
    registry: mutated(mutation.steps ?? {}),
    window,
    epoch: lock.epoch,
    report: (event) => mutation.report?.(outside.terminal, event),
  });
  return site.violations;
}

function mutated(changes: NonNullable<Mutation["steps"]>): Registry {
  return new Map([...steps].map(([id, step]) => [id, changes[id]?.(step) ?? step]));
}
