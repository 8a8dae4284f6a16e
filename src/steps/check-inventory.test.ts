import { describe, expect, test } from "vitest";
import type { InventoryOperator } from "../programs/inventory.ts";
import { checkInventory } from "./check-inventory.ts";
import { cutOff, read, said, typed } from "./seen.testkit.ts";

const namespace = "akash-services";
const before = [
  { name: "node1", gpus: 0 },
  { name: "node2", gpus: 8 },
];
const goal = { namespace, nodes: before, pod: "operator-inventory-0" };

function operator(ageSeconds: number, notReady?: string) {
  const pod = { name: "operator-inventory-1", ageSeconds };
  const seen: InventoryOperator = { name: "operator-inventory", notReady, pod };
  return read(seen);
}

const old = operator(86_400);

describe("the inventory", () => {
  test.each([
    [
      "that shows what it showed",
      old,
      read(before),
      "satisfied: operator-inventory shows 2 nodes, 8 GPUs",
    ],
    [
      "that shows more",
      old,
      read([...before, { name: "node3", gpus: 1 }]),
      "satisfied: operator-inventory shows 3 nodes, 9 GPUs",
    ],
    [
      "that is empty, as after a restart of the API server",
      old,
      read([]),
      "needed: operator-inventory: it shows no node",
    ],
    [
      "that lacks GPUs and a node",
      old,
      read([{ name: "node2", gpus: 7 }]),
      "needed: operator-inventory: it does not show node1; it shows 7 of 8 GPUs of node2",
    ],
    ["that does not answer", old, cutOff, "needed: operator-inventory: no answer: cut off"],
    [
      "of an operator that has just started",
      operator(30),
      read([]),
      "unclear: operator-inventory: it shows no node; it has just started",
    ],
    [
      "of an operator that is being replaced",
      operator(86_400, "operator-inventory: 0 of 1 up to date"),
      read([]),
      "unclear: operator-inventory: 0 of 1 up to date",
    ],
    [
      "of an operator without a pod",
      read({ name: "operator-inventory", notReady: undefined, pod: undefined }),
      undefined,
      "unclear: operator-inventory has no pod that is ready",
    ],
    [
      "of a cluster that has none",
      read(undefined),
      undefined,
      "satisfied: there is no inventory operator, and nothing to compare",
    ],
    ["of an operator that cannot be read", cutOff, undefined, "unclear: no answer: cut off"],
  ] as const)("%s", (_, seen, nodes, words) => {
    expect(said(checkInventory.judge({ namespace, operator: seen, nodes }, goal))).toBe(words);
  });

  test("of an operator that showed them before is not waited for, however young it is", () => {
    const seen = { namespace, operator: operator(30), nodes: read([]) };
    const known = { ...goal, pod: "operator-inventory-1" };
    expect(said(checkInventory.judge(seen, known))).toBe(
      "needed: operator-inventory: it shows no node",
    );
  });

  test("need only show some node when nothing is known of before", () => {
    const unknown = { namespace, nodes: [], pod: null };
    const judged = (nodes: readonly { name: string; gpus: number }[]) =>
      said(checkInventory.judge({ namespace, operator: old, nodes: read(nodes) }, unknown));
    expect(judged([{ name: "node9", gpus: 0 }])).toBe(
      "satisfied: operator-inventory shows 1 node, 0 GPUs; what it showed before is not known",
    );
    expect(judged([])).toBe("needed: operator-inventory: it shows no node");
  });

  test("is mended by a restart of its operator, by the name it has", () => {
    const acts = checkInventory.change({ namespace, operator: old, nodes: read([]) }, goal);
    expect(typed(acts)).toEqual([
      "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s -n akash-services rollout restart deployment/operator-inventory",
    ]);
  });
});
