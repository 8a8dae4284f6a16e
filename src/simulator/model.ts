// The state of the simulated cluster: plain values, so that it can be copied at any moment and two
// futures be lived from there. What changes them is in programs/ and nature/; nothing here acts.

import type { Instant } from "../core/world.ts";
import type { Balancer } from "./balancer.ts";
import type { LeaseModel, MonitorModel } from "./lease-model.ts";
import type { ModelEvent } from "./model-event.ts";
import type { Deployment, InventoryModel } from "./operators.ts";
import type { Paces } from "./paces.ts";

export interface Model {
  readonly name: string;
  /** When the cluster was set up, with all that has no time of its own. */
  readonly createdAt: Instant;
  /** True time; a host's own clock is off by its `clockOffsetMs`. */
  now: Instant;
  /** Counts up with everything that needs an identity: replays give the same ids and serials. */
  nextId: number;
  readonly topology: "host-etcd" | "static-pod-etcd";
  /**
   * ConfigMap kubeadm-config, what kubeadm goes by where it is given no file; empty where there is
   * none.
   */
  clusterConfiguration: string;
  /**
   * Where a renewed certificate's validity begins: kubeadm before 1.31 copies its authority's
   * (kubernetes#113618).
   */
  readonly renewedFrom: "now" | "authority";
  readonly paces: Paces;
  readonly hosts: Map<string, HostModel>;
  readonly etcd: EtcdModel;
  readonly sets: StatefulSet[];
  readonly deployments: Deployment[];
  readonly pods: Pod[];
  readonly nodes: NodeObject[];
  /** HorizontalPodAutoscalers, and the StatefulSet that each scales. */
  readonly scalers: {
    readonly namespace: string;
    readonly name: string;
    readonly target: string;
  }[];
  readonly releases: HelmRelease[];
  readonly cronJobs: { readonly namespace: string; readonly name: string; suspended: boolean }[];
  readonly daemonSets: { readonly namespace: string; readonly name: string }[];
  /** Of the system-upgrade-controller; undefined: its kind is not known here. */
  upgradePlans: { readonly namespace: string; readonly name: string }[] | undefined;
  readonly leaderLocks: LeaderLock[];
  readonly balancer: Balancer | undefined;
  /** Whether API servers answer `/readyz` to those they do not know. */
  readonly anonymousMayAsk: boolean;
  /** By owner/dseq/gseq/oseq, open bids among them. */
  readonly leases: Map<string, LeaseModel>;
  readonly providerAddress: string;
  readonly monitor: MonitorModel;
  /** Whether the chain's node, from which the provider starts, has caught up. */
  rpcSynced: boolean;
  readonly inventory: InventoryModel;
  /** What will happen by itself, unless something comes in between. */
  events: ModelEvent[];
}

export interface HostModel {
  readonly name: string;
  readonly address: string;
  readonly roles: {
    readonly controlPlane: boolean;
    readonly etcd: boolean;
    readonly worker: boolean;
  };
  clockOffsetMs: number;
  /** By real path: symbolic links are in `links`. Folders are not modelled. */
  readonly files: Map<string, StoredBytes>;
  /** Counts up with every file that is created on it. */
  lastInode: number;
  /** What each archive on it holds of /etc/kubernetes, by path; values are shared. */
  readonly archived: Map<string, ReadonlyMap<string, StoredBytes>>;
  /** Symbolic links, of files and folders: `/etc/kubernetes/pki` to `/etc/kubernetes/ssl`. */
  readonly links: Map<string, string>;
  readonly programs: Set<string>;
  /** By API server: until when kubectl goes by what it has kept of the kinds there. */
  readonly kindsKept: Map<string, Instant>;
  readonly containers: Container[];
  /** Restarts by component since the kubelet last forgot them: what its back-off counts. */
  readonly backOffs: Map<string, BackOff>;
  readonly freeBytes: Map<string, number>;
  etcdUnit: EtcdUnit | undefined;
  /** `enabled/active`; empty when there is none. */
  renewTimer: string;
  readonly busyWith: string[];
  kubeletRuns: boolean;
  /**
   * What nobody has configured, or nobody approved: crictl's runtime, the kubelet's serving
   * certificate.
   */
  readonly unfinished: Set<"crictl" | "kubelet-serving">;
  /** False: nobody can reach it over SSH. */
  reachable: boolean;
  /** When its machine went down; undefined once its kubelet was heard again. */
  downSince: Instant | undefined;
  /** Counts up with every start of the machine: what ran before has ended. */
  boots: number;
  /**
   * The machine goes down, for so long, when kubeadm has written this row's key and not yet its
   * certificate.
   */
  losesPower: { readonly within: string; readonly downMs: number } | undefined;
  /**
   * By component: how much longer its next start takes, milliseconds; Infinity when it never ends.
   */
  readonly delays: Map<string, number>;
  /**
   * What the API server has loaded of its files. It cuts off the first connection to a kubelet with
   * a renewed one.
   */
  served: { apiserver: string; kubeletClient: string; cutKubeletsOff: boolean };
}

