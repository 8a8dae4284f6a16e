/**
 * What a window does, and the guide's own step 3: commands that change something and put it back.
 */

const kubectl = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=10s"];
const ofServices = [...kubectl, "-n", "akash-services"];
const annotation = "drydock.example/recording";
const admin = "/etc/kubernetes/admin.conf";
const askKubelet = [
  ...["kubectl", "--kubeconfig", admin, "--server", "https://10.99.0.1:6443"],
  ...["--request-timeout=10s", "get", "--raw", "/api/v1/nodes/node1/proxy/healthz"],
];
const steady = "the control plane's pods run";

const schedulerRuns = "until crictl ps -q --name '^kube-scheduler$' | grep -q .; do sleep 1; done";
const removeExited =
  "for id in $(crictl ps -a -q --state exited --name '^kube-(scheduler|controller-manager)$'); do crictl rm $id; done";

interface Act {
  readonly program: string;
  readonly argv: readonly string[];
  readonly state: string;
  /** Bring a state about and put it back, on node1. */
  readonly before?: string;
  readonly after?: string;
}

const acts: Readonly<Record<string, Act>> = {
  scale: {
    program: "kubectl",
    state: "a StatefulSet that has that many already",
    argv: [...ofServices, "scale", "statefulset", "akash-node-1", "--replicas=1"],
  },
  "scale-not-found": {
    program: "kubectl",
    state: "there is no such StatefulSet",
    argv: [...ofServices, "scale", "statefulset", "nothing-here", "--replicas=1"],
  },
  annotate: {
    program: "kubectl",
    state: "a StatefulSet without that annotation",
    argv: [
      ...ofServices,
      "annotate",
      "--overwrite",
      "statefulset",
      "akash-provider",
      `${annotation}=2`,
    ],
    after: `kubectl -n akash-services annotate statefulset akash-provider ${annotation}-`,
  },
  "annotate-remove": {
    program: "kubectl",
    state: "a StatefulSet with that annotation",
    argv: [
      ...ofServices,
      "annotate",
      "--overwrite",
      "statefulset",
      "akash-provider",
      `${annotation}-`,
    ],
    before: `kubectl -n akash-services annotate statefulset akash-provider ${annotation}=2`,
  },
  "delete-mirror-pods": {
    program: "kubectl",
    state: "the guide's step 3 on three nodes: no process is restarted",
    argv: "kubectl -n kube-system delete pods -l component=kube-scheduler".split(" "),
  },
  stop: {
    program: "crictl",
    state: steady,
    argv: [
      "sh",
      "-c",
      "crictl --timeout 30s stop --timeout 5 $(crictl ps -q --name '^kube-scheduler$')",
    ],
    after: "crictl rm $(crictl ps -a -q --state exited --name '^kube-scheduler$')",
  },
  "stop-unknown": {
    program: "crictl",
    state: "there is no such container",
    argv: ["crictl", "--timeout", "30s", "stop", "--timeout", "5", "0123456789abc"],
  },
  "stop-some": {
    program: "crictl",
    state: "the first of two containers is gone",
    argv: [
      "sh",
      "-c",
      "crictl --timeout 30s stop --timeout 5 0123456789abc $(crictl ps -q --name '^kube-scheduler$')",
    ],
    before: schedulerRuns,
  },
  "stop-two": {
    program: "crictl",
    state: steady,
    argv: [
      "sh",
      "-c",
      "crictl --timeout 30s stop --timeout 5 $(crictl ps -q --name '^kube-scheduler$') $(crictl ps -q --name '^kube-controller-manager$')",
    ],
    before: schedulerRuns,
    after: removeExited,
  },
  "rm-some": {
    program: "crictl",
    state: "the first of two containers is gone, the other has exited",
    argv: ["sh", "-c", "crictl --timeout 30s rm 0123456789abc $(cat /run/drydock-recording)"],
    before: `${schedulerRuns}
      crictl ps -q --name '^kube-scheduler$' >/run/drydock-recording
      crictl --timeout 30s stop --timeout 5 $(cat /run/drydock-recording)`,
    after: `rm -f /run/drydock-recording; ${removeExited}`,
  },
  "rm-running": {
    program: "crictl",
    state: steady,
    before: schedulerRuns,
    argv: ["sh", "-c", "crictl --timeout 30s rm $(crictl ps -q --name '^kube-scheduler$')"],
  },
  "rm-unknown": {
    program: "crictl",
    state: "there is no such container",
    argv: ["crictl", "--timeout", "30s", "rm", "0123456789abc"],
  },
  "kubelet-after-renewal": {
    program: "kubectl",
    state: "the API server opens its first connection to a kubelet with a renewed certificate",
    argv: askKubelet,
    // Over a connection that stands nothing fails: the API server must open one.
    before: `systemctl restart kubelet
      until curl -sk -o /dev/null https://127.0.0.1:10250/healthz; do sleep 0.2; done
      kubeadm certs renew apiserver-kubelet-client && sleep 2`,
  },
  "renew-emptied-kubeconfig": {
    program: "kubeadm",
    state: "admin.conf was cut off at its beginning, as on a full disk: nothing is renewed",
    argv: ["kubeadm", "certs", "renew", "all", "--config", "/etc/kubernetes/kubeadm-config.yaml"],
    before: `cp -p ${admin} /run/admin.conf && : > ${admin}`,
    after: `mv /run/admin.conf ${admin}`,
  },
};

const on = (script: string) => ({ node: "node1", script });

export const actRecordings = Object.entries(acts).map(([name, { before, after, ...act }]) => ({
  name,
  ...act,
  ...(before === undefined ? {} : { before: on(before) }),
  ...(after === undefined ? {} : { after: on(after) }),
}));
