/** What the rig builds and where: versions, addresses and folders, as one value. */
import { homedir } from "node:os";
import { join } from "node:path";
import { RigError } from "./command.ts";

export interface RigNode {
  readonly name: string;
  readonly index: number;
  readonly address: string;
  readonly etcdMember: string;
}

/**
 * kubespray's way, a service of the host; or kubeadm's own, a static pod, with kubeadm's folders.
 */
export const etcdWays = ["service", "static-pod"] as const;
export type EtcdWay = (typeof etcdWays)[number];

/**
 * What admin.conf names: HAProxy on the machine below, or an address that kube-vip holds on one of
 * the nodes.
 */
export const endpoints = ["haproxy", "kube-vip"] as const;
export type Endpoint = (typeof endpoints)[number];

export interface Settings {
  /** Versions without a leading "v". */
  readonly kubernetes: string;
  readonly etcd: string;
  readonly criTools: string;
  readonly kubeVip: string;
  readonly etcdAs: EtcdWay;
  readonly endpoint: Endpoint;
  readonly nodes: readonly RigNode[];
  /** Survives `down`: binaries, the base system, images. */
  readonly cacheDir: string;
  /** The cluster that is up now; emptied by `down`, but for the ssh keys. */
  readonly runDir: string;
}

export const subnet = "10.99.0";
export const balancerAddress = `${subnet}.254`;
const kubeVipAddress = `${subnet}.253`;
export const balancerName = "lb-apiserver.kubernetes.local";
/** On the balancer's address: the stand-in chain, while a bench or a test lets it run. */
export const chainPorts = [1317, 1318] as const;
export const podSubnet = "10.244";
export const bridge = "drydock0";
export const suite = "bookworm";

export const defaultVersions = {
  kubernetes: "1.33.5",
  etcd: "3.5.22",
  criTools: "1.33.0",
  kubeVip: "1.0.0",
};

export interface Wanted {
  readonly controlPlane: number;
  readonly kubernetes: string;
  readonly etcd: string;
  readonly criTools: string;
  readonly kubeVip: string;
  /** Default: service. */
  readonly etcdAs?: EtcdWay;
  /** Default: haproxy. */
  readonly endpoint?: Endpoint;
}

export function settingsFrom(wanted: Wanted, environment: NodeJS.ProcessEnv): Settings {
  const cacheDir = cacheRoot(environment);
  return {
    kubernetes: wanted.kubernetes,
    etcd: wanted.etcd,
    criTools: wanted.criTools,
    kubeVip: wanted.kubeVip,
    etcdAs: wanted.etcdAs ?? "service",
    endpoint: wanted.endpoint ?? "haproxy",
    nodes: rigNodes(wanted.controlPlane),
    cacheDir,
    runDir: join(cacheDir, "run"),
  };
}

/** Three nodes, with the versions that the tests are written for. */
export function defaultSettings(environment: NodeJS.ProcessEnv): Settings {
  return settingsFrom({ controlPlane: 3, ...defaultVersions }, environment);
}

/** `$DRYDOCK_RIG_CACHE`, else the XDG cache folder; never inside the source tree. */
function cacheRoot(environment: NodeJS.ProcessEnv): string {
  const own = environment.DRYDOCK_RIG_CACHE;
  if (own !== undefined && own !== "") return own;
  const xdg = environment.XDG_CACHE_HOME;
  return join(xdg !== undefined && xdg !== "" ? xdg : join(homedir(), ".cache"), "drydock-rig");
}

export function rigNodes(count: number): RigNode[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `node${i + 1}`,
    index: i + 1,
    address: `${subnet}.${i + 1}`,
    etcdMember: `etcd${i + 1}`,
  }));
}

export function nodeNamed({ nodes }: Settings, name: string): RigNode {
  const node = nodes.find((one) => one.name === name);
  if (node !== undefined) return node;
  const names = nodes.map((one) => one.name).join(", ");
  throw new RigError(`there is no ${name}; the nodes are ${names}`);
}

export function firstNode({ nodes }: Settings): RigNode {
  const [first] = nodes;
  if (first === undefined) throw new RigError("a cluster needs a node");
  return first;
}

export function nodeDir(settings: Settings, node: RigNode): string {
  return join(settings.runDir, node.name);
}

export function nodeRoot(settings: Settings, node: RigNode): string {
  return join(nodeDir(settings, node), "root");
}

/** Of the control plane, as admin.conf names it. */
export function endpointAddress({ endpoint }: Settings): string {
  return endpoint === "kube-vip" ? kubeVipAddress : balancerAddress;
}

/** Where kubeadm's certificates lie on a node. */
export function certificatesDir({ etcdAs }: Settings): string {
  return etcdAs === "service" ? "/etc/kubernetes/ssl" : "/etc/kubernetes/pki";
}

export function sshDir(settings: Settings): string {
  return join(settings.runDir, "ssh");
}
