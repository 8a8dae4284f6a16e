// Which certificates a node should have, as data: kubeadm's rows with kubeadm's names, and what
// kubeadm leaves out. Sources: kubeadm phases/certs/certlist.go and
// phases/certs/renewal/manager.go; kubespray roles/etcd.

export interface CertificateRow {
  readonly name: string;
  /** kubeadm's two tables, and one for what kubeadm does not list. */
  readonly table: "certificates" | "authorities" | "others";
  readonly kind: "leaf" | "authority" | "kubeconfig";
  /** `PKI/` stands for kubeadm's certificatesDir. */
  readonly path: string;
  /** The row name of the authority that signs it. */
  readonly caName?: string;
  /** Who must have it: etcd's rows belong to etcd as a static pod only. */
  readonly where: "control-plane" | "stacked-etcd" | "kubernetes-node";
  /** May be absent: kubeadm writes it on the first node only, or a person puts it there. */
  readonly isOptional?: true;
}

const signed = { table: "certificates", kind: "leaf", where: "control-plane" } as const;
const kubeconfig = {
  table: "certificates",
  kind: "kubeconfig",
  caName: "ca",
  where: "control-plane",
} as const;
const authority = { table: "authorities", kind: "authority", where: "control-plane" } as const;
const stacked = { ...signed, caName: "etcd-ca", where: "stacked-etcd" } as const;
const etcKubernetes = "/etc/kubernetes";

export const certificateRows: readonly CertificateRow[] = [
  { ...kubeconfig, name: "admin.conf", path: `${etcKubernetes}/admin.conf` },
  { ...signed, name: "apiserver", path: "PKI/apiserver.crt", caName: "ca" },
  { ...stacked, name: "apiserver-etcd-client", path: "PKI/apiserver-etcd-client.crt" },
  {
    ...signed,
    name: "apiserver-kubelet-client",
    path: "PKI/apiserver-kubelet-client.crt",
    caName: "ca",
  },
  {
    ...kubeconfig,
    name: "controller-manager.conf",
    path: `${etcKubernetes}/controller-manager.conf`,
  },
  { ...stacked, name: "etcd-healthcheck-client", path: "PKI/etcd/healthcheck-client.crt" },
  { ...stacked, name: "etcd-peer", path: "PKI/etcd/peer.crt" },
  { ...stacked, name: "etcd-server", path: "PKI/etcd/server.crt" },
  {
    ...signed,
    name: "front-proxy-client",
    path: "PKI/front-proxy-client.crt",
    caName: "front-proxy-ca",
  },
  { ...kubeconfig, name: "scheduler.conf", path: `${etcKubernetes}/scheduler.conf` },
  {
    ...kubeconfig,
    name: "super-admin.conf",
    path: `${etcKubernetes}/super-admin.conf`,
    isOptional: true,
  },
  { ...authority, name: "ca", path: "PKI/ca.crt", where: "kubernetes-node" },
  { ...authority, name: "etcd-ca", path: "PKI/etcd/ca.crt", where: "stacked-etcd" },
  { ...authority, name: "front-proxy-ca", path: "PKI/front-proxy-ca.crt" },
  {
    name: "kubelet-client",
    table: "others",
    kind: "leaf",
    path: "/var/lib/kubelet/pki/kubelet-client-current.pem",
    caName: "ca",
    where: "kubernetes-node",
  },
  {
    // Signed by whom depends on serverTLSBootstrap, so no authority is expected.
    name: "kubelet-server",
    table: "others",
    kind: "leaf",
    path: "/var/lib/kubelet/pki/kubelet.crt",
    where: "kubernetes-node",
  },
  {
    name: "root-kubeconfig",
    table: "others",
    kind: "kubeconfig",
    path: "/root/.kube/config",
    caName: "ca",
    where: "kubernetes-node",
    isOptional: true,
  },
];

/** Where the kubelet keeps its serving certificate when the cluster signs it. */
export const kubeletServerCurrent = "/var/lib/kubelet/pki/kubelet-server-current.pem";
export const kubeletConf = `${etcKubernetes}/kubelet.conf`;

/** The key whose absence makes an authority externally managed. Looked for, never read. */
export const authorityKeys: Readonly<Record<string, string>> = {
  ca: "PKI/ca.key",
  "etcd-ca": "PKI/etcd/ca.key",
  "front-proxy-ca": "PKI/front-proxy-ca.key",
};

/**
 * Where others lie that some program was given: konnectivity's kubeconfig, a worker's client of
 * etcd.
 */
export const otherPlaces = ["PKI/*.crt", "PKI/etcd/*.crt", `${etcKubernetes}/*.conf`] as const;

/** kubespray's etcd on the host: every file that matches is shown as `etcd/<file name>`. */
export const hostEtcdFolder = "/etc/ssl/etcd/ssl";
export const hostEtcdFamilies = ["ca.pem", "member-*.pem", "admin-*.pem", "node-*.pem"] as const;
