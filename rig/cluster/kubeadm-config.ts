/** kubeadm-config.yaml, version v1beta4, with the settings that kubespray gives. */
import {
  balancerAddress,
  balancerName,
  certificatesDir,
  endpointAddress,
  podSubnet,
  type RigNode,
  type Settings,
} from "../settings.ts";

const serviceSubnet = "10.233.0.0/18";

export function kubeadmConfig(settings: Settings, node: RigNode, kubernetes: string): string {
  const parts = [
    initConfiguration(node),
    clusterConfiguration(settings, node, kubernetes),
    kubelet,
  ];
  return parts.join("---\n");
}

/** No taints: the tenants' pods run on the control plane nodes, there are no others. */
function initConfiguration(node: RigNode): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: "${node.address}"
  bindPort: 6443
nodeRegistration:
  name: "${node.name}"
  criSocket: "unix:///var/run/containerd/containerd.sock"
  taints: []
  kubeletExtraArgs:
  - name: node-ip
    value: "${node.address}"
`;
}

/**
 * The pods' networks are fixed in each node's CNI file; the controller must not give out others.
 */
function clusterConfiguration(settings: Settings, node: RigNode, kubernetes: string): string {
  const { nodes, etcdAs } = settings;
  const names = nodes.flatMap((one) => [one.name, `${one.name}.cluster.local`, one.address]);
  const endpoint = endpointAddress(settings);
  const before = new Set([balancerName, balancerAddress, endpoint]);
  const sans = ["kubernetes", "localhost", "127.0.0.1", ...before, ...names];
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: cluster.local
kubernetesVersion: v${kubernetes}
controlPlaneEndpoint: "${endpoint}:6443"
certificatesDir: ${certificatesDir(settings)}
imageRepository: registry.k8s.io
encryptionAlgorithm: RSA-2048
certificateValidityPeriod: 8760h0m0s
caCertificateValidityPeriod: 87600h0m0s
etcd:
${etcdAs === "service" ? externalEtcd(nodes, node) : localEtcd(nodes)}
networking:
  dnsDomain: cluster.local
  serviceSubnet: "${serviceSubnet}"
  podSubnet: "${podSubnet}.0.0/16"
apiServer:
  certSANs:
${sans.map((name) => `  - "${name}"`).join("\n")}
controllerManager:
  extraArgs:
  - name: allocate-node-cidrs
    value: "false"
  - name: node-monitor-grace-period
    value: 40s
  - name: node-monitor-period
    value: 5s
`;
}

function externalEtcd(nodes: readonly RigNode[], node: RigNode): string {
  return `  external:
    endpoints:
${nodes.map((one) => `    - https://${one.address}:2379`).join("\n")}
    caFile: /etc/ssl/etcd/ssl/ca.pem
    certFile: /etc/ssl/etcd/ssl/node-${node.name}.pem
    keyFile: /etc/ssl/etcd/ssl/node-${node.name}-key.pem`;
}

/** All members begin at once; `kubeadm join` would add one after the other. */
function localEtcd(nodes: readonly RigNode[]): string {
  const members = nodes.map((one) => `${one.name}=https://${one.address}:2380`).join(",");
  return `  local:
    dataDir: /var/lib/etcd
    extraArgs:
    - name: initial-cluster
      value: "${members}"
    - name: initial-cluster-state
      value: new`;
}

/** Swap and node allocatable belong to the machine below, which the nodes share. */
const kubelet = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
enforceNodeAllocatable:
- none
oomScoreAdj: 0
resolvConf: /etc/resolv.conf
rotateCertificates: true
`;
