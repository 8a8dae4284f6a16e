/**
 * What is away for a while: a kubelet, a machine, an API server. And timers that are started and
 * stopped, as a window does with kubespray's own.
 */
import { askApiServer } from "../src/programs/curl.ts";
import { askKubelet, get, getRaw, readLogs } from "../src/programs/kubectl.ts";
import { readFailedChecks } from "../src/programs/provider-health.ts";
import { startUnit, stopUnit } from "../src/programs/systemctl.ts";
import type { Recording } from "./recordings.ts";
import { installTimer, removeTimer } from "./recordings-automation.ts";

type Given = Omit<Recording, "program" | "name" | "argv">;

const own = { server: "https://10.99.0.1:6443" };
const timer = "k8s-certs-renew.timer";

const on = (node: string, script: string) => ({ node, script });

const noKubelet: Given = {
  state: "the kubelet of node3 is stopped",
  before: on("node3", "systemctl stop kubelet"),
  after: on("node3", "systemctl start kubelet"),
};
/**
 * For node1 alone: what a network says of a machine that nobody answers for. While a connection to
 * its kubelet stands the API server waits on that, for longer than anybody waits for the answer.
 */
const gone: Given = {
  state: "the machine node3 is not there: no route leads to it, and no connection to it stands",
  before: [
    on("node3", "systemctl stop kubelet"),
    on("node1", "ip route add unreachable 10.99.0.3/32"),
  ],
  after: [
    on("node1", "ip route del unreachable 10.99.0.3/32"),
    on("node3", "systemctl start kubelet"),
  ],
};

const serverOf1 = "crictl ps -q --name '^kube-apiserver$'";
const stopServer = `crictl --timeout 30s stop --timeout 1 $(${serverOf1})`;
const ready =
  "until kubectl get --raw /readyz --server https://10.99.0.1:6443 >/dev/null 2>&1; do sleep 1; done";
const containerless = `for id in $(crictl ps -a -q --state exited --name '^kube-apiserver$'); do crictl rm $id; done`;
const listens = "until curl -sk -o /dev/null https://10.99.0.1:6443/livez; do sleep 0.02; done";

const starting: Given = {
  state: "the API server of node1 has just been started again",
  before: on("node1", `${stopServer}; ${containerless}; ${listens}`),
  after: on("node1", ready),
};

/** Its process ends while it waits for a kubelet that was halted, and the caller for it. */
const endsMeanwhile: Given = {
  state: "the API server of node1 is stopped while it serves the call",
  before: on(
    "node1",
    `kill -STOP $(systemctl show -P MainPID kubelet); setsid sh -c "sleep 3; ${stopServer}; kill -CONT $(systemctl show -P MainPID kubelet)" </dev/null >/dev/null 2>&1 &`,
  ),
  after: on("node1", `${containerless}; ${ready}`),
};

const noTimer: Given = { state: "there is no such timer" };
function timerOf(state: string, ...more: readonly string[]): Given {
  return {
    state: `kubespray's timer, enabled and ${state}`,
    before: on("node1", [installTimer, ...more].join(" && ")),
    after: on("node1", removeTimer),
  };
}

const system = { namespace: "kube-system", pod: "kube-scheduler-node3", seconds: 60 };
const provider = { namespace: "akash-services", name: "akash-provider" };

const workloads = "deployments,statefulsets -l akash.network/manifest-service --all-namespaces";
/** The first Deployment of a tenant has no pods for as long as some checks take. */
const failing: Given = {
  state: "the workload of one lease is scaled to 0, and its checks fail",
  before: on(
    "node1",
    `set -- $(kubectl get ${workloads} -o jsonpath='{.items[0].kind} {.items[0].metadata.name} {.items[0].metadata.namespace} {.items[0].spec.replicas}')
    echo "kubectl -n $3 scale $1 $2 --replicas=$4" >/run/drydock-recording.back
    kubectl -n $3 scale $1 $2 --replicas=0; sleep 40`,
  ),
  after: on("node1", "sh /run/drydock-recording.back; rm /run/drydock-recording.back"),
};

const all: readonly (readonly [string, string, readonly string[], Given])[] = [
  ["systemctl", "stop-timer", stopUnit(timer).argv, timerOf("started")],
  [
    "systemctl",
    "start-timer",
    startUnit(timer).argv,
    timerOf("stopped", `systemctl stop ${timer}`),
  ],
  ["systemctl", "start-no-timer", startUnit(timer).argv, noTimer],
  ["systemctl", "stop-no-timer", stopUnit(timer).argv, noTimer],
  ["kubectl", "kubelet-stopped", askKubelet("node3", own).argv, noKubelet],
  ["kubectl", "logs-kubelet-stopped", readLogs(system).argv, noKubelet],
  ["kubectl", "kubelet-no-route", askKubelet("node3", own).argv, gone],
  ["kubectl", "get-starting", get(["nodes"], own).argv, starting],
  ["kubectl", "readyz-starting", getRaw("/readyz", own).argv, starting],
  ["curl", "readyz-starting", askApiServer(`${own.server}/readyz`).argv, starting],
  ["kubectl", "cut-off", getRaw("/api/v1/nodes/node1/proxy/healthz", own).argv, endsMeanwhile],
  ["kubectl", "failed-checks", readFailedChecks(provider, "akash-provider-0", 60).argv, failing],
  [
    "kubectl",
    "failed-checks-none",
    readFailedChecks(provider, "akash-provider-0", 5).argv,
    { state: "no check has failed" },
  ],
  [
    "kubectl",
    "failed-checks-no-pod",
    readFailedChecks(provider, "nothing-here", 60).argv,
    { state: "there is no such pod" },
  ],
  [
    "kubectl",
    "logs",
    readLogs({ namespace: "akash-services", pod: "akash-provider-0", seconds: 60 }).argv,
    failing,
  ],
];

export const awayRecordings: readonly Recording[] = all.map(([program, name, argv, given]) => ({
  ...{ program, name, argv, ...given },
}));
