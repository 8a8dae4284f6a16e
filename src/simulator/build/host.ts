// One host with its files, programs and running containers.

import { newInode } from "../files.ts";
import { type HostModel, type Model, newId, type StoredBytes } from "../model.ts";
import { kubeconfigText } from "../nature/kubeconfig.ts";
import { type Minted, mint, type Profile } from "../x509.ts";
import { authorityRows, dayMs, leafRows, pki } from "./certificates.ts";
import type { Shape } from "./cluster.ts";
import { firstContainers } from "./containers.ts";
import {
  etcdEnv,
  etcdUnitFile,
  kubeadmConfig,
  kubeletConfig,
  kubeVip,
  manifests,
} from "./texts.ts";

export type Authorities = ReadonlyMap<string, Minted>;

export interface HostToBuild {
  readonly name: string;
  readonly address: string;
  readonly controlPlane: boolean;
  /** Where kubeadm began, and left its super-admin.conf. */
  readonly first: boolean;
  /** Of single certificates, in place of the shape's. */
  readonly notAfter: Readonly<Record<string, number>>;
  readonly validityPeriod?: string;
  readonly shape: Shape;
  readonly authorities: Authorities;
}

const programs =
  "kubeadm kubectl crictl etcdctl etcdutl openssl curl flock tar sha256sum systemctl sh cat cp mv ln stat date touch true";

export function buildHost(model: Model, wanted: HostToBuild): HostModel {
  const { name, address, controlPlane, shape } = wanted;
  const host: HostModel = {
    name,
    address,
    roles: { controlPlane, etcd: controlPlane, worker: !controlPlane },
    clockOffsetMs: 0,
    files: new Map(),
    lastInode: 0,
    kindsKept: new Map(),
    archived: new Map(),
    links: new Map(),
    programs: new Set(programs.split(" ")),
    containers: [],
    backOffs: new Map(),
    freeBytes: new Map([
      ["/var/backups", 20e9],
      ["/var/lib/etcd", 20e9],
      ["/etc/kubernetes", 20e9],
    ]),
    etcdUnit: undefined,
    renewTimer: "",
    busyWith: [],
    kubeletRuns: true,
    unfinished: new Set(),
    reachable: true,
    downSince: undefined,
    boots: 1,
    losesPower: undefined,
    delays: new Map(),
    served: { apiserver: "", kubeletClient: "", cutKubeletsOff: false },
  };
  const files = new Files(host, model.now - 325 * dayMs);
  writeKubelet(model, files, wanted);
  if (!controlPlane) return host;
  if (shape.topology === "host-etcd") {
    host.links.set(pki, "/etc/kubernetes/ssl");
    writeHostEtcd(model, files, wanted);
    host.etcdUnit = {
      active: "active",
      invocation: `${newId(model)}`.padStart(32, "0"),
      mainPid: 63,
    };
  }
  writeControlPlane(model, files, wanted);
  firstContainers(model, host);
  return host;
}

/** Writes without telling anybody: nobody watches yet. */
class Files {
  readonly host: HostModel;
  private readonly at: number;

  constructor(host: HostModel, at: number) {
    this.host = host;
    this.at = at;
  }

  put(path: string, content: string, mode = 0o644): void {
    const real = path.startsWith(`${pki}/`)
      ? path.replace(pki, this.host.links.get(pki) ?? pki)
      : path;
    const bytes: StoredBytes = {
      content,
      mode,
      owner: "root",
      modifiedAt: this.at,
      form: "text",
      sizeBytes: content.length,
      inode: newInode(this.host),
    };
    this.host.files.set(real, bytes);
  }

  pair(path: string, made: Minted, key = `${path}.key`, certificate = `${path}.crt`): void {
    this.put(certificate, made.pem);
    this.put(key, made.keyPem, 0o600);
  }
}

function issue(
  model: Model,
  wanted: HostToBuild,
  of: {
    readonly profile: Profile;
    readonly authority: string;
    readonly days: number;
    readonly name?: string;
  },
): Minted {
  const notBefore = model.now - 325 * dayMs;
  const notAfter = wanted.notAfter[of.name ?? ""] ?? model.now + of.days * dayMs;
  const authority = wanted.authorities.get(of.authority);
  return mint(of.profile, { notBefore, notAfter }, newId(model), authority);
}

