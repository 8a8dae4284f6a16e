// The simulated clusters that have a name.

import { runCommand } from "../cli/rotation.ts";
import type { ScenarioName } from "../cli/simulated-names.ts";
import { buildModel, type Shape } from "../simulator/build/cluster.ts";
import { fillDisk, stopMember } from "../simulator/interference.ts";
import { Killed } from "../simulator/tool.ts";
import { whileChanging } from "./befall.ts";
import { outsideOf } from "./outside.ts";
import { silent } from "./terminal.ts";
import { openWorld, type World } from "./world.ts";

interface Scenario {
  readonly shape: Partial<Shape>;
  readonly next?: (world: World) => void | Promise<void>;
}

const known: Readonly<Record<ScenarioName, Scenario>> = {
  healthy: { shape: {} },
  expiring: { shape: { residualDays: 5 } },
  expired: { shape: { residualDays: -1 } },
  "one-node": { shape: { controlPlane: 1 } },
  "static-etcd": { shape: { topology: "static-pod-etcd" } },
  "kube-vip": { shape: { kubeVip: true } },
  workers: { shape: { workers: 2 } },
  "member-down": { shape: {}, next: ({ site }) => stopMember(site, "node3") },
  "provider-stopped": { shape: { replicas: 0 } },
  "disk-full": { shape: {}, next: ({ site }) => fillDisk(site, "node1") },
  "window-left": { shape: {}, next: leaveWindow },
};

/** As it is before anybody came; another one each time. */
export async function makeWorld(name: ScenarioName): Promise<World> {
  const { shape, next } = known[name];
  const world = openWorld(buildModel(shape));
  await next?.(world);
  return world;
}

/** A window whose drydock was killed, a minute ago. */
async function leaveWindow(world: World): Promise<void> {
  const strike = { what: "killed", tell: () => undefined } as const;
  const faults = whileChanging(world, "renew-certificates@node2", strike);
  const { outside } = outsideOf(world, {
    terminal: silent,
    interrupted: () => false,
    source: "",
    faults,
  });
  const flags = { json: false, yes: true, restart: "all", restartEtcd: false, skip: [] } as const;
  try {
    await runCommand(outside, {}, flags);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  await world.site.clock.wait(60_000);
}
