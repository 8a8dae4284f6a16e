/**
 * etcd in trouble, and what etcdctl, kubectl and curl say of it. Members are stopped and started,
 * an alarm is raised and disarmed. What Drydock asks is taken from src/programs.
 */
import { askApiServer } from "../src/programs/curl.ts";
import {
  checkHealth,
  listAlarms,
  listMembers,
  readStatus,
  saveSnapshot,
} from "../src/programs/etcdctl.ts";
import { get, getRaw, restartDeployment, scaleStatefulSet } from "../src/programs/kubectl.ts";
import { restartUnit } from "../src/programs/systemctl.ts";
import type { OnAnotherNode, Recording } from "./recordings.ts";

const ssl = "/etc/ssl/etcd/ssl";
const folder = "/run/drydock-recording";

export const etcdAccess = {
  endpoint: "https://127.0.0.1:2379",
  cacert: `${ssl}/ca.pem`,
  cert: `${ssl}/admin-node1.pem`,
  key: `${ssl}/admin-node1-key.pem`,
};

/** As the guide has them in its shell. */
export const etcdEnvironment = {
  ETCDCTL_API: "3",
  ETCDCTL_ENDPOINTS: etcdAccess.endpoint,
  ETCDCTL_CACERT: etcdAccess.cacert,
  ETCDCTL_CERT: etcdAccess.cert,
  ETCDCTL_KEY: etcdAccess.key,
};

type State = Pick<Recording, "state" | "before" | "after">;

const healthy: State = { state: "everything healthy" };
const removed = { node: "node1", script: `rm -rf ${folder}` };

function membersDown(state: string, ...nodes: readonly string[]): State {
  return {
    state,
    before: nodes.map((node) => ({ node, script: "systemctl stop etcd" })),
    // The first waits until the others are there.
    after: [
      ...nodes.map((node) => ({ node, script: "systemctl start --no-block etcd" })),
      ...nodes.map((node) => ({
        node,
        script: "until systemctl is-active -q etcd; do sleep 0.5; done",
      })),
      { node: "node1", script: apiAnswers },
    ],
  };
}

const apiAnswers =
  "until kubectl get --raw /readyz --server https://10.99.0.1:6443 >/dev/null 2>&1; do sleep 1; done";

const localDown = membersDown("the node's own member is stopped", "node1");
const oneDown = membersDown("etcd is stopped on node3", "node3");
const noQuorum = membersDown("etcd is stopped on node2 and node3", "node2", "node3");

/** The API server notices a moment later. */
export const noQuorumNoticed: State = {
  ...noQuorum,
  before: [
    noQuorum.before ?? [],
    on(
      "until kubectl get --raw /readyz --server https://10.99.0.1:6443 2>&1 | grep -q failed; do sleep 0.5; done",
    ),
  ].flat(),
};

/** etcdctl can disarm an alarm and not raise one; etcd's own HTTP gateway can. */
const gateway = `curl -s --cacert ${etcdAccess.cacert} --cert ${etcdAccess.cert} --key ${etcdAccess.key} ${etcdAccess.endpoint}/v3/maintenance/alarm`;
const memberId = `$(etcdctl ${["cacert", "cert", "key"].map((name) => `--${name}=${etcdAccess[name as "cert"]}`).join(" ")} endpoint status -w json | sed -E 's/.*"member_id":([0-9]+).*/\\1/')`;
export const noSpace: State = {
  state: "node1's member has raised the alarm NOSPACE",
  before: on(
    `${gateway} -d "{\\"action\\":\\"ACTIVATE\\",\\"memberID\\":\\"${memberId}\\",\\"alarm\\":\\"NOSPACE\\"}"`,
  ),
  after: on(
    `${gateway} -d "{\\"action\\":\\"DEACTIVATE\\",\\"memberID\\":\\"${memberId}\\",\\"alarm\\":\\"NOSPACE\\"}"`,
  ),
};

function on(script: string): OnAnotherNode {
  return { node: "node1", script };
}

const table = ["-w", "table"];
const ofServices = { namespace: "akash-services", name: "akash-node-1" };
const ownServer = { server: "https://10.99.0.1:6443" };