export interface StoredBytes {
  readonly content: string;
  readonly mode: number;
  readonly owner: string;
  /** On the host's own clock, milliseconds. */
  readonly modifiedAt: Instant;
  /** Snapshots and archives are big: their content only describes them. */
  readonly form: "text" | "snapshot" | "archive";
  readonly sizeBytes: number;
  /** Of its host. A write in place keeps it; what takes its name by a rename brings its own. */
  readonly inode: number;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  state: "running" | "exited";
  /** True time. */
  readonly createdAt: Instant;
  /** What the host's own clock said then. */
  readonly createdOnClock: Instant;
  exitedAt: Instant;
  /** When it begins to listen, and when it calls itself ready. */
  listensAt: Instant;
  readyAt: Instant;
  /** The client certificate it read when it started; PEM, empty when it has none. */
  readonly clientPem: string;
  /** The API server that its kubeconfig named then; empty when it has none. */
  readonly apiServer: string;
  /** Of one that may lead: since when it has seen the lock of its name. */
  seesLockSince: Instant | undefined;
  /** Of an API server: since when it has no etcd; and whether it has not begun for want of it. */
  withoutEtcdSince: Instant | undefined;
  awaitsEtcd: boolean;
  /** The file that is mounted into it alone: one that takes the path by a rename is not seen. */
  readonly mounted: { readonly path: string; readonly inode: number } | undefined;
  /** What its own serving certificate, made in memory when it started, is made of; 0 for none. */
  readonly ownId: number;
}

export interface BackOff {
  count: number;
  lastAt: Instant;
}

export interface EtcdUnit {
  active: "active" | "inactive" | "failed";
  invocation: string;
  mainPid: number;
}

export interface EtcdModel {
  readonly members: Member[];
  revision: number;
  raftTerm: number;
  readonly totalKeys: number;
  readonly sizeBytes: number;
  readonly alarms: string[];
  leader: string;
  readonly version: string;
}

export interface Member {
  readonly name: string;
  readonly host: string;
  readonly idHex: string;
  readonly clientUrl: string;
  runs: boolean;
  /** How many revisions it lags the leader. */
  behind: number;
}

export interface StatefulSet {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly annotations: Map<string, string>;
  readonly image: string;
  generation: number;
  observedGeneration: number;
  replicas: number;
}

/** One revision, as Helm keeps it in a Secret. */
export interface HelmRelease {
  readonly namespace: string;
  readonly name: string;
  readonly status: string;
  readonly revision: number;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The StatefulSet or ReplicaSet it belongs to; a mirror pod belongs to its Node. */
  readonly owner: { readonly kind: string; readonly name: string };
  /** Empty until a scheduler has put it on a node. */
  nodeName: string;
  createdAt: Instant;
  ready: boolean;
  terminating: boolean;
  restarts: number;
  /** Of its restarts, those that came with its machine's. */
  reboots: number;
}

export interface NodeObject {
  readonly name: string;
  readonly address: string;
  readonly controlPlane: boolean;
  readonly kubeletVersion: string;
  ready: boolean;
}

export interface LeaderLock {
  readonly name: "kube-scheduler" | "kube-controller-manager";
  holder: string;
  /** While its holder can renew it this is not kept: then it is never older than two seconds. */
  renewedAt: Instant;
  /** Since when its holder cannot renew it; undefined while it can, and when it has ended. */
  silentSince: Instant | undefined;
}

/** Copies everything that can change; files and leases are values and are shared. */
export function copyModel(model: Model): Model {
  const { hosts, leases, ...rest } = model;
  const copied = [...hosts].map(([name, { files, archived, ...host }]): [string, HostModel] => [
    name,
    { ...structuredClone(host), files: new Map(files), archived: new Map(archived) },
  ]);
  return { ...structuredClone(rest), hosts: new Map(copied), leases: new Map(leases) };
}

export function newId(model: Model): number {
  model.nextId += 1;
  return model.nextId;
}

export function hostNamed(model: Model, name: string): HostModel {
  const host = model.hosts.get(name);
  if (host === undefined) throw new Error(`the simulator has no host ${name}`);
  return host;
}

export function controlPlane(model: Model): readonly HostModel[] {
  return [...model.hosts.values()].filter((host) => host.roles.controlPlane);
}

/** What the host's own clock says. */
export function clockOf(model: Model, host: HostModel): Instant {
  return model.now + host.clockOffsetMs;
}

export function running(host: HostModel, component: string): Container | undefined {
  return host.containers.find((one) => one.name === component && one.state === "running");
}

/** Whether the machine of a pod is up: nothing becomes of the pod while it is not. */
export function isUp(model: Model, { nodeName }: Pod): boolean {
  return model.hosts.get(nodeName)?.downSince === undefined;
}

export function hasQuorum(model: Model): boolean {
  const { members } = model.etcd;
  return members.filter((one) => one.runs).length > members.length / 2;
}
