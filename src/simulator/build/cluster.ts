// A cluster as kubespray leaves it behind, or plain kubeadm: the beginning of every simulated
// window.

import type { Balancer } from "../balancer.ts";
import type { MonitorModel } from "../lease-model.ts";
import {
  type Container,
  controlPlane,
  copyModel,
  type HostModel,
  type LeaderLock,
  type Model,
  newId,
  running,
} from "../model.ts";
import { identity, isAlive } from "../nature/leaders.ts";
import { operatorPod } from "../nature/operators.ts";
import type { Paces } from "../paces.ts";
import { mint, validityOf } from "../x509.ts";
import { authorityRows, dayMs } from "./certificates.ts";
import { containerAgeMs } from "./containers.ts";
import { type Authorities, buildHost } from "./host.ts";
import { address, keyOf, leaseNumber, tenantPods } from "./leases.ts";
import {
  operatorDeployment,
  providerPods,
  providerSet,
  rpcNodeSet,
  systemPods,
} from "./objects.ts";
import { kubeadmConfig } from "./texts.ts";

/** One host as somebody saw it. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly controlPlane: boolean;
  /** Until its certificates expire, milliseconds since 1970, by kubeadm's names for them. */
  readonly notAfter: Readonly<Record<string, number>>;
  /** certificateValidityPeriod of kubeadm's configuration there, in place of the shape's. */
  readonly validityPeriod?: string;
  /** Its clock minus the operator's. */
  readonly clockOffsetMs: number;
  /** By folder. */
  readonly freeBytes: Readonly<Record<string, number>>;
}

