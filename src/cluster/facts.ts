// ClusterFacts: what one survey saw, as values. What could not be read says why, and has no
// default.

import type { AutomationSeen } from "../akash/automation.ts";
import type { InventoryBefore } from "../akash/inventory.ts";
import type { LeasesSeen } from "../akash/ledger.ts";
import type { OperatorBefore } from "../akash/operators.ts";
import type { ProviderSeen } from "../akash/provider.ts";
import type { LockSeen } from "../core/lock.ts";
import type { Reading } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import type { EtcdAccess, EtcdEndpoint, EtcdHealth, EtcdMember } from "./etcd.ts";
import type { CertificateEntry } from "./node-certificates.ts";
import type { Endpoint } from "./served.ts";

export interface HostRoles {
  readonly controlPlane: boolean;
  readonly etcd: boolean;
  readonly worker: boolean;
}

/**
 * How a cluster's state is kept: kubespray's systemd unit, kubeadm's static pod, or not understood.
 */
export type Topology = "host-etcd" | "static-pod-etcd" | "k3s" | "unknown";

/** What one command per host tells. */
export interface HostBasics {
  readonly hostname: string;
  /** The host's clock minus ours, milliseconds; `offsetErrorMs` is half the round trip. */
  readonly clockOffsetMs: number;
  readonly offsetErrorMs: number;
  /** Programs that Drydock may call and that the host has. */
  readonly programs: readonly string[];
  readonly kubeadmVersion: string;
  readonly etcdctlVersion: string;
  /**
   * Static pod manifests by file name without its ending: kubespray writes `kube-vip.yml`. Each
   * once.
   */
  readonly staticPods: readonly string[];
  /**
   * Certificates and kubeconfigs under /etc/kubernetes that their manifests name: those that a
   * rotation may renew.
   */
  readonly reads: readonly { readonly pod: string; readonly file: string }[];
  /**
   * `10.0.0.1:6443`, from kubeadm's annotation in the API server's manifest; empty when unknown.
   */
  readonly advertised: string;
  readonly kubeadmConfig: boolean;
  /** Whether a kubelet has joined the cluster there: kubelet.conf is what it got. */
  readonly kubeletConf: boolean;
  /** Where /etc/kubernetes really is; itself, where it is no link or not there. */
  readonly kubernetesFolder: string;
  /** Where /etc/kubernetes/pki really is; empty where there is none. */
  readonly pkiFolder: string;
  /**
   * Tells this machine, as it runs since its last start, from all others; empty where it cannot.
   */
  readonly machine: string;
  readonly etcdUnit: { readonly active: string; readonly invocation: string };
  readonly etcdEnv: boolean;
  readonly k3s: boolean;
  /** Free bytes by folder; a folder is left out where that could not be told. */
  readonly freeBytes: Readonly<Record<string, number>>;
  /** `enabled/active` of kubespray's k8s-certs-renew.timer; empty when there is none. */
  readonly renewTimer: string;
  /** Files of cron that call kubectl, kubeadm or crictl, or belong to Akash. */
  readonly cronFiles: readonly string[];
  /** Files of cron that a window has set aside: of one that is lost, when none is open. */
  readonly pausedFiles: readonly string[];
  readonly kubeconfigs: readonly string[];
  /**
   * Those of other users in which this cluster's admin stands, of whatever age: no window changes
   * them.
   */
  readonly adminCopies: readonly AdminCopy[];
  /** Programs at work right now that change what a window changes. */
  readonly busyWith: readonly string[];
}

/** A file, and whose it is: it stays that, and is readable by nobody else. */
export interface AdminCopy {
  readonly path: string;
  readonly owner: string;
  readonly group: string;
}

/** A static pod's running container. */
export interface ComponentSeen {
  readonly name: string;
  readonly container: string;
  readonly createdAt: Instant;
}

/** A static pod that has a manifest and no running container, looked at for some seconds. */
export interface ComponentAway {
  readonly name: string;
  /**
   * Its newest container's, and how often the kubelet had started it before; absent where there is
   * none.
   */
  readonly exited?: { readonly container: string; readonly attempt: number };
}

