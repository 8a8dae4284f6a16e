// What was found on one node when its certificates were looked for: raw, before any judgement.

import type { Instant } from "../core/world.ts";
import { kubeletServerCurrent } from "./certificate-list.ts";

export interface CertificateFile {
  readonly path: string;
  readonly state:
    | { readonly kind: "present" }
    | { readonly kind: "missing"; readonly because: string }
    | { readonly kind: "unreadable"; readonly because: string };
  readonly resolvedPath: string;
  /** On the node's own clock; 0 when it could not be told. */
  readonly modifiedAt: Instant;
  /** PEM blocks of the file, in its order. */
  readonly certificates: readonly string[];
  /** PEM blocks out of a kubeconfig's client-certificate-data. */
  readonly clientCertificates: readonly string[];
}

/** A line of a configuration file that says which certificate is used or who listens where. */
export interface Setting {
  readonly file: string;
  readonly key: string;
  readonly value: string;
}

export interface NodeFiles {
  /** The node's clock when it was asked, whole seconds. */
  readonly clockAt: Instant;
  /** certificatesDir: /etc/kubernetes/pki, or /etc/kubernetes/ssl where there is no pki. */
  readonly pkiFolder: string;
  readonly files: ReadonlyMap<string, CertificateFile>;
  /** The authorities' keys that are there. Only their presence is known. */
  readonly keys: ReadonlySet<string>;
  /** Configuration files that could be read. */
  readonly configured: ReadonlySet<string>;
  readonly settings: readonly Setting[];
  /** Programs or files the node could not be asked with, for people. */
  readonly troubles: readonly string[];
}

export const staticPods = "/etc/kubernetes/manifests";
/**
 * kubespray's own comes first: beside it lies one of kubeadm's that no kubelet reads (kubelet.env's
 * --config).
 */
export const kubeletConfigs = [
  "/etc/kubernetes/kubelet-config.yaml",
  "/var/lib/kubelet/config.yaml",
] as const;
/**
 * kubespray keeps kubeadm's configuration here; without it kubeadm asks the API, or falls back to
 * defaults.
 */
export const kubeadmConfigFile = "/etc/kubernetes/kubeadm-config.yaml";
export const etcdEnvironment = "/etc/etcd.env";

/** The first value of a key in one file. */
export function setting(node: NodeFiles, file: string, key: string): string | undefined {
  return node.settings.find((line) => line.file === file && line.key === key)?.value;
}

/** A flag of a static pod; `program` is the manifest's name without .yaml. */
export function flag(node: NodeFiles, program: string, name: string): string | undefined {
  return setting(node, `${staticPods}/${program}.yaml`, name);
}

export function hasStaticPod(node: NodeFiles, program: string): boolean {
  return node.configured.has(`${staticPods}/${program}.yaml`);
}

/** The real path behind `PKI/…`. */
export function onNode(node: NodeFiles, path: string): string {
  return path.startsWith("PKI/") ? `${node.pkiFolder}/${path.slice("PKI/".length)}` : path;
}

/** The configuration that the node's kubelet was started with; undefined where there is none. */
export function kubeletConfigOf(node: NodeFiles): string | undefined {
  return kubeletConfigs.find((file) => node.configured.has(file));
}

/**
 * Where the kubelet's serving certificate is: what its configuration says, or the default of it.
 */
export function kubeletServerFile(node: NodeFiles): string {
  const config = kubeletConfigOf(node) ?? "";
  const configured = setting(node, config, "tlsCertFile");
  if (configured !== undefined) return configured;
  return setting(node, config, "serverTLSBootstrap") === "true"
    ? kubeletServerCurrent
    : "/var/lib/kubelet/pki/kubelet.crt";
}
