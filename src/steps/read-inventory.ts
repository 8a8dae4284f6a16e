// What the inventory operator shows now: for the survey before a window, and for the check after
// it.

import type { InventoryBefore, NodeGpuCount } from "../akash/inventory.ts";
import { operatorsNamespace } from "../akash/operators.ts";
import { type Reading, read } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import {
  findInventory,
  type InventoryOperator,
  parseInventory,
  parseInventoryOperator,
  readInventory,
} from "../programs/inventory.ts";

export interface InventorySeen {
  /** Where the operator is, or was looked for last. */
  readonly namespace: string;
  /** Undefined inside when this cluster has none. */
  readonly operator: Reading<InventoryOperator | undefined>;
  /** Undefined when no pod of it could be asked. */
  readonly nodes: Reading<readonly NodeGpuCount[]> | undefined;
}

/** Where the provider asks it, and where there is none, in the provider's own namespace. */
export async function seeInventory(
  look: Pick<Look, "run">,
  namespace: string,
): Promise<InventorySeen> {
  const asked = await seeIn(look, operatorsNamespace);
  const isThere = asked.operator.kind === "unreadable" || asked.operator.value !== undefined;
  return isThere || namespace === operatorsNamespace ? asked : seeIn(look, namespace);
}

async function seeIn(look: Pick<Look, "run">, namespace: string): Promise<InventorySeen> {
  const operator = parseInventoryOperator(await look.run(findInventory(namespace)));
  const pod = operator.kind === "read" ? operator.value?.pod : undefined;
  if (pod === undefined) return { namespace, operator, nodes: undefined };
  const nodes = parseInventory(await look.run(readInventory(namespace, pod.name)));
  return { namespace, operator, nodes };
}

/** What a window's end is compared with; without nodes when nothing could be asked. */
export async function readInventoryBefore(
  look: Pick<Look, "run">,
  namespace: string,
): Promise<Reading<InventoryBefore>> {
  const { operator, nodes } = await seeInventory(look, namespace);
  if (operator.kind === "unreadable") return operator;
  if (nodes === undefined) return read({ nodes: [], pod: null });
  if (nodes.kind === "unreadable") return nodes;
  return read({ nodes: nodes.value, pod: operator.value?.pod?.name ?? null });
}
