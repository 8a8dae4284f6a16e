/**
 * The simulated cluster: its provider's monitors are worked out, not played, and time costs
 * nothing.
 */
import { runProgram } from "../../src/cli/program.ts";
import { whileChanging } from "../../src/demo/befall.ts";
import { guideOn } from "../../src/demo/guide-commands.ts";
import { outsideOf } from "../../src/demo/outside.ts";
import { silent } from "../../src/demo/terminal.ts";
import { untouched, type Workload, workloadsOf } from "../../src/demo/workloads.ts";
import { openWorld, type World } from "../../src/demo/world.ts";
import { buildModel } from "../../src/simulator/build/cluster.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { controlPlane, running } from "../../src/simulator/model.ts";
import { exitContainer } from "../../src/simulator/nature/kubelet.ts";
import { openShell, typed } from "../../src/simulator/shell.ts";
import { Killed } from "../../src/simulator/tool.ts";
import { cluster as byItself } from "../../src/simulator/transition.ts";
import { type LeaseCluster, type Left, laterMs, maxRetries } from "./scenarios.ts";

/** Longer than the lease clock: what is still to come has come. */
const restMs = 20 * 60_000;

const monitor = {
  maxRetries,
  retryPeriodMs: 4000,
  retryJitterMs: 15_000,
  checkPeriodMs: 10_000,
  checkJitterMs: 5000,
};

export function simulatedCluster(): LeaseCluster {
  let world = openWorld(buildModel({ monitor }));
  let before: readonly Workload[] = [];
  return {
    name: "simulator",
    begin: async () => {
      world = openWorld(buildModel({ monitor }));
      before = workloadsOf(world.site.model);
    },
    outage: (ms) => outage(world, ms),
    guide: async (part) => {
      for (const { host, lines } of guideOn(controlPlane(world.site.model).map(openShell), part)) {
        for (const line of lines) await typed(world.site, host, line);
      }
    },
    window: () => completes(world),
    killedWindow: async () => {
      const strike = { what: "killed", tell: () => undefined } as const;
      const key = "restart-component:kube-apiserver@node2";
      await run(world, whileChanging(world, key, strike));
      await world.site.clock.wait(laterMs);
      await completes(world);
    },
    left: async () => {
      await world.site.clock.wait(restMs);
      return left(world, before);
    },
  };
}

async function outage({ site }: World, ms: number): Promise<void> {
  const hosts = controlPlane(site.model);
  for (const host of hosts) {
    host.kubeletRuns = false;
    const container = running(host, "kube-apiserver");
    if (container !== undefined) exitContainer(site, host, container, { by: byItself });
  }
  await site.clock.wait(ms);
  for (const host of hosts) {
    host.kubeletRuns = true;
    const at = site.model.now;
    const component = "kube-apiserver";
    site.model.events.push({ at, kind: "kubelet-starts", host: host.name, component });
  }
}

async function completes(world: World): Promise<void> {
  const ended = await run(world, []);
  if (ended !== 0) throw new Error(`the simulated window ended with ${ended}`);
}

async function run(world: World, faults: readonly Fault[]): Promise<number | "killed"> {
  const context = { terminal: silent, interrupted: () => false, source: "--simulated", faults };
  const { outside } = outsideOf(world, context);
  try {
    return await runProgram(["run", "--yes"], async () => outside);
  } catch (error) {
    if (error instanceof Killed) return "killed";
    throw error;
  }
}

function left({ site }: World, before: readonly Workload[]): Left {
  const leases = [...site.model.leases.values()];
  const lost = leases.filter((lease) => lease.state !== "active" || !lease.hasNamespace);
  const lostNames = new Set(lost.map(({ namespace }) => namespace));
  const were = before.filter(({ namespace }) => !lostNames.has(namespace));
  const are = untouched(were, workloadsOf(site.model));
  return {
    leases: leases.length,
    closed: leases.filter(({ state }) => state === "closed").length,
    tornDown: leases.filter(({ hasNamespace }) => !hasNamespace).length,
    restartedPods: were.length - are.length,
  };
}
