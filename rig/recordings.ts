/**
 * What `rig record` records: programs as Drydock calls them, on a real node. Add an entry, then run
 * `npm run rig -- record --only <name>`. Nothing here may print a private key, a token or a
 * kubeconfig: transcripts are committed.
 */

import { actRecordings } from "./recordings-acts.ts";
import { automationRecordings } from "./recordings-automation.ts";
import { awayRecordings } from "./recordings-away.ts";
import { credentialTroubles } from "./recordings-credentials.ts";
import { diskRecordings } from "./recordings-disk.ts";
import { etcdTroubles } from "./recordings-etcd.ts";
import { guideRecordings } from "./recordings-guide.ts";
import { leaseReadings } from "./recordings-leases.ts";
import { lookRecordings } from "./recordings-looks.ts";
import { rareRecordings } from "./recordings-rare.ts";
import { serviceReadings } from "./recordings-services.ts";

export interface OnAnotherNode {
  readonly node: string;
  readonly script: string;
}

export interface Recording {
  readonly program: string;
  /** File name of the transcript, without .json. */
  readonly name: string;
  /** What state the cluster is in, for the reader. */
  readonly state: string;
  readonly argv: readonly string[];
  /** Default: node1. */
  readonly node?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: a minute. */
  readonly timeoutMs?: number;
  /** Bring a state about and put it back, on the nodes named; not recorded themselves. */
  readonly before?: OnAnotherNode | readonly OnAnotherNode[];
  readonly after?: OnAnotherNode | readonly OnAnotherNode[];
}

const kubeadmConfig = "/etc/kubernetes/kubeadm-config.yaml";
const fresh = "fresh three-node cluster, everything healthy";
const ssl = "/etc/ssl/etcd/ssl";
const ca = "/etc/kubernetes/pki/ca.crt";
const curl = "curl --silent --show-error --fail --max-time 5";
const snapshot = "/run/drydock-recording.db";

/** What Drydock takes from /etc/etcd.env on node1. */
const etcdctl = {
  ETCDCTL_API: "3",
  ETCDCTL_ENDPOINTS: "https://127.0.0.1:2379",
  ETCDCTL_CACERT: `${ssl}/ca.pem`,
  ETCDCTL_CERT: `${ssl}/admin-node1.pem`,
  ETCDCTL_KEY: `${ssl}/admin-node1-key.pem`,
};