export interface HostFacts {
  readonly name: string;
  readonly address: string;
  readonly roles: HostRoles;
  /** How a person logs in there, which may be at another address: `ssh -p 2222 10.0.0.1`. */
  readonly login?: string;
  /** It could not be reached, and the command goes on without it. */
  readonly away?: true;
  /**
   * Why no login succeeded, without the host's name, and what to do; absent where the answer failed
   * otherwise.
   */
  readonly unreached?: { readonly because: string; readonly remedy: string };
  readonly basics: Reading<HostBasics>;
  readonly components: Reading<readonly ComponentSeen[]>;
  /** Of those that a window restarts; absent where all run, or where that could not be read. */
  readonly componentsAway?: readonly ComponentAway[];
  readonly lock: Reading<LockSeen>;
  readonly etcdAccess: Reading<EtcdAccess>;
  readonly certificates: Reading<CertificatesSeen>;
  /**
   * Why kubeadm does not take its configuration there, or a kubeconfig that it is to renew, and
   * could not renew all.
   */
  readonly kubeadmRefuses?: string;
  /** Absent where it has a configuration file, or did not tell. */
  readonly kubeadmGoesBy?: ConfigSource;
}

/**
 * What kubeadm goes by where it has no configuration file: what the cluster keeps, or its defaults.
 */
export type ConfigSource = "cluster" | "defaults";

/** The certificates of a host, and where it serves them. */
export interface CertificatesSeen {
  readonly entries: readonly CertificateEntry[];
  readonly endpoints: readonly Endpoint[];
  /** `8760h0m0s`, as kubeadm's configuration on the host says it; absent when it does not. */
  readonly validityPeriod?: string;
  /** Components that run there without a leader's lock (`--leader-elect=false`), if any. */
  readonly leaderless?: readonly string[];
}

export interface NodeFacts {
  readonly name: string;
  readonly ready: boolean;
  readonly controlPlane: boolean;
  readonly unschedulable: boolean;
  readonly kubeletVersion: string;
  readonly addresses: readonly string[];
}

export interface EtcdFacts {
  readonly members: readonly EtcdMember[];
  readonly health: readonly EtcdHealth[];
  readonly endpoints: readonly EtcdEndpoint[];
  readonly alarms: readonly string[];
}

export interface ClusterFacts {
  readonly cluster: string;
  readonly surveyedAt: Instant;
  readonly topology: Topology;
  /** The control plane node that goes first, and answers for the cluster. */
  readonly primary: string;
  readonly hosts: readonly HostFacts[];
  /** The host that Drydock runs on, if it is one of them. */
  readonly here?: string;
  readonly nodes: Reading<readonly NodeFacts[]>;
  /**
   * Why API servers do not take the certificate that a control plane node's kubelet shows them, by
   * node.
   */
  readonly kubelets?: Readonly<Record<string, string>>;
  readonly etcd: Reading<EtcdFacts>;
  readonly providers: Reading<readonly ProviderSeen[]>;
  /** What else acts on the provider; undefined when there is not one provider. */
  readonly automation?: Reading<AutomationSeen>;
  /** Undefined when the survey was not told to read them. */
  readonly leases: LeasesSeen | undefined;
  /** Undefined when the leases were not read either, or there is no provider to ask for. */
  readonly inventory: Reading<InventoryBefore> | undefined;
  /** Which of them want replicas; left out where the inventory is undefined. */
  readonly operators?: Reading<readonly OperatorBefore[]>;
}

export function controlPlaneHosts(facts: ClusterFacts): readonly HostFacts[] {
  return facts.hosts.filter((host) => host.roles.controlPlane);
}

export function listenerOf(host: HostFacts, name: string): Endpoint | undefined {
  const served = host.certificates.kind === "read" ? host.certificates.value.endpoints : [];
  return served.find((one) => one.name === name);
}

/** `address:port` on the node itself, never the load balancer's. */
export function apiServerAddress(host: HostFacts): string {
  return listenerOf(host, "kube-apiserver")?.address ?? `${host.address}:6443`;
}
