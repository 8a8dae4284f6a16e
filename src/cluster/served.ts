// Which listeners of a node show a certificate, and which file each of them should be showing.

import {
  etcdEnvironment,
  flag,
  hasStaticPod,
  kubeletConfigOf,
  kubeletServerFile,
  type NodeFiles,
  onNode,
  setting,
} from "./node-files.ts";

export interface Endpoint {
  /** The component that listens there. */
  readonly name:
    | "kube-apiserver"
    | "kubelet"
    | "etcd"
    | "etcd-peer"
    | "kube-controller-manager"
    | "kube-scheduler";
  /** `address:port`, as openssl wants it. */
  readonly address: string;
  /**
   * The file whose certificate it should show; absent where the certificate lives in memory only.
   */
  readonly path?: string;
  /** The node is one of the control plane, and nothing tells its kubelet to run this. */
  readonly noManifest?: true;
}

const components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/**
 * The listeners of one node, on the node's own addresses and never the load balancer's. `address`
 * and `isControlPlane` are the inventory's: an address for a node whose configuration names none,
 * and what a node should run whose manifest lies elsewhere. A host that has not joined yet has
 * nothing to serve.
 */
export function endpointsOf(
  node: NodeFiles,
  on: { readonly address: string | undefined; readonly isControlPlane: boolean },
): readonly Endpoint[] {
  const hasJoined = node.files.get(onNode(node, "PKI/apiserver.crt"))?.state.kind === "present";
  const isControlPlane =
    (on.isControlPlane && hasJoined) || components.some((name) => hasStaticPod(node, name));
  const own = flag(node, "kube-apiserver", "advertise-address") ?? on.address ?? "127.0.0.1";
  return [
    ...(isControlPlane ? [apiServer(node, own)] : []),
    ...kubelet(node, own),
    ...etcd(node),
    ...(isControlPlane
      ? [
          inMemory(node, "kube-controller-manager", "10257"),
          inMemory(node, "kube-scheduler", "10259"),
        ]
      : []),
  ];
}

function apiServer(node: NodeFiles, own: string): Endpoint {
  const bound = flag(node, "kube-apiserver", "bind-address");
  const port = flag(node, "kube-apiserver", "secure-port") ?? "6443";
  const path = flag(node, "kube-apiserver", "tls-cert-file") ?? onNode(node, "PKI/apiserver.crt");
  const address = join(reachable(bound) ?? own, port);
  return { name: "kube-apiserver", address, path, ...manifestOf(node, "kube-apiserver") };
}

function kubelet(node: NodeFiles, own: string): readonly Endpoint[] {
  const config = kubeletConfigOf(node);
  if (config === undefined) return [];
  const bound = setting(node, config, "address");
  const address = join(reachable(bound) ?? own, setting(node, config, "port") ?? "10250");
  return [{ name: "kubelet", address, path: kubeletServerFile(node) }];
}

function etcd(node: NodeFiles): readonly Endpoint[] {
  const isStacked = hasStaticPod(node, "etcd");
  if (!isStacked && !node.configured.has(etcdEnvironment)) return [];
  const told = (ours: string, theirs: string) =>
    isStacked ? flag(node, "etcd", ours) : setting(node, etcdEnvironment, theirs);
  const listeners = [
    {
      name: "etcd" as const,
      urls: told("listen-client-urls", "ETCD_LISTEN_CLIENT_URLS"),
      path: told("cert-file", "ETCD_CERT_FILE"),
    },
    {
      name: "etcd-peer" as const,
      urls: told("listen-peer-urls", "ETCD_LISTEN_PEER_URLS"),
      path: told("peer-cert-file", "ETCD_PEER_CERT_FILE"),
    },
  ];
  return listeners.flatMap(({ name, urls, path }) => {
    const address = ownAddress(urls ?? "");
    return address === undefined
      ? []
      : [{ name, address, ...(path === undefined ? {} : { path }) }];
  });
}

/** The first TLS listener of a list of URLs that is not loopback, or else a loopback one. */
function ownAddress(urls: string): string | undefined {
  const addresses = urls
    .split(",")
    .map((url) => /^https:\/\/(.+:\d+)\/?$/.exec(url.trim())?.[1])
    .filter((address) => address !== undefined)
    .map((address) => address.replace(/^(0\.0\.0\.0|\[::\]):/, "127.0.0.1:"));
  return addresses.find((address) => !/^(127\.|localhost|\[::1\])/.test(address)) ?? addresses[0];
}

function inMemory(
  node: NodeFiles,
  name: "kube-controller-manager" | "kube-scheduler",
  defaultPort: string,
): Endpoint {
  const bound = flag(node, name, "bind-address");
  const port = flag(node, name, "secure-port") ?? defaultPort;
  const path = flag(node, name, "tls-cert-file");
  const address = join(reachable(bound) ?? "127.0.0.1", port);
  const file = path === undefined ? {} : { path };
  return { name, address, ...file, ...manifestOf(node, name) };
}

function manifestOf(
  node: NodeFiles,
  name: (typeof components)[number],
): Pick<Endpoint, "noManifest"> {
  return hasStaticPod(node, name) ? {} : { noManifest: true };
}

/** An address to connect to; undefined for "every address". */
function reachable(bound: string | undefined): string | undefined {
  return bound === undefined || bound === "0.0.0.0" || bound === "::" ? undefined : bound;
}

function join(address: string, port: string): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