export interface Shape {
  readonly controlPlane: number;
  readonly workers: number;
  /** In place of so many numbered ones. */
  readonly machines?: readonly Machine[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly etcd: Pick<Model["etcd"], "revision" | "sizeBytes" | "version">;
  /** The host of etcd's leader; the last member's when it is not said. */
  readonly etcdLeader?: string;
  readonly topology: Model["topology"];
  /** Whether kube-vip holds the API's address, as a static pod of every control plane node. */
  readonly kubeVip: boolean;
  /** The provider's. */
  readonly replicas: number;
  /** Until the certificates of kubeadm expire; negative when they have. */
  readonly residualDays: number;
  /** certificateValidityPeriod in kubeadm's configuration. */
  readonly validityPeriod: string;
  readonly renewedFrom: Model["renewedFrom"];
  /** Until the certificate authorities expire. */
  readonly authorityDays: number;
  /** Whether API servers tell strangers their health, as they do by default. */
  readonly anonymousMayAsk: boolean;
  readonly paces: Paces;
  readonly leases: number;
  /** The provider's release; what it does to leases differs. */
  readonly release: string;
  /**
   * When the provider closes a lease: the settings of its chart 18.0.0, unless a test is in a
   * hurry.
   */
  readonly monitor: Omit<MonitorModel, "failing" | "deployedAt">;
}

const usualShape: Shape = {
  controlPlane: 3,
  workers: 0,
  topology: "host-etcd",
  kubeVip: false,
  replicas: 1,
  residualDays: 40,
  validityPeriod: "8760h0m0s",
  renewedFrom: "now",
  authorityDays: 3200,
  anonymousMayAsk: true,
  paces: {
    apiServerMs: 8000,
    componentMs: 900,
    kubeletMs: 1000,
    providerMs: 20_000,
    providerEndMs: 6000,
  },
  startedAt: Date.UTC(2026, 10, 22, 3, 0, 0),
  etcd: { revision: 1520, sizeBytes: 2_629_632, version: "3.5.22" },
  leases: 12,
  release: "0.14.0",
  monitor: {
    maxRetries: 626,
    retryPeriodMs: 4000,
    retryJitterMs: 15_000,
    checkPeriodMs: 10_000,
    checkJitterMs: 5000,
  },
};

/** How old a cluster is when a window begins. */
const clusterDays = 400;
/** How long the provider and the chain's node have been running then. */
const providerDays = 31;

const built = new Map<string, Model>();

/** A new copy each time; what it is made of is made once. */
export function buildModel(shape: Partial<Shape> = {}): Model {
  const whole = { ...usualShape, ...shape };
  const key = JSON.stringify(whole);
  const known = built.get(key) ?? build(whole);
  built.set(key, known);
  return copyModel(known);
}

function build(shape: Shape): Model {
  const model = emptyModel(shape);
  const authorities = buildAuthorities(model, shape);
  const machines = shape.machines ?? numbered(shape);
  const where = machines.find((one) => one.controlPlane)?.name;
  for (const machine of machines) {
    const { name, address, controlPlane } = machine;
    const first = name === where;
    const host = buildHost(model, { ...machine, first, shape, authorities });
    host.clockOffsetMs = machine.clockOffsetMs;
    for (const [folder, bytes] of Object.entries(machine.freeBytes)) {
      host.freeBytes.set(folder, bytes);
    }
    model.hosts.set(name, host);
    model.nodes.push({ name, address, controlPlane, kubeletVersion: "v1.33.5", ready: true });
    if (controlPlane) addMember(model, name, address, model.etcd.members.length + 1);
    model.pods.push(...systemPods(host, model.now - containerAgeMs));
  }
  const leader = model.etcd.members.find(({ host }) => host === shape.etcdLeader);
  if (leader !== undefined) model.etcd.leader = leader.name;
  addObjects(model, shape);
  electLeaders(model);
  return model;
}

function numbered(shape: Shape): readonly Machine[] {
  const unknown = { notAfter: {}, clockOffsetMs: 0, freeBytes: {} };
  return Array.from({ length: shape.controlPlane + shape.workers }, (_, index) => {
    const number = index + 1;
    const controlPlane = number <= shape.controlPlane;
    const name = controlPlane ? `node${number}` : `worker${number - shape.controlPlane}`;
    return { name, address: `10.0.0.${number}`, controlPlane, ...unknown };
  });
}

function emptyModel(shape: Shape): Model {
  return {
    name: "sandbox",
    createdAt: shape.startedAt - clusterDays * dayMs,
    now: shape.startedAt,
    nextId: 0,
    topology: shape.topology,
    clusterConfiguration: kubeadmConfig(
      shape.validityPeriod,
      shape.topology === "host-etcd" ? numbered(shape)[0] : undefined,
    ),
    anonymousMayAsk: shape.anonymousMayAsk,
    renewedFrom: shape.renewedFrom,
    paces: shape.paces,
    hosts: new Map(),
    etcd: {
      ...shape.etcd,
      members: [],
      raftTerm: 2,
      totalKeys: 640,
      alarms: [],
      leader: `etcd${shape.controlPlane}`,
    },
    sets: [],
    deployments: [],
    pods: [],
    nodes: [],
    scalers: [],
    releases: [1, 2].map((revision) => ({
      namespace: "akash-services",
      name: "akash-provider",
      status: revision === 2 ? "deployed" : "superseded",
      revision,
    })),
    cronJobs: [],
    daemonSets: [],
    upgradePlans: undefined,
    leaderLocks: [],
    balancer: shape.controlPlane > 1 ? balancer(shape) : undefined,
    leases: new Map(),
    providerAddress: address("the simulated provider"),
    monitor: { ...shape.monitor, failing: new Map(), deployedAt: 0 },
    rpcSynced: true,
    inventory: { watches: "", lost: false },
    events: [],
  };
}

function balancer({ kubeVip }: Shape): Balancer {
  const vip = kubeVip ? { holder: "node1", freeAt: undefined } : undefined;
  return { url: "https://10.0.0.100:6443", turn: 0, vip };
}

function buildAuthorities(model: Model, shape: Shape): Authorities {
  const notBefore = model.createdAt;
  const notAfter = model.now + shape.authorityDays * dayMs;
  const made = authorityRows.map((row) => {
    const profile = { subject: [["CN", row.commonName]], names: [], use: "authority" } as const;
    return [row.name, mint(profile, { notBefore, notAfter }, newId(model))] as const;
  });
  return new Map(made);
}

function addMember(model: Model, host: string, address: string, number: number): void {
  const idHex = (0x6540_0000_0000_0000n + BigInt(number) * 0x1111_2222_3333n).toString(16);
  const clientUrl = `https://${address}:2379`;
  model.etcd.members.push({ name: `etcd${number}`, host, idHex, clientUrl, runs: true, behind: 0 });
}

function addObjects(model: Model, shape: Shape): void {
  const set = providerSet(shape.replicas, undefined, shape.release);
  model.sets.push(set);
  model.pods.push(...providerPods(set, model.now - providerDays * dayMs));
  const rpcNode = rpcNodeSet();
  model.sets.push(rpcNode);
  model.pods.push(...providerPods(rpcNode, model.now - providerDays * dayMs));
  for (const [index, name] of ["hostname", "inventory"].entries()) {
    const deployment = operatorDeployment(name);
    model.deployments.push(deployment);
    const made = { number: index, now: model.now - dayMs, ready: true };
    model.pods.push(operatorPod(deployment, made));
  }
  model.inventory.watches = model.nodes.find((node) => node.controlPlane)?.name ?? "";
  for (let number = 1; number <= shape.leases; number++) {
    const lease = leaseNumber(number, model.providerAddress, model.now - number * dayMs);
    model.leases.set(keyOf(lease.id), lease);
    for (const pod of tenantPods(lease, number)) model.pods.push(pod);
  }
}

function electLeaders(model: Model): void {
  const [first] = controlPlane(model);
  for (const name of ["kube-scheduler", "kube-controller-manager"] as const) {
    const container = first === undefined ? undefined : running(first, name);
    if (first === undefined || container === undefined) continue;
    const holder = identity(first, container);
    const lock: LeaderLock = { name, holder, renewedAt: model.now, silentSince: undefined };
    model.leaderLocks.push(lock);
    if (!isAlive(model, lock)) leftLongAgo(lock, first, container);
  }
}

/** Whoever held it ended when the certificate did, and was no leader any more once it was back. */
function leftLongAgo(lock: LeaderLock, { name }: HostModel, { clientPem }: Container): void {
  lock.holder = `${name}_00000000`;
  lock.renewedAt = Math.min(lock.renewedAt, validityOf(clientPem)?.notAfter ?? 0);
}
