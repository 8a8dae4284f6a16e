// For tests: a folder that looks like a node, with certificates made by openssl and marked keys,
// and a way to run our commands here as they run there.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";

/** Stands in every private key of a fake node: no output may hold it, in whatever encoding. */
const keyMark = "THIS-PRIVATE-KEY-WAS-READ";

const keyPem = `-----BEGIN RSA PRIVATE KEY-----\n${keyMark}\n-----END RSA PRIVATE KEY-----\n`;
export const markedKey = keyPem;
/** As kubeconfigs embed it. */
export const markedKeyData = Buffer.from(keyPem).toString("base64");

/** True when text holds the mark, plain or in base64 at any of its three alignments. */
export function holdsKey(text: string): boolean {
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.from("x".repeat(shift) + keyMark)
      .toString("base64")
      .slice(4, -4),
  );
  return [keyMark, ...encoded].some((mark) => text.includes(mark));
}

/** Runs a command on this machine with an empty environment, as ssh/ does over there. */
export function runHere(command: Command, path = "/usr/sbin:/usr/bin:/sbin:/bin"): Outcome {
  const [program, ...words] = command.argv;
  const shell = program === "sh" ? "/bin/sh" : program;
  const timeout = command.timeoutMs;
  const stdin = command.stdin === undefined ? {} : { input: command.stdin };
  const ran = spawnSync(shell, words, { env: { PATH: path }, encoding: "utf8", timeout, ...stdin });
  if (ran.status === null) return { kind: "unknown", because: String(ran.error ?? ran.signal) };
  return { kind: "exited", code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

export interface Pki {
  readonly folder: string;
  /** The PEM of an authority; made when first asked for. */
  authority(name: string): string;
  /**
   * The PEM of a certificate for 365 days, the same one whenever it is asked for; its key is
   * leaf.key.
   */
  leaf(authority: string, subject: string, names?: string): string;
  remove(): void;
}

/** A folder with authorities and one key for all leaves, so that making them stays quick. */
export function makePki(): Pki {
  const folder = temporaryFolder("drydock-pki-");
  const openssl = (...words: string[]) =>
    execFileSync("openssl", words, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-new", ...key, "-keyout", "leaf.key", "-out", "any.csr", "-subj", "/CN=any");
  const authorities = new Map<string, string>();
  let serial = 0x1000;
  const authority = (name: string) => {
    const known = authorities.get(name);
    if (known !== undefined) return known;
    const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
    openssl("req", "-x509", ...key, ...files, "-days", "3650", "-subj", `/CN=${name}`);
    const pem = readFileSync(join(folder, `${name}.crt`), "utf8");
    authorities.set(name, pem);
    return pem;
  };
  const make = (signer: string, subject: string, names: string) => {
    authority(signer);
    serial += 1;
    writeFileSync(join(folder, "leaf.ext"), `subjectAltName=${names}\n`);
    openssl("req", "-new", "-key", "leaf.key", "-out", "leaf.csr", "-subj", subject);
    const signed = ["-CA", `${signer}.crt`, "-CAkey", `${signer}.key`];
    const numbered = ["-set_serial", String(serial), "-extfile", "leaf.ext", "-days", "365"];
    return openssl("x509", "-req", "-in", "leaf.csr", ...signed, ...numbered);
  };
  const leaves = new Map<string, string>();
  const leaf = (signer: string, subject: string, names = "DNS:node1") => {
    const key = [signer, subject, names].join("\t");
    const pem = leaves.get(key) ?? make(signer, subject, names);
    leaves.set(key, pem);
    return pem;
  };
  return { folder, authority, leaf, remove: () => rmSync(folder, { recursive: true }) };
}

export interface Tree {
  readonly root: string;
  write(path: string, text: string): void;
  remove(): void;
}

export function makeTree(): Tree {
  const root = temporaryFolder("drydock-node-");
  return {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function temporaryFolder(prefix: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), prefix)));
}

/**
 * A kubeconfig as kubeadm writes it, its key marked; `keyFirst` puts the key before the
 * certificate.
 */
export function kubeconfig(pem: string, keyFirst = false): string {
  const certificate = `    client-certificate-data: ${Buffer.from(pem).toString("base64")}`;
  const key = `    client-key-data: ${markedKeyData}`;
  const user = keyFirst ? [key, certificate] : [certificate, key];
  return ["apiVersion: v1", "kind: Config", "users:", "- name: a", "  user:", ...user, ""].join(
    "\n",
  );
}

/** A control plane node as kubeadm leaves it, every key marked. */
export function fillControlPlane(tree: Tree, pki: Pki, etcd: "stacked" | "host"): void {
  const keys = (path: string, pem: string) => {
    tree.write(`${path}.crt`, pem);
    tree.write(`${path}.key`, markedKey);
  };
  const folder = "etc/kubernetes/pki";
  keys(`${folder}/ca`, pki.authority("kubernetes"));
  keys(`${folder}/front-proxy-ca`, pki.authority("front-proxy"));
  keys(`${folder}/apiserver`, pki.leaf("kubernetes", "/CN=kube-apiserver"));
  keys(`${folder}/apiserver-kubelet-client`, pki.leaf("kubernetes", "/O=a/CN=kubelet-client"));
  keys(`${folder}/front-proxy-client`, pki.leaf("front-proxy", "/CN=front-proxy-client"));
  for (const name of ["admin", "controller-manager", "scheduler"]) {
    const pem = pki.leaf("kubernetes", `/CN=${name}`);
    tree.write(`etc/kubernetes/${name}.conf`, kubeconfig(pem, name === "scheduler"));
  }
  fillKubelet(tree, pki);
  const manifests = "etc/kubernetes/manifests";
  tree.write(`${manifests}/kube-apiserver.yaml`, manifest(["--advertise-address=10.0.0.1"]));
  tree.write(`${manifests}/kube-controller-manager.yaml`, manifest(["--bind-address=127.0.0.1"]));
  tree.write(`${manifests}/kube-scheduler.yaml`, manifest(["--bind-address=127.0.0.1"]));
  if (etcd === "stacked") fillStackedEtcd(tree, pki, keys);
  else fillHostEtcd(tree, pki);
}

/** What every Kubernetes node has: the kubelet's files, with key and certificate in one of them. */
export function fillKubelet(tree: Tree, pki: Pki): void {
  tree.write("etc/kubernetes/pki/ca.crt", pki.authority("kubernetes"));
  const current = "/var/lib/kubelet/pki/kubelet-client-current.pem";
  tree.write(
    current,
    `${pki.leaf("kubernetes", "/O=system:nodes/CN=system:node:node1")}${markedKey}`,
  );
  tree.write(
    "etc/kubernetes/kubelet.conf",
    `users:\n- user:\n    client-certificate: ${current}\n    client-key: ${current}\n`,
  );
  tree.write(
    "var/lib/kubelet/pki/kubelet.crt",
    pki.leaf("node1-ca@1795362667", "/CN=node1@1795362667"),
  );
  tree.write("var/lib/kubelet/pki/kubelet.key", markedKey);
  tree.write(
    "var/lib/kubelet/config.yaml",
    "kind: KubeletConfiguration\nrotateCertificates: true\n",
  );
}

function fillStackedEtcd(tree: Tree, pki: Pki, keys: (path: string, pem: string) => void): void {
  keys("etc/kubernetes/pki/etcd/ca", pki.authority("etcd"));
  for (const name of [
    "etcd/server",
    "etcd/peer",
    "etcd/healthcheck-client",
    "apiserver-etcd-client",
  ]) {
    keys(`etc/kubernetes/pki/${name}`, pki.leaf("etcd", `/CN=${name.replace("/", "-")}`));
  }
  const flags = [
    "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
    "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
    "--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379",
    "--listen-peer-urls=https://10.0.0.1:2380",
  ];
  tree.write("etc/kubernetes/manifests/etcd.yaml", manifest(flags));
}

function fillHostEtcd(tree: Tree, pki: Pki): void {
  const folder = "etc/ssl/etcd/ssl";
  tree.write(`${folder}/ca.pem`, pki.authority("etcd"));
  for (const name of ["member-node1", "admin-node1", "node-node1"]) {
    tree.write(`${folder}/${name}.pem`, pki.leaf("etcd", `/CN=etcd-${name}`));
    tree.write(`${folder}/${name}-key.pem`, markedKey);
  }
  const lines = [
    `ETCD_CERT_FILE=/${folder}/member-node1.pem`,
    `ETCD_PEER_CERT_FILE=/${folder}/member-node1.pem`,
    "ETCD_LISTEN_CLIENT_URLS=https://10.0.0.1:2379,https://127.0.0.1:2379",
    "ETCD_LISTEN_PEER_URLS=https://10.0.0.1:2380",
  ];
  tree.write("etc/etcd.env", `${lines.join("\n")}\n`);
}

function manifest(flags: readonly string[]): string {
  const command = ["program", ...flags].map((word) => `    - ${word}`).join("\n");
  return `spec:\n  containers:\n  - command:\n${command}\n`;
}
