// What the inventory operator knows of the cluster: the provider bids with it.

import { counted } from "../core/counted.ts";

export type NodeGpuCount = {
  readonly name: string;
  /** Allocatable ones. */
  readonly gpus: number;
};

/** What the operator showed before a window, and the pod that did. */
export type InventoryBefore = {
  readonly nodes: readonly NodeGpuCount[];
  /** Null when there was none that could be asked. */
  readonly pod: string | null;
};

/**
 * What is less than before, in words; empty when nothing is. Nothing is known of before: some node.
 */
export function lostSince(
  before: readonly NodeGpuCount[],
  now: readonly NodeGpuCount[],
): readonly string[] {
  if (now.length === 0) return ["it shows no node"];
  return before.flatMap(({ name, gpus }) => {
    const seen = now.find((one) => one.name === name);
    if (seen === undefined) return [`it does not show ${name}`];
    return seen.gpus < gpus ? [`it shows ${seen.gpus} of ${counted(gpus, "GPU")} of ${name}`] : [];
  });
}

/** `3 nodes, 8 GPUs`. */
export function showInventory(nodes: readonly NodeGpuCount[]): string {
  const gpus = nodes.reduce((sum, one) => sum + one.gpus, 0);
  return `${counted(nodes.length, "node")}, ${counted(gpus, "GPU")}`;
}
