// Whether the inventory operator shows the nodes and GPUs that it showed before. It loses them all
// when the API server is restarted under it, until it is restarted itself
// (akash-network/helm-charts#402).

import { lostSince, type NodeGpuCount, showInventory } from "../akash/inventory.ts";
import { operatorsNamespace } from "../akash/operators.ts";
import { act } from "../core/command.ts";
import { defineStep, needed, satisfied, unclear } from "../core/step.ts";
import { restartDeployment } from "../programs/kubectl.ts";
import { type InventorySeen, seeInventory } from "./read-inventory.ts";

export type CheckInventoryGoal = {
  readonly namespace: string;
  /** As the survey saw them; empty when it could not: then some node is enough. */
  readonly nodes: readonly NodeGpuCount[];
  /** The pod that showed them: it has discovered all that it will. Null when it is not known. */
  readonly pod: string | null;
};

/** So long a new operator may take to discover the hardware. */
const discoversSeconds = 120;

export const checkInventory = defineStep<CheckInventoryGoal, InventorySeen>({
  id: "check-inventory",
  title: "Check the inventory",
  guide:
    "Restart Provider After Maintenance (it does not say that the inventory may be empty then)",
  settleMs: 600_000,
  pollMs: 2000,
  why: () => "With an empty inventory the provider has no capacity, and bids on nothing.",
  proof: ({ nodes }) =>
    nodes.length === 0
      ? "/v1/inventory shows a node"
      : `/v1/inventory shows ${showInventory(nodes)}, as before`,
  remedy: () =>
    `Look at the inventory operator's log (kubectl -n ${operatorsNamespace} logs deployment/operator-inventory) and at the nodes' GPUs, mend them, and run again.`,
  observe: (look, { namespace }) => seeInventory(look, namespace),
  judge: ({ operator, nodes }, goal) => {
    if (operator.kind === "unreadable") return unclear(operator.because);
    if (operator.value === undefined) {
      return satisfied("there is no inventory operator, and nothing to compare");
    }
    const { name, notReady, pod } = operator.value;
    if (notReady !== undefined) return unclear(notReady);
    if (pod === undefined || nodes === undefined) {
      return unclear(`${name} has no pod that is ready`);
    }
    const trouble = nodes.kind === "read" ? lostSince(goal.nodes, nodes.value) : [nodes.because];
    if (trouble.length === 0 && nodes.kind === "read") {
      const before = goal.nodes.length === 0 ? "; what it showed before is not known" : "";
      return satisfied(`${name} shows ${showInventory(nodes.value)}${before}`);
    }
    const because = `${name}: ${trouble.join("; ")}`;
    const isNew = pod.ageSeconds < discoversSeconds && pod.name !== goal.pod;
    return isNew ? unclear(`${because}; it has just started`) : needed(because);
  },
  undoneBy: ({ operator }) =>
    operator.kind === "read" && operator.value !== undefined ? "restart-component" : undefined,
  change: ({ operator, namespace }) => {
    const name = operator.kind === "read" ? operator.value?.name : undefined;
    return name === undefined ? [] : [act(restartDeployment({ namespace, name }))];
  },
});