function writeControlPlane(model: Model, files: Files, wanted: HostToBuild): void {
  const { address, shape, authorities } = wanted;
  const stacked = shape.topology === "static-pod-etcd";
  for (const row of authorityRows) {
    const made = authorities.get(row.name);
    if (made !== undefined && (stacked || !row.stacked)) files.pair(row.path, made);
  }
  const caPem = authorities.get("ca")?.pem ?? "";
  const own = `https://${address}:6443`;
  for (const row of leafRows) {
    if (row.stacked && !stacked) continue;
    if (row.name === "super-admin.conf" && !wanted.first) continue;
    const { authority } = row;
    const made = issue(model, wanted, {
      profile: row.profile(wanted),
      authority,
      days: shape.residualDays,
      name: row.name,
    });
    if (row.kind === "pair") files.pair(row.path, made);
    else {
      const user = row.profile(wanted).subject.at(-1)?.[1] ?? "";
      // kubeadm sends its components to the API server beside them (LocalAPIEndpoint).
      const isOwn = /^(controller-manager|scheduler)\.conf$/.test(row.name);
      const server = isOwn ? own : (model.balancer?.url ?? own);
      const text = kubeconfigText({ user, server, caPem, client: made });
      files.put(row.path, text, 0o600);
      if (row.name === "admin.conf") files.put("/root/.kube/config", text, 0o600);
    }
  }
  for (const [component, text] of manifests(wanted, stacked)) {
    files.put(`/etc/kubernetes/manifests/${component}.yaml`, text, 0o600);
  }
  if (shape.kubeVip) {
    files.put("/etc/kubernetes/manifests/kube-vip.yml", kubeVip(wanted), 0o640);
  }
  const period = wanted.validityPeriod ?? shape.validityPeriod;
  if (!stacked) files.put("/etc/kubernetes/kubeadm-config.yaml", kubeadmConfig(period, wanted));
}

function writeKubelet(model: Model, files: Files, wanted: HostToBuild): void {
  const { name } = wanted;
  const profile: Profile = {
    subject: [
      ["O", "system:nodes"],
      ["CN", `system:node:${name}`],
    ],
    names: [],
    use: "client",
  };
  const client = issue(model, wanted, { profile, authority: "ca", days: 300 });
  const folder = "/var/lib/kubelet/pki";
  files.put(`${folder}/kubelet-client-2026-01-01-00-00-00.pem`, client.pem + client.keyPem, 0o600);
  files.host.links.set(
    `${folder}/kubelet-client-current.pem`,
    `${folder}/kubelet-client-2026-01-01-00-00-00.pem`,
  );
  files.pair(`${folder}/kubelet`, ownServing(model, wanted));
  files.put("/var/lib/kubelet/config.yaml", kubeletConfig());
  files.put("/var/lib/kubelet/kubeadm-flags.env", 'KUBELET_KUBEADM_ARGS=""\n');
  const current = `${folder}/kubelet-client-current.pem`;
  const [only] = wanted.shape.machines?.filter((one) => one.controlPlane) ?? [];
  const server = model.balancer?.url ?? `https://${only?.address ?? "10.0.0.1"}:6443`;
  files.put(
    "/etc/kubernetes/kubelet.conf",
    `apiVersion: v1\nclusters:\n- cluster:\n    server: ${server}\n  name: cluster.local\nkind: Config\nusers:\n- name: default-auth\n  user:\n    client-certificate: ${current}\n    client-key: ${current}\n`,
    0o600,
  );
  const ca = wanted.authorities.get("ca");
  if (ca !== undefined && !wanted.controlPlane) files.put(`${pki}/ca.crt`, ca.pem);
}

/**
 * As a kubelet makes it that nobody gives one: signed by an authority of its own, which stands
 * behind it (client-go, util/cert).
 */
function ownServing(model: Model, { name, address }: HostToBuild): Minted {
  const begin = model.now - 325 * dayMs;
  const validity = { notBefore: begin, notAfter: model.now + 340 * dayMs };
  const [made, names] = [newId(model), [`DNS:${name}`, `IP Address:${address}`]];
  const signs = {
    subject: [["CN", `${name}-ca@1767225600`]],
    names: [],
    use: "authority",
  } as const;
  const authority = mint(signs, validity, -made);
  const serves = { subject: [["CN", `${name}@1767225600`]], names, use: "server" } as const;
  const own = mint(serves, validity, made, authority);
  return { ...own, pem: own.pem + authority.pem };
}

/** kubespray's own certificates, valid 100 years. */
function writeHostEtcd(model: Model, files: Files, wanted: HostToBuild): void {
  const { name, address, authorities } = wanted;
  const folder = "/etc/ssl/etcd/ssl";
  const ca = authorities.get("etcd-ca");
  if (ca !== undefined) files.pair(`${folder}/ca`, ca, `${folder}/ca-key.pem`, `${folder}/ca.pem`);
  for (const kind of ["admin", "member", "node"]) {
    const profile: Profile = {
      subject: [["CN", `etcd-${kind}-${name}`]],
      names: [`DNS:${name}`, "DNS:localhost", `IP Address:${address}`, "IP Address:127.0.0.1"],
      use: "both",
    };
    const made = issue(model, wanted, { profile, authority: "etcd-ca", days: 36_000 });
    const path = `${folder}/${kind}-${name}`;
    files.pair(path, made, `${path}-key.pem`, `${path}.pem`);
  }
  files.put("/etc/etcd.env", etcdEnv(name, address), 0o640);
  files.put("/etc/systemd/system/etcd.service", etcdUnitFile);
}
