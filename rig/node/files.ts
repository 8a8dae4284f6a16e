/**
 * The files that make a base system one particular node, as kubespray leaves them where it does.
 */
import {
  balancerAddress,
  balancerName,
  podSubnet,
  type RigNode,
  type Settings,
  subnet,
} from "../settings.ts";
import { etcdEnvironment, etcdUnit } from "./etcd-files.ts";
import { renewScript } from "./renew-script.ts";
import { cgroupsUnit, kubeletUnit } from "./units.ts";

export interface NodeFile {
  readonly path: string;
  readonly content: string;
  readonly mode?: number;
}

export interface NodeFacts {
  readonly node: RigNode;
  readonly pause: string;
  readonly authorizedKey: string;
  readonly hostKey: string;
  readonly hostPublicKey: string;
  readonly machineId: string;
}

export function nodeFiles(settings: Settings, facts: NodeFacts): NodeFile[] {
  const { node } = facts;
  return [
    ...identity(settings, facts),
    ...(settings.etcdAs === "service" ? etcdFiles(settings, node) : []),
    { path: "/etc/containerd/config.toml", content: containerdConfig(facts.pause) },
    { path: "/etc/cni/net.d/10-rig.conflist", content: podNetwork(node) },
    { path: "/etc/crictl.yaml", content: crictlConfig },
    { path: "/etc/systemd/system/kubelet.service", content: kubeletUnit },
    { path: "/etc/systemd/system/rig-cgroups.service", content: cgroupsUnit },
    { path: "/usr/local/bin/k8s-certs-renew.sh", content: renewScript, mode: 0o755 },
  ];
}

function etcdFiles({ nodes }: Settings, node: RigNode): NodeFile[] {
  return [
    { path: "/etc/etcd.env", content: etcdEnvironment(nodes, node), mode: 0o640 },
    { path: "/etc/systemd/system/etcd.service", content: etcdUnit },
  ];
}

function identity(settings: Settings, facts: NodeFacts): NodeFile[] {
  const { node } = facts;
  const others = settings.nodes.filter((other) => other.name !== node.name);
  return [
    { path: "/etc/hostname", content: `${node.name}\n` },
    { path: "/etc/machine-id", content: `${facts.machineId}\n` },
    { path: "/etc/hosts", content: hosts(settings.nodes) },
    { path: "/etc/resolv.conf", content: "# The rig has no name server; see /etc/hosts.\n" },
    { path: "/etc/systemd/network/10-host0.network", content: network(node, others) },
    { path: "/root/.ssh/authorized_keys", content: facts.authorizedKey, mode: 0o600 },
    { path: "/etc/ssh/ssh_host_ed25519_key", content: facts.hostKey, mode: 0o600 },
    { path: "/etc/ssh/ssh_host_ed25519_key.pub", content: facts.hostPublicKey },
  ];
}

function hosts(nodes: readonly RigNode[]): string {
  const lines = nodes.map((node) => `${node.address} ${node.name} ${node.name}.cluster.local`);
  return ["127.0.0.1 localhost", ...lines, `${balancerAddress} ${balancerName}`, ""].join("\n");
}

/** The pods of the other nodes are reached by plain routes: there is no overlay network. */
function network(node: RigNode, others: readonly RigNode[]): string {
  const routes = others.flatMap((other) => [
    "[Route]",
    `Destination=${podSubnet}.${other.index}.0/24`,
    `Gateway=${other.address}`,
  ]);
  return [
    "[Match]",
    "Name=host0",
    "[Network]",
    `Address=${node.address}/24`,
    `Gateway=${subnet}.254`,
    "LinkLocalAddressing=no",
    ...routes,
    "",
  ].join("\n");
}

/**
 * Nothing here may lower oom_score_adj where the machine lacks CAP_SYS_RESOURCE: without the
 * restriction runc ends with "can't get final child's PID from pipe: EOF".
 */
function containerdConfig(pause: string): string {
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
`;
}

/** Debian keeps the plugins in /usr/lib/cni; one bridge a node is enough, no daemon. */
function podNetwork(node: RigNode): string {
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: false,
    ipam: {
      type: "host-local",
      subnet: `${podSubnet}.${node.index}.0/24`,
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  return `${JSON.stringify({ cniVersion: "0.4.0", name: "rig", plugins: [bridge] })}\n`;
}

const crictlConfig = `runtime-endpoint: unix:///var/run/containerd/containerd.sock
image-endpoint: unix:///var/run/containerd/containerd.sock
timeout: 30
debug: false
`;
