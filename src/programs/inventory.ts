// The inventory operator: where it is, and GET /v1/inventory, through the API server. Its answer is
// akash.inventory.v1.Cluster as Go writes it (akash-network/chain-sdk); nodes and GPUs are read of
// it.

import { z } from "zod";
import type { NodeGpuCount } from "../akash/inventory.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import { answer, parseJson } from "./answer.ts";
import { afterClock, parseAfterClock } from "./host-clock.ts";
import {
  conditionOf,
  get,
  getRaw,
  type KubernetesObject,
  parseList,
  proxyPath,
} from "./kubectl.ts";
import { notReadyBecause, operatorOf } from "./operator-objects.ts";

const label = "app.kubernetes.io/name=inventory";
const port = 8080;

export interface InventoryOperator {
  readonly name: string;
  /** While it starts, or is being replaced. */
  readonly notReady: string | undefined;
  /** The newest pod that is ready; undefined when there is none. */
  readonly pod: { readonly name: string; readonly ageSeconds: number } | undefined;
}

/**
 * The operator and its pods, after the host's clock: what has just started need not know all yet.
 */
export function findInventory(namespace: string): ReadCommand {
  return afterClock(get(["-n", namespace, "deployments,pods", "-l", label]));
}

/** Undefined inside the reading when there is none. */
export function parseInventoryOperator(outcome: Outcome): Reading<InventoryOperator | undefined> {
  const what = "the inventory operator";
  return parseAfterClock(outcome, what, (inner, clock) => {
    const items = parseList(inner, what);
    return items.kind === "unreadable" ? items : read(inventoryOf(items.value, clock));
  });
}

function inventoryOf(
  items: readonly KubernetesObject[],
  clock: Instant,
): InventoryOperator | undefined {
  const deployment = items.find((item) => item.kind === "Deployment");
  if (deployment === undefined) return undefined;
  const [newest] = items
    .filter((item) => isReadyPodOf(item, deployment))
    .sort((one, other) => createdAt(other) - createdAt(one));
  const ageSeconds = (clock - createdAt(newest)) / 1000;
  return {
    name: deployment.metadata.name,
    notReady: notReadyBecause(operatorOf(deployment)),
    pod: newest === undefined ? undefined : { name: newest.metadata.name, ageSeconds },
  };
}

/** The pods that discover the hardware have the same label, and are not its own. */
function isReadyPodOf(item: KubernetesObject, { spec }: KubernetesObject): boolean {
  if (item.kind !== "Pod" || item.metadata.deletionTimestamp !== undefined) return false;
  const wanted = Object.entries(spec?.selector?.matchLabels ?? {});
  const { labels } = item.metadata;
  return (
    wanted.length > 0 &&
    wanted.every(([name, value]) => labels?.[name] === value) &&
    conditionOf(item, "Ready") === "True"
  );
}

function createdAt(item: KubernetesObject | undefined): Instant {
  return Date.parse(item?.metadata.creationTimestamp ?? "1970-01-01T00:00:00Z");
}

export function readInventory(namespace: string, pod: string): ReadCommand {
  const to = { namespace, what: "pods", name: pod, scheme: "http", port } as const;
  return getRaw(proxyPath({ ...to, path: "v1/inventory" }));
}

const cluster = z.object({
  nodes: z
    .array(
      z.object({
        name: z.string(),
        resources: z.object({
          gpu: z.object({ quantity: z.object({ allocatable: z.string() }).nullish() }),
        }),
      }),
    )
    .nullish(),
});

export function parseInventory(outcome: Outcome): Reading<readonly NodeGpuCount[]> {
  return answer(outcome, "/v1/inventory", (text) => {
    const nodes = parseJson(text, cluster);
    if (nodes === undefined) return undefined;
    return (nodes.nodes ?? []).map(({ name, resources }) => {
      return { name, gpus: countOf(resources.gpu.quantity?.allocatable ?? "0") };
    });
  });
}

/** A quantity of Kubernetes', of things that are whole. */
function countOf(quantity: string): number {
  const [, digits, thousands] = /^(\d{1,9})(k?)$/.exec(quantity) ?? [];
  return digits === undefined ? 0 : Number(digits) * (thousands === "k" ? 1000 : 1);
}