export const recordings: readonly Recording[] = [
  of("kubeadm", "check-expiration-text", "kubeadm certs check-expiration"),
  {
    ...of("kubeadm", "check-expiration-no-kubeconfig", "kubeadm certs check-expiration"),
    state: "the kubeconfig is not there: falls back to defaults, says nothing of it, exits 0",
    argv: ["kubeadm", "certs", "check-expiration", "--kubeconfig", "/nonexistent"],
  },
  {
    ...of("kubeadm", "check-expiration-no-configmap", "kubeadm certs check-expiration"),
    state: "the ConfigMap kubeadm-config is gone: falls back to defaults, exits 0",
    before: {
      node: "node1",
      script: `${configMap("get")} -o yaml > /run/kubeadm-config.yaml && ${configMap("delete")}`,
    },
    after: { node: "node1", script: "kubectl create -f /run/kubeadm-config.yaml" },
  },
  of("kubeadm", "version", "kubeadm version -o json"),
  of("kubeadm", "renew-all", `kubeadm certs renew all --config ${kubeadmConfig}`),
  {
    ...of("kubeadm", "renew-all-second-node", `kubeadm certs renew all --config ${kubeadmConfig}`),
    state: "a node that has no super-admin.conf, as only kubeadm init makes one",
    node: "node2",
  },
  {
    ...of(
      "kubeadm",
      "renew-external-ca",
      `kubeadm certs renew apiserver --config ${kubeadmConfig}`,
    ),
    state: "the key of the certificate authority is not on the node: says so, exits 0",
    before: { node: "node1", script: "mv /etc/kubernetes/pki/ca.key /run/" },
    after: { node: "node1", script: "mv /run/ca.key /etc/kubernetes/pki/" },
  },
  {
    ...of("kubeadm", "renew-all-damaged", `kubeadm certs renew all --config ${kubeadmConfig}`),
    state: "apiserver.crt holds no certificate: what comes before it in the alphabet is renewed",
    before: {
      node: "node1",
      script: "cd /etc/kubernetes/pki && cp apiserver.crt /run/ && echo garbage > apiserver.crt",
    },
    after: { node: "node1", script: "mv /run/apiserver.crt /etc/kubernetes/pki/" },
  },
  of("kubeadm", "renew-unknown", "kubeadm certs renew nonsense"),
  of("kubectl", "get-nodes", "kubectl get nodes -o json"),
  of(
    "kubectl",
    "get-kubeadm-config",
    "kubectl -n kube-system get configmap kubeadm-config -o json",
  ),
  of("kubectl", "get-kube-system-pods", "kubectl -n kube-system get pods -o json"),
  of("kubectl", "get-akash-services", "kubectl -n akash-services get sts,deploy,pods -o json"),
  of("kubectl", "get-manifests", "kubectl -n lease get manifests.akash.network -o json"),
  of(
    "kubectl",
    "get-lease-namespaces",
    "kubectl get ns -l akash.network/lease.id.provider -o json",
  ),
  ...Object.entries(leaseReadings).map(([name, argv]) => ({
    program: "kubectl",
    name,
    state: fresh,
    argv,
  })),
  ...Object.entries(serviceReadings).map(([name, { argv, state, before, after }]) => ({
    program: "kubectl",
    name,
    state: state ?? fresh,
    argv,
    ...(before === undefined ? {} : { before: { node: "node1", script: before } }),
    ...(after === undefined ? {} : { after: { node: "node1", script: after } }),
  })),
  of("kubectl", "get-not-found", "kubectl -n akash-services get statefulset nothing-here -o json"),
  {
    ...of("kubectl", "get-unauthorized", "kubectl get nodes -o json"),
    state: "no client certificate is sent",
    argv: [
      ...["kubectl", "get", "nodes", "-o", "json", "--kubeconfig", "/dev/null"],
      ...[
        "--server",
        "https://127.0.0.1:6443",
        "--insecure-skip-tls-verify",
        "--token",
        "no-such-token",
      ],
    ],
  },
  of(
    "kubectl",
    "get-leader-leases",
    "kubectl get -n kube-system --ignore-not-found leases.coordination.k8s.io kube-scheduler kube-controller-manager -o json",
  ),
  of(
    "kubectl",
    "get-no-leader-leases",
    "kubectl get -n kube-system --ignore-not-found leases.coordination.k8s.io nobody nobody-else -o json",
  ),
  of(
    "kubectl",
    "get-api-endpoints",
    "kubectl get --raw /api/v1/namespaces/default/endpoints/kubernetes",
  ),
  of(
    "kubectl",
    "get-provider-by-label",
    "kubectl get statefulsets,pods --all-namespaces -l app.kubernetes.io/name=provider -o json",
  ),
  of("curl", "readyz", `${curl} --cacert ${ca} https://127.0.0.1:6443/readyz`),
  of("curl", "scheduler", `${curl} --insecure https://127.0.0.1:10259/healthz`),
  {
    ...of("curl", "refused", `${curl} --cacert ${ca} https://127.0.0.1:16443/readyz`),
    state: "nothing listens there",
  },
  {
    ...of("curl", "unauthorized", `${curl} --insecure https://127.0.0.1:10250/pods`),
    state: "a kubelet that tells strangers nothing",
  },
  of("crictl", "ps-all", "crictl ps -a -o json"),
  etcd("member-list", "etcdctl member list -w json"),
  etcd("member-list-hex", "etcdctl --hex -w json member list"),
  {
    ...etcd("snapshot-status", "etcdutl snapshot status -w json"),
    state: "a snapshot that was just saved",
    argv: ["etcdutl", "snapshot", "status", snapshot, "-w", "json"],
    before: {
      node: "node1",
      script: `set -a; . /etc/etcd.env; umask 077; etcdctl snapshot save ${snapshot}`,
    },
    after: { node: "node1", script: `rm -f ${snapshot}` },
  },
  etcd("endpoint-health", "etcdctl endpoint health --cluster -w json"),
  etcd("endpoint-status", "etcdctl endpoint status --cluster -w json"),
  etcd("alarm-list", "etcdctl alarm list"),
  etcd("version", "etcdctl version"),
  {
    ...etcd("endpoint-health-one-down", "etcdctl endpoint health --cluster -w json"),
    state: "etcd is stopped on node3",
    before: { node: "node3", script: "systemctl stop etcd" },
    after: { node: "node3", script: "systemctl start etcd" },
  },
  of("systemctl", "show-etcd", "systemctl show etcd --no-pager"),
  ...etcdTroubles,
  ...credentialTroubles,
  ...diskRecordings,
  ...rareRecordings,
  ...guideRecordings,
  ...actRecordings,
  ...automationRecordings,
  ...awayRecordings,
  ...lookRecordings,
  of("stat", "missing-file", "stat -c %n|%F|%a|%s|%Y /etc/kubernetes/no-such-file"),
];

/** Words are parted at blanks: an argument with a blank in it needs an `argv` of its own. */
function of(program: string, name: string, command: string): Recording {
  return { program, name, state: fresh, argv: command.split(" ") };
}

function configMap(verb: string): string {
  return `kubectl -n kube-system ${verb} configmap kubeadm-config`;
}

function etcd(name: string, command: string): Recording {
  return { ...of("etcdctl", name, command), environment: etcdctl };
}
