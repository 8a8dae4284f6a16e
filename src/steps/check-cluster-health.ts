// The guide's "Verify cluster health before proceeding to the next node", which names no command.

import { leaderNames } from "../cluster/component.ts";
import type { EtcdAccess } from "../cluster/etcd.ts";
import { counted } from "../core/counted.ts";
import { type Reading, read } from "../core/outcome.ts";
import { defineCheck, type Look, satisfied, unclear } from "../core/step.ts";
import {
  conditionOf,
  get,
  getApiEndpoints,
  type KubernetesObject,
  parseApiEndpoints,
  parseList,
} from "../programs/kubectl.ts";
import { getLeaderLocks, type LeaderLock, parseLeaderLocks } from "../programs/leader-locks.ts";
import { whereCutOff } from "./guide-sections.ts";
import { readEtcd } from "./read-etcd.ts";
import { readReady } from "./read-ready.ts";

export type CheckClusterHealthGoal = {
  /** Every API server by its own address, `https://10.0.0.1:6443`. */
  readonly apiServers: readonly string[];
  readonly nodes: readonly string[];
  /** Null where etcd runs on hosts of its own: then only the API servers tell of it. */
  readonly etcd: EtcdAccess | null;
  /**
   * How old the leader's sign of life may be. A restarted leader's lock is only taken over after
   * 15 s, which harms nothing between two nodes; before the provider starts it must be fresh.
   */
  readonly leaderSilentSecondsMax: number;
  /** Who has a leader; absent in plans from before it was told: all. */
  readonly leaders?: readonly string[];
};

interface Seen {
  readonly nodes: Reading<readonly KubernetesObject[]>;
  readonly endpoints: Reading<readonly string[]>;
  readonly ready: readonly Reading<true>[];
  readonly etcd: Reading<readonly string[]>;
  readonly leaders: Reading<readonly LeaderLock[]>;
}

export const checkClusterHealth = defineCheck<CheckClusterHealthGoal, Seen>({
  id: "check-cluster-health",
  title: "Check the cluster's health",
  guide: "Verify cluster health before proceeding to the next node",
  settleMs: 180_000,
  pollMs: 500,
  why: () =>
    "Nothing more may be disturbed, nor the provider started, while the cluster is not whole.",
  proof: ({ apiServers, nodes, etcd }) =>
    `${counted(nodes.length, "node")} Ready, ${counted(apiServers.length, "API server")} ready and in the Endpoints, ${etcd === null ? "" : "every etcd member healthy, no alarm, "}leaders alive`,
  remedy: () =>
    `Look at what is named above (\`kubectl get nodes\`, and \`crictl ps -a\` on that node), mend it, and run again. Where an API server does not start: ${whereCutOff}.`,
  observe: (look, goal) => observe(look, goal),
  judge: (seen, goal) => {
    const trouble = [
      ...nodeTrouble(seen.nodes, goal.nodes),
      ...seen.ready.flatMap((one) => (one.kind === "read" ? [] : [one.because])),
      ...endpointTrouble(seen.endpoints, goal.apiServers),
      ...(seen.etcd.kind === "read" ? seen.etcd.value : [seen.etcd.because]),
      ...leaderTrouble(seen.leaders, goal),
    ];
    if (trouble.length > 0) return unclear(trouble.join("; "));
    return satisfied(
      `${counted(goal.nodes.length, "node")} Ready, ${counted(goal.apiServers.length, "API server")} ready, ${goal.etcd === null ? "etcd not looked at" : "etcd healthy"}`,
    );
  },
});

async function observe(look: Look, goal: CheckClusterHealthGoal): Promise<Seen> {
  const [nodes, endpoints, etcd, leaders, ...ready] = await Promise.all([
    look.run(get(["nodes"])),
    look.run(getApiEndpoints),
    goal.etcd === null ? read([]) : readEtcd(look, goal.etcd),
    look.run(getLeaderLocks),
    ...goal.apiServers.map((server) => readReady(look, server)),
  ]);
  return {
    nodes: parseList(nodes, "nodes"),
    endpoints: parseApiEndpoints(endpoints),
    etcd,
    leaders: parseLeaderLocks(leaders),
    ready,
  };
}

function nodeTrouble(
  seen: Reading<readonly KubernetesObject[]>,
  wanted: readonly string[],
): readonly string[] {
  if (seen.kind === "unreadable") return [seen.because];
  const ready = new Set(
    seen.value.filter((n) => conditionOf(n, "Ready") === "True").map((n) => n.metadata.name),
  );
  return wanted.filter((name) => !ready.has(name)).map((name) => `${name} is not Ready`);
}

function endpointTrouble(
  seen: Reading<readonly string[]>,
  servers: readonly string[],
): readonly string[] {
  if (seen.kind === "unreadable") return [seen.because];
  return servers
    .map((server) => new URL(server).hostname.replace(/^\[(.*)\]$/, "$1"))
    .filter((address) => !seen.value.includes(address))
    .map((address) => `${address} is not in Endpoints default/kubernetes`);
}

function leaderTrouble(
  seen: Reading<readonly LeaderLock[]>,
  { leaders = leaderNames, leaderSilentSecondsMax }: CheckClusterHealthGoal,
): readonly string[] {
  if (leaders.length === 0) return [];
  if (seen.kind === "unreadable") return [seen.because];
  return leaders.flatMap((name) => {
    const lock = seen.value.find((one) => one.name === name);
    if (lock === undefined) return [`${name} has no leader`];
    if (lock.silentSeconds <= leaderSilentSecondsMax) return [];
    return [`${name} has had no leader for ${Math.round(lock.silentSeconds)} s`];
  });
}
