// kubeadm's list of certificates as this simulator reads it
// (cmd/kubeadm/app/phases/certs/certlist.go): name, file, authority, and what stands in each.

import type { Profile } from "../x509.ts";

export const dayMs = 24 * 3_600_000;
export const pki = "/etc/kubernetes/pki";

export interface LeafRow {
  readonly name: string;
  /** Without ending; a kubeconfig's whole path. */
  readonly path: string;
  readonly kind: "pair" | "kubeconfig";
  readonly authority: "ca" | "front-proxy-ca" | "etcd-ca";
  /** Only where kubeadm itself set etcd up. */
  readonly stacked: boolean;
  profile(host: { readonly name: string; readonly address: string }): Profile;
}

export const authorityRows = [
  { name: "ca", path: `${pki}/ca`, commonName: "kubernetes", stacked: false },
  { name: "etcd-ca", path: `${pki}/etcd/ca`, commonName: "etcd-ca", stacked: true },
  {
    name: "front-proxy-ca",
    path: `${pki}/front-proxy-ca`,
    commonName: "front-proxy-ca",
    stacked: false,
  },
] as const;

function client(commonName: string, organization?: string): () => Profile {
  const subject: Profile["subject"] =
    organization === undefined
      ? [["CN", commonName]]
      : [
          ["O", organization],
          ["CN", commonName],
        ];
  return () => ({ subject, names: [], use: "client" });
}

function kubeconfig(file: string, user: string, organization?: string): LeafRow {
  const path = `/etc/kubernetes/${file}`;
  const profile = client(user, organization);
  return { name: file, path, kind: "kubeconfig", authority: "ca", stacked: false, profile };
}

function etcdServer(file: string): LeafRow {
  return {
    name: `etcd-${file}`,
    path: `${pki}/etcd/${file}`,
    kind: "pair",
    authority: "etcd-ca",
    stacked: true,
    profile: ({ name, address }) => ({
      subject: [["CN", name]],
      names: [`DNS:${name}`, "DNS:localhost", `IP Address:${address}`, "IP Address:127.0.0.1"],
      use: "both",
    }),
  };
}

/** In kubeadm's order: by name. */
export const leafRows: readonly LeafRow[] = [
  kubeconfig("admin.conf", "kubernetes-admin", "kubeadm:cluster-admins"),
  {
    name: "apiserver",
    path: `${pki}/apiserver`,
    kind: "pair",
    authority: "ca",
    stacked: false,
    profile: ({ name, address }) => ({
      subject: [["CN", "kube-apiserver"]],
      names: [
        ...[name, "kubernetes", "kubernetes.default.svc.cluster.local", "localhost"].map(
          (dns) => `DNS:${dns}`,
        ),
        ...["10.233.0.1", address, "10.0.0.100", "127.0.0.1"].map((ip) => `IP Address:${ip}`),
      ],
      use: "server",
    }),
  },
  {
    name: "apiserver-etcd-client",
    path: `${pki}/apiserver-etcd-client`,
    kind: "pair",
    authority: "etcd-ca",
    stacked: true,
    profile: client("kube-apiserver-etcd-client"),
  },
  {
    name: "apiserver-kubelet-client",
    path: `${pki}/apiserver-kubelet-client`,
    kind: "pair",
    authority: "ca",
    stacked: false,
    profile: client("kube-apiserver-kubelet-client", "kubeadm:cluster-admins"),
  },
  kubeconfig("controller-manager.conf", "system:kube-controller-manager"),
  {
    name: "etcd-healthcheck-client",
    path: `${pki}/etcd/healthcheck-client`,
    kind: "pair",
    authority: "etcd-ca",
    stacked: true,
    profile: client("kube-etcd-healthcheck-client"),
  },
  etcdServer("peer"),
  etcdServer("server"),
  {
    name: "front-proxy-client",
    path: `${pki}/front-proxy-client`,
    kind: "pair",
    authority: "front-proxy-ca",
    stacked: false,
    profile: client("front-proxy-client"),
  },
  kubeconfig("scheduler.conf", "system:kube-scheduler"),
  kubeconfig("super-admin.conf", "kubernetes-super-admin", "system:masters"),
];
