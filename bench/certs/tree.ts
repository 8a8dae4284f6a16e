/**
 * What lies on a loopback host: the files of a Kubernetes node, with certificates made by openssl.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { must } from "../../rig/command.ts";

export type Role = "control-plane" | "worker";

interface Pki {
  readonly authority: string;
  readonly leaf: string;
  readonly key: string;
}

/**
 * One authority and one leaf: to whoever reads them, twenty files with the same one are twenty
 * files.
 */
export async function makePki(folder: string): Promise<Pki> {
  await mkdir(folder, { recursive: true });
  const openssl = (...words: readonly string[]) =>
    must(["openssl", ...words], { timeoutMs: 20_000, cwd: folder });
  const key = ["-newkey", "rsa:2048", "-nodes"];
  const authority = ["-keyout", "ca.key", "-out", "ca.crt", "-days", "3650", "-subj", "/CN=kube"];
  await openssl("req", "-x509", ...key, ...authority);
  await openssl("req", "-new", ...key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=x");
  const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "4096", "-days", "365"];
  await openssl("x509", "-req", "-in", "leaf.csr", "-out", "leaf.crt", ...signed);
  const text = (name: string) => readFile(join(folder, name), "utf8");
  return {
    authority: await text("ca.crt"),
    leaf: await text("leaf.crt"),
    key: await text("leaf.key"),
  };
}

/** Writes `etc/` and `var/lib/` below `root`, as kubespray leaves them on a node. */
export async function plantTree(root: string, pki: Pki, role: Role): Promise<void> {
  const files = role === "worker" ? workerFiles(pki) : controlPlaneFiles(pki);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text, { mode: 0o600 });
  }
}

type Files = Readonly<Record<string, string>>;

const kubelet = "var/lib/kubelet";
const current = `/${kubelet}/pki/kubelet-client-current.pem`;

function workerFiles({ authority, leaf, key }: Pki): Files {
  return {
    "etc/kubernetes/pki/ca.crt": authority,
    "etc/kubernetes/kubelet.conf": `users:\n- user:\n    client-certificate: ${current}\n    client-key: ${current}\n`,
    [`${kubelet}/pki/kubelet-client-current.pem`]: `${leaf}${key}`,
    [`${kubelet}/pki/kubelet.crt`]: leaf,
    [`${kubelet}/pki/kubelet.key`]: key,
    [`${kubelet}/config.yaml`]: "kind: KubeletConfiguration\nrotateCertificates: true\n",
  };
}

function controlPlaneFiles(pki: Pki): Files {
  const { authority, leaf, key } = pki;
  const pair = (path: string, pem: string) => [
    [`${path}.crt`, pem],
    [`${path}.key`, key],
  ];
  const folder = "etc/kubernetes/pki";
  const etcd = "etc/ssl/etcd/ssl";
  return {
    ...workerFiles(pki),
    ...Object.fromEntries([
      ...pair(`${folder}/ca`, authority),
      ...pair(`${folder}/front-proxy-ca`, authority),
      ...["apiserver", "apiserver-kubelet-client", "front-proxy-client"].flatMap((name) =>
        pair(`${folder}/${name}`, leaf),
      ),
      ...["admin", "controller-manager", "scheduler"].map((name) => [
        `etc/kubernetes/${name}.conf`,
        kubeconfig(pki),
      ]),
      [`${etcd}/ca.pem`, authority],
      ...["member-node1", "admin-node1", "node-node1"].flatMap((name) => [
        [`${etcd}/${name}.pem`, leaf],
        [`${etcd}/${name}-key.pem`, key],
      ]),
    ]),
    // Without these it would not be told where to look for listeners.
    "etc/kubernetes/manifests/kube-apiserver.yaml": manifest("--advertise-address=127.0.0.1"),
    "etc/etcd.env": `ETCD_CERT_FILE=/${etcd}/member-node1.pem\nETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379\n`,
  };
}

function kubeconfig({ leaf, key }: Pki): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-certificate-data: ${base64(leaf)}\n    client-key-data: ${base64(key)}\n`;
}

function manifest(flag: string): string {
  return `spec:\n  containers:\n  - command:\n    - program\n    - ${flag}\n`;
}
