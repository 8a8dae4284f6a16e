// What worked before `drydock provider stop`, as its plan remembers it: a provider that is stopped
// says nothing of that any more, and what `drydock provider start` sees may be what the maintenance
// left.

import { isObject, type Json } from "../core/json.ts";
import type { InventoryBefore, NodeGpuCount } from "./inventory.ts";
import type { OperatorBefore } from "./operators.ts";
import type { Baseline } from "./workloads.ts";

export type BeforeStop = {
  /** Leases of which everything was available. */
  readonly leases: Baseline;
  /** Live leases that lacked something: they are not waited for. */
  readonly ill: readonly string[];
  /** Those of them of which the provider's own check failed. */
  readonly failing: readonly string[];
  /** Null when it is not known; so with the operators. */
  readonly inventory: InventoryBefore | null;
  readonly operators: readonly OperatorBefore[] | null;
};

/** Stopped by hand, from another machine, or by an older release: no lease is excused. */
export const nothingRemembered: BeforeStop = {
  ...{ leases: {}, ill: [], failing: [] },
  ...{ inventory: null, operators: null },
};

/** Undefined for what is no such memory: older journals hold none. */
export function parseBeforeStop(value: Json | undefined): BeforeStop | undefined {
  if (!isObject(value)) return undefined;
  const leases = mapOf(value.leases, (services) => mapOf(services, numberOf));
  const ill = listOf(value.ill, stringOf);
  const failing = listOf(value.failing, stringOf);
  if (leases === undefined || ill === undefined || failing === undefined) return undefined;
  const operators = listOf(value.operators, operatorOf) ?? null;
  return { leases, ill, failing, inventory: inventoryOf(value.inventory), operators };
}

function inventoryOf(value: unknown): InventoryBefore | null {
  if (!isObject(value)) return null;
  const nodes = listOf(value.nodes, nodeOf);
  return nodes === undefined ? null : { nodes, pod: stringOf(value.pod) ?? null };
}

function nodeOf(value: unknown): NodeGpuCount | undefined {
  if (!isObject(value)) return undefined;
  const [name, gpus] = [stringOf(value.name), numberOf(value.gpus)];
  return name === undefined || gpus === undefined ? undefined : { name, gpus };
}

function operatorOf(value: unknown): OperatorBefore | undefined {
  if (!isObject(value)) return undefined;
  const [name, replicas] = [stringOf(value.name), numberOf(value.replicas)];
  if (name === undefined || replicas === undefined) return undefined;
  const notReady = stringOf(value.notReady);
  return { name, replicas, ...(notReady === undefined ? {} : { notReady }) };
}

/** Undefined when any of its items is not as it should be; so with a map. */
function listOf<T>(
  value: unknown,
  parse: (item: unknown) => T | undefined,
): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.flatMap((item: unknown) => parse(item) ?? []);
  return items.length === value.length ? items : undefined;
}

function mapOf<T>(
  value: unknown,
  parse: (item: unknown) => T | undefined,
): { readonly [key: string]: T } | undefined {
  if (!isObject(value)) return undefined;
  const all = Object.entries(value);
  const entries = all.flatMap(([key, item]) => {
    const parsed = parse(item);
    return parsed === undefined ? [] : [[key, parsed] as const];
  });
  return entries.length === all.length ? Object.fromEntries(entries) : undefined;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
