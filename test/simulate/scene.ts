// What a seed begins with: a cluster, the operator's command, and how the window is meant to end.

import type { Shape } from "../../src/simulator/build/cluster.ts";
import { swift } from "../scenarios/simulated.ts";
import type { Random } from "./random.ts";

export interface Scene {
  readonly shape: Partial<Shape> & Pick<Shape, "controlPlane" | "replicas" | "topology">;
  /** `abandon`: a rotation that somebody gives up. */
  readonly ending: "run" | "hold" | "abandon";
  readonly words: string;
  /** The exit code of the operator's own command in `hold`. */
  readonly held: 0 | 1;
  /** What acts by itself there, and is paused meanwhile. */
  readonly automation: readonly ("timer" | "cron")[];
}

/** One that tears workloads down when it starts on a chain node that is behind. */
export const destructive = "0.6.9";

export function drawScene(random: Random): Scene {
  const controlPlane = random.pick([1, 1, 1, 3, 3, 3, 3, 5]);
  const shape = {
    // One in six waits as long as a real cluster does.
    ...(random.chance(5 / 6) ? swift : {}),
    controlPlane,
    workers: random.pick([0, 0, 1, 2]),
    topology: random.pick(["host-etcd", "host-etcd", "static-pod-etcd"]),
    replicas: random.pick([1, 1, 1, 2, 0]),
    // It holds the address of a balancer, which a single node has not.
    kubeVip: controlPlane > 1 && random.chance(1 / 4),
    release: random.chance(1 / 6) ? destructive : "0.14.0",
  } as const;
  const ending = random.pick(["run", "run", "run", "run", "run", "abandon", "hold"]);
  const restart = random.pick(["", " --restart needed"]);
  const etcd = random.pick(["", " --restart-etcd"]);
  const accepted = shape.release === destructive ? ` --accept-provider-version ${destructive}` : "";
  return {
    shape,
    ending,
    words: ending === "hold" ? `hold${accepted} -- mend` : `run --yes${restart}${etcd}${accepted}`,
    held: random.pick([0, 0, 1]),
    automation: random.pick([[], [], ["timer"], ["cron"], ["timer", "cron"]]),
  };
}

/** About how much a whole window writes and sends: what is drawn beyond that befalls nobody. */
export function sizeOf({ shape, ending }: Scene): {
  readonly records: number;
  readonly change: number;
  readonly read: number;
} {
  const nodes = shape.controlPlane;
  if (ending === "hold") return { records: 14, change: 4 + 2 * nodes, read: 50 + 15 * nodes };
  return { records: 27 + 42 * nodes, change: 4 + 14 * nodes, read: 50 + 90 * nodes };
}
