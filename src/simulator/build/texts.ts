// Configuration files of a node, as far as anybody reads them.

import type { HostToBuild } from "./host.ts";

type Node = Pick<HostToBuild, "name" | "address">;

/** Static pod manifests by component, with the flags that matter. */
export function manifests(node: Node, stacked: boolean): readonly (readonly [string, string])[] {
  const { address } = node;
  const etcdServers = stacked ? "https://127.0.0.1:2379" : `https://${address}:2379`;
  const certificates = `/etc/kubernetes/${stacked ? "pki" : "ssl"}`;
  const apiServer = [
    `--advertise-address=${address}`,
    `--client-ca-file=${certificates}/ca.crt`,
    `--etcd-servers=${etcdServers}`,
    `--kubelet-client-certificate=${certificates}/apiserver-kubelet-client.crt`,
    `--proxy-client-cert-file=${certificates}/front-proxy-client.crt`,
    "--secure-port=6443",
    `--tls-cert-file=${certificates}/apiserver.crt`,
    `--tls-private-key-file=${certificates}/apiserver.key`,
  ];
  const annotation = `    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: ${address}:6443\n`;
  const etcd = [
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`,
    `--listen-peer-urls=https://${address}:2380`,
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
  ];
  return [
    ...(stacked ? [["etcd", manifest("etcd", etcd)] as const] : []),
    ["kube-apiserver", manifest("kube-apiserver", apiServer, annotation)],
    ...["kube-controller-manager", "kube-scheduler"].map(
      (name) => [name, manifest(name, flagsOf(name))] as const,
    ),
  ];
}

function flagsOf(component: string): readonly string[] {
  const kubeconfig = `/etc/kubernetes/${component.replace("kube-", "")}.conf`;
  return ["--bind-address=127.0.0.1", `--kubeconfig=${kubeconfig}`, "--leader-elect=true"];
}

function manifest(name: string, flags: readonly string[], annotation = ""): string {
  const command = [name, ...flags].map((word) => `    - ${word}\n`).join("");
  const annotations = annotation === "" ? "" : `  annotations:\n${annotation}`;
  return `apiVersion: v1
kind: Pod
metadata:
${annotations}  labels:
    component: ${name}
    tier: control-plane
  name: ${name}
  namespace: kube-system
spec:
  containers:
  - command:
${command}    name: ${name}
  hostNetwork: true
`;
}

/**
 * As kubespray's kube-vip.manifest.j2 has it, which mounts one kubeconfig; on the first node since
 * kubeadm 1.29 that is super-admin.conf, under the name of admin.conf.
 */
export function kubeVip({ first }: Pick<HostToBuild, "first">): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: kube-vip
  namespace: kube-system
  labels:
    k8s-app: kube-vip
spec:
  containers:
  - args:
    - manager
    name: kube-vip
    volumeMounts:
    - mountPath: /etc/kubernetes/admin.conf
      name: kubeconfig
  hostNetwork: true
  volumes:
  - hostPath:
      path: /etc/kubernetes/${first ? "super-admin.conf" : "admin.conf"}
    name: kubeconfig
`;
}

/** Without a node, etcd is where kubeadm puts it. */
export function kubeadmConfig(validityPeriod: string, node?: Node): string {
  const etcd =
    node === undefined
      ? "  local:\n    dataDir: /var/lib/etcd\n"
      : `  external:
    endpoints:
    - https://${node.address}:2379
    caFile: /etc/ssl/etcd/ssl/ca.pem
    certFile: /etc/ssl/etcd/ssl/node-${node.name}.pem
    keyFile: /etc/ssl/etcd/ssl/node-${node.name}-key.pem
`;
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
certificateValidityPeriod: ${validityPeriod}
etcd:
${etcd}certificatesDir: /etc/kubernetes/${node === undefined ? "pki" : "ssl"}
`;
}

export function kubeletConfig(): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;
}

export function etcdEnv(name: string, address: string): string {
  const ssl = "/etc/ssl/etcd/ssl";
  return `# Environment file for etcd
ETCD_DATA_DIR=/var/lib/etcd
ETCD_LISTEN_CLIENT_URLS=https://${address}:2379,https://127.0.0.1:2379
ETCD_LISTEN_PEER_URLS=https://${address}:2380
ETCD_NAME=${name.replace("node", "etcd")}
ETCD_TRUSTED_CA_FILE=${ssl}/ca.pem
ETCD_CERT_FILE=${ssl}/member-${name}.pem
ETCD_KEY_FILE=${ssl}/member-${name}-key.pem
ETCD_PEER_CERT_FILE=${ssl}/member-${name}.pem
ETCD_PEER_KEY_FILE=${ssl}/member-${name}-key.pem
ETCDCTL_ENDPOINTS=https://127.0.0.1:2379
ETCDCTL_CACERT=${ssl}/ca.pem
ETCDCTL_KEY=${ssl}/admin-${name}-key.pem
ETCDCTL_CERT=${ssl}/admin-${name}.pem
`;
}

export const etcdUnitFile = `[Service]
Type=notify
EnvironmentFile=/etc/etcd.env
ExecStart=/usr/local/bin/etcd
Restart=always
RestartSec=10s
`;
