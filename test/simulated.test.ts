// Whole windows on the simulated cluster: every scenario, on one and on three nodes, with etcd as a
// service of the host and as a static pod.

import { describe, expect, test } from "vitest";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { sandbox } from "./scenarios/simulated.ts";
import { simulatedRig } from "./scenarios/simulated-rig.ts";
import { windows } from "./scenarios/windows.ts";

const shapes: readonly (readonly [string, Partial<Shape>])[] = [
  ["one node", { controlPlane: 1 }],
  ["one node that tells strangers nothing", { controlPlane: 1, anonymousMayAsk: false }],
  ["three nodes", { controlPlane: 3 }],
  ["five nodes and two workers", { controlPlane: 5, workers: 2 }],
  ["three nodes with etcd as static pods", { controlPlane: 3, topology: "static-pod-etcd" }],
];

describe.each(shapes)("on %s, a window", (_, shape) => {
  const fitting = windows.filter(({ nodesMin }) => (shape.controlPlane ?? 3) >= nodesMin);
  test.each(fitting.map((one) => [one.title, one] as const))("%s", async (__, { run }) => {
    const box = sandbox(shape);
    await run(simulatedRig(box));
    expect(box.site.violations).toEqual([]);
  });
});
