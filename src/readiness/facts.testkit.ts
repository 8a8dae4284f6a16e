// For tests: the facts of a healthy three-node cluster, and ways to spoil them.

import { staticPodAccess } from "../cluster/etcd.ts";
import type { ClusterFacts, HostBasics, HostFacts } from "../cluster/facts.ts";
import { certificate, entry, provider, read, today, year } from "../steps/seen.testkit.ts";

const access = { ...staticPodAccess(""), cacert: "/etc/ssl/etcd/ssl/ca.pem" };
const mebibyte = 2 ** 20;

/** By another window, of somebody else. */
export const heldLock = {
  kind: "held",
  window: "w9",
  epoch: 2,
  given: 2,
  since: today,
  holder: "bob@desk",
} as const;

const healthyBasics: HostBasics = {
  hostname: "node",
  clockOffsetMs: 3,
  offsetErrorMs: 1,
  programs: [
    ...["kubeadm", "kubectl", "crictl", "etcdctl", "etcdutl", "openssl", "curl", "flock", "tar"],
    "sha256sum",
  ],
  kubeadmVersion: "v1.33.5",
  etcdctlVersion: "3.6.4",
  staticPods: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
  advertised: "",
  kubeadmConfig: true,
  kubeletConf: true,
  kubernetesFolder: "/etc/kubernetes",
  machine: "",
  pkiFolder: "/etc/kubernetes/ssl",
  etcdUnit: { active: "active", invocation: "abc" },
  etcdEnv: true,
  k3s: false,
  freeBytes: { "/var/backups": 900 * mebibyte },
  renewTimer: "",
  cronFiles: [],
  pausedFiles: [],
  kubeconfigs: ["/root/.kube/config"],
  adminCopies: [],
  reads: [],
  busyWith: [],
};

export function hostFacts(name: string, basics: Partial<HostBasics> = {}): HostFacts {
  const authority = certificate("ca", "CA", today + 9 * year, { kind: "authority" });
  return {
    name,
    address: `10.0.0.${name.slice(-1)}`,
    roles: { controlPlane: true, etcd: true, worker: true },
    basics: read({ ...healthyBasics, ...basics, hostname: name }),
    components: read([
      { name: "kube-apiserver", container: `${name}-apiserver`, createdAt: today },
    ]),
    lock: read({ kind: "free", epoch: 0 }),
    etcdAccess: read(access),
    certificates: read({
      entries: [
        entry(certificate("apiserver", "A1", today + 1000)),
        entry(authority, "authorities"),
      ],
      endpoints: [],
    }),
  };
}

const names = ["node1", "node2", "node3"];

function node(name: string, ready = true) {
  const addresses = [`10.0.0.${name.slice(-1)}`];
  const kubeletVersion = "v1.33.5";
  return { name, ready, controlPlane: true, unschedulable: false, kubeletVersion, addresses };
}

function endpoint(i: number) {
  return {
    url: `https://10.0.0.${i}:2379`,
    memberId: `a${i}`,
    leaderId: "a1",
    version: "3.5.22",
    revision: 1520,
    raftTerm: 2,
    raftIndex: 1930,
    sizeBytes: 20 * mebibyte,
    errors: [],
  };
}

function member(i: number) {
  const clientUrl = `https://10.0.0.${i}:2379`;
  return { name: `etcd${i}`, idHex: `a${i}`, clientUrl, learner: false, started: true };
}

export const healthyFacts: ClusterFacts = {
  cluster: "prod",
  surveyedAt: today,
  topology: "host-etcd",
  primary: "node1",
  hosts: names.map((name) => hostFacts(name)),
  nodes: read(names.map((name) => node(name))),
  etcd: read({
    members: [1, 2, 3].map(member),
    health: [1, 2, 3].map((i) => ({ url: endpoint(i).url, healthy: true, because: "" })),
    endpoints: [1, 2, 3].map(endpoint),
    alarms: [],
  }),
  providers: read([provider()]),
  leases: undefined,
  inventory: undefined,
};

/** The same cluster with another second node. */
export function withNode2(change: (host: HostFacts) => HostFacts): ClusterFacts {
  const hosts = healthyFacts.hosts.map((host) => (host.name === "node2" ? change(host) : host));
  return { ...healthyFacts, hosts };
}

export function notReady(name: string): ClusterFacts {
  return { ...healthyFacts, nodes: read(names.map((one) => node(one, one !== name))) };
}
