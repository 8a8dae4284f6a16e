import { describe, expect, test } from "vitest";
import { staticPodAccess } from "../cluster/etcd.ts";
import { type CheckClusterHealthGoal, checkClusterHealth } from "./check-cluster-health.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

const goal: CheckClusterHealthGoal = {
  apiServers: ["https://10.0.0.1:6443", "https://[fd00::2]:6443"],
  nodes: ["node1", "node2"],
  etcd: staticPodAccess(""),
  leaderSilentSecondsMax: 20,
};

function node(name: string, ready = "True") {
  const status = { conditions: [{ type: "Ready", status: ready }] };
  return { kind: "Node", metadata: { name }, status };
}

const healthy = {
  nodes: read([node("node1"), node("node2"), node("new-node", "False")]),
  endpoints: read(["10.0.0.1", "fd00::2"]),
  ready: [read(true), read(true)],
  etcd: read([]),
  leaders: leaders(2),
};

function leaders(schedulerSilentSeconds: number) {
  return read([
    { name: "kube-scheduler", holder: "a", silentSeconds: schedulerSilentSeconds },
    { name: "kube-controller-manager", holder: "a", silentSeconds: 2 },
  ]);
}

describe("a cluster", () => {
  test("is healthy when nodes, API servers, etcd and leaders are", () => {
    expect(said(checkClusterHealth.judge(healthy, goal))).toBe(
      "satisfied: 2 nodes Ready, 2 API servers ready, etcd healthy",
    );
  });

  test("says where etcd was not looked at, since it has hosts of its own", () => {
    expect(said(checkClusterHealth.judge(healthy, { ...goal, etcd: null }))).toBe(
      "satisfied: 2 nodes Ready, 2 API servers ready, etcd not looked at",
    );
  });

  test.each([
    [
      "a node is NotReady",
      { nodes: read([node("node1"), node("node2", "Unknown")]) },
      "node2 is not Ready",
    ],
    ["a node is gone", { nodes: read([node("node1")]) }, "node2 is not Ready"],
    ["nodes cannot be read", { nodes: cutOff }, "no answer: cut off"],
    ["an API server is not ready", { ready: [read(true), cutOff] }, "no answer: cut off"],
    [
      "an API server is not in the Endpoints",
      { endpoints: read(["10.0.0.1"]) },
      "fd00::2 is not in Endpoints default/kubernetes",
    ],
    ["a member of etcd is ill", { etcd: read(["etcd2 gave no health"]) }, "etcd2 gave no health"],
    ["etcd cannot be asked", { etcd: cutOff }, "no answer: cut off"],
    ["a leader is silent", { leaders: leaders(20.6) }, "kube-scheduler has had no leader for 21 s"],
    [
      "one that waits for a lock has none",
      { leaders: read([{ name: "kube-scheduler", holder: "a", silentSeconds: 2 }]) },
      "kube-controller-manager has no leader",
    ],
    ["leaders cannot be read", { leaders: cutOff }, "no answer: cut off"],
  ])("is waited for while %s", (_, but, because) => {
    const verdict = checkClusterHealth.judge({ ...healthy, ...but }, goal);
    expect(verdict).toEqual({ kind: "unclear", because });
  });

  test("has leaders only of those that wait for a lock", () => {
    const stale = { ...healthy, leaders: leaders(9000) };
    const only = { ...goal, leaders: ["kube-controller-manager"] };
    expect(checkClusterHealth.judge(stale, only).kind).toBe("satisfied");
    // kubectl prints nothing where there is none at all.
    const none = { ...healthy, leaders: cutOff };
    expect(checkClusterHealth.judge(none, { ...goal, leaders: [] }).kind).toBe("satisfied");
  });

  test("is only looked at", () => {
    expect(checkClusterHealth.change(healthy, goal)).toEqual([]);
  });
});