const etcdctl: readonly (readonly [string, readonly string[], State])[] = [
  ["member-list-local-down", listMembers(etcdAccess).argv, localDown],
  ["endpoint-health-local-down", checkHealth(etcdAccess).argv, localDown],
  ["endpoint-status-local-down", readStatus(etcdAccess).argv, localDown],
  ["alarm-list-local-down", listAlarms(etcdAccess).argv, localDown],
  ["snapshot-save-local-down", saveSnapshot(etcdAccess, `${folder}/a.db`).argv, localDown],
  ["endpoint-status-one-down", readStatus(etcdAccess).argv, oneDown],
  ["member-list-no-quorum", listMembers(etcdAccess).argv, noQuorum],
  ["endpoint-health-no-quorum", checkHealth(etcdAccess).argv, noQuorum],
  ["endpoint-status-no-quorum", readStatus(etcdAccess).argv, noQuorum],
  ["alarm-list-no-quorum", listAlarms(etcdAccess).argv, noQuorum],
  ["snapshot-save-no-quorum", saveSnapshot(etcdAccess, `${folder}/a.db`).argv, noQuorum],
  ["snapshot-save", saveSnapshot(etcdAccess, `${folder}/a.db`).argv, healthy],
  ["alarm-list-no-space", listAlarms(etcdAccess).argv, noSpace],
  ["endpoint-health-no-space", checkHealth(etcdAccess).argv, noSpace],
  ["endpoint-status-no-space", readStatus(etcdAccess).argv, noSpace],
  ["certificate-missing", listMembers({ ...etcdAccess, cert: `${ssl}/none.pem` }).argv, healthy],
  [
    "certificate-missing-health",
    checkHealth({ ...etcdAccess, cert: `${ssl}/none.pem` }).argv,
    healthy,
  ],
  ["authority-missing", listMembers({ ...etcdAccess, cacert: `${ssl}/none.pem` }).argv, healthy],
  [
    "key-of-another",
    listMembers({ ...etcdAccess, key: `${ssl}/member-node1-key.pem` }).argv,
    { state: "the key is another certificate's" },
  ],
  [
    "key-of-another-health",
    checkHealth({ ...etcdAccess, key: `${ssl}/member-node1-key.pem` }).argv,
    { state: "the key is another certificate's" },
  ],
  [
    "authority-of-another",
    listMembers({ ...etcdAccess, cacert: "/etc/kubernetes/ssl/ca.crt" }).argv,
    { state: "another authority than the one that signed the member's certificate" },
  ],
  [
    "authority-of-another-health",
    checkHealth({ ...etcdAccess, cacert: "/etc/kubernetes/ssl/ca.crt" }).argv,
    { state: "another authority than the one that signed the member's certificate" },
  ],
  [
    "client-of-another",
    listMembers({
      ...etcdAccess,
      cert: "/etc/kubernetes/ssl/apiserver-kubelet-client.crt",
      key: "/etc/kubernetes/ssl/apiserver-kubelet-client.key",
    }).argv,
    { state: "a client certificate that another authority has signed" },
  ],
];

const guide: readonly (readonly [string, readonly string[], State])[] = [
  ["member-list-table", ["etcdctl", ...table, "member", "list"], healthy],
  ["endpoint-health-table", ["etcdctl", "endpoint", "health", "--cluster", ...table], healthy],
  ["endpoint-status-table", ["etcdctl", "endpoint", "status", "--cluster", ...table], healthy],
  [
    "endpoint-health-table-one-down",
    ["etcdctl", "endpoint", "health", "--cluster", ...table],
    oneDown,
  ],
  [
    "endpoint-status-table-one-down",
    ["etcdctl", "endpoint", "status", "--cluster", ...table],
    oneDown,
  ],
  [
    "endpoint-health-table-no-space",
    ["etcdctl", "endpoint", "health", "--cluster", ...table],
    noSpace,
  ],
  [
    "endpoint-status-table-no-space",
    ["etcdctl", "endpoint", "status", "--cluster", ...table],
    noSpace,
  ],
  [
    "snapshot-save-by-hand",
    ["etcdctl", "snapshot", "save", "node1.etcd.backup"],
    { state: "everything healthy", after: on("rm -f node1.etcd.backup") },
  ],
];

const others: readonly (readonly [string, string, readonly string[], State])[] = [
  ["kubectl", "get-no-quorum", get(["nodes"], ownServer).argv, noQuorum],
  ["kubectl", "readyz-no-quorum", getRaw("/readyz", ownServer).argv, noQuorum],
  ["kubectl", "scale-no-quorum", scaleStatefulSet({ ...ofServices, replicas: 1 }).argv, noQuorum],
  ["curl", "readyz-no-quorum", askApiServer("https://10.99.0.1:6443/readyz").argv, noQuorumNoticed],
  ["kubectl", "scale-no-space", scaleStatefulSet({ ...ofServices, replicas: 2 }).argv, noSpace],
  [
    "kubectl",
    "rollout-restart-no-space",
    restartDeployment({ namespace: "akash-services", name: "operator-inventory" }).argv,
    noSpace,
  ],
  ["kubectl", "get-no-space", get(["nodes"]).argv, noSpace],
  [
    "kubectl",
    "delete-mirror-pods-no-space",
    "kubectl -n kube-system delete pods -l component=kube-scheduler".split(" "),
    noSpace,
  ],
  ["systemctl", "restart-etcd", restartUnit("etcd.service").argv, healthy],
  ["systemctl", "restart-etcd-no-quorum", restartUnit("etcd.service").argv, noQuorum],
];

export const etcdTroubles: readonly Recording[] = [
  ...etcdctl.map(([name, argv, state]) => ({
    ...{ program: "etcdctl", name, argv, ...state },
    ...(name.startsWith("snapshot-save") ? { after: [state.after ?? [], removed].flat() } : {}),
  })),
  ...guide.map(([name, argv, state]) => ({
    ...{ program: "etcdctl", name, argv, environment: etcdEnvironment, ...state },
  })),
  ...others.map(([program, name, argv, state]) => ({
    ...{ program, name, argv, timeoutMs: 120_000, ...state },
  })),
];
