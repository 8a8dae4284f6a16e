// Kubeconfigs as kubeadm writes them, with certificate and key embedded.

import { remembered } from "../remembered.ts";
import type { Minted } from "../x509.ts";

export function kubeconfigText(of: {
  readonly user: string;
  readonly server: string;
  readonly caPem: string;
  readonly client: Minted;
}): string {
  const { user, server, caPem, client } = of;
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(caPem)}
    server: ${server}
  name: cluster.local
contexts:
- context:
    cluster: cluster.local
    user: ${user}
  name: ${user}@cluster.local
current-context: ${user}@cluster.local
kind: Config
preferences: {}
users:
- name: ${user}
  user:
    client-certificate-data: ${base64(client.pem)}
    client-key-data: ${base64(client.keyPem)}
`;
}

/** The same kubeconfig with another client certificate. */
export function withClient(text: string, client: Minted): string {
  return text
    .replace(/(client-certificate-data: ).*/, `$1${base64(client.pem)}`)
    .replace(/(client-key-data: ).*/, `$1${base64(client.keyPem)}`);
}

interface Embedded {
  readonly certificate: string;
  readonly key: string;
}

/** Two lines that follow each other, as far in, each with a value in quotes or none. */
const twoLines =
  /^( *)(["']?)client-(certificate|key)-data\2: (["']?)([\w+/=]+)\4\n\1(["']?)client-(?!\3)(?:certificate|key)-data\6: (["']?)([\w+/=]+)\7$(?!\n\1 )/m;

/**
 * Base64 of a client's certificate and key; undefined where they do not stand there once each, in
 * two lines.
 */
export function embedded(text: string): Embedded | undefined {
  const [, , , kind, , first = "", , , second = ""] = twoLines.exec(text) ?? [];
  if (kind === undefined || text.match(/client-\w+-data/g)?.length !== 2) return undefined;
  const [certificate, key] = kind === "key" ? [second, first] : [first, second];
  return { certificate, key };
}

/**
 * The same text with the client of another; undefined where either does not show its own in two
 * lines.
 */
export function withClientOf(text: string, other: string): string | undefined {
  const [own, client] = [embedded(text), embedded(other)];
  if (own === undefined || client === undefined) return undefined;
  return text.replace(twoLines, (lines) =>
    lines.replace(own.certificate, client.certificate).replace(own.key, client.key),
  );
}

/** Base64 as it stands in the file; empty when there is none. */
export function clientDataOf(text: string): string {
  return /client-certificate-data: (\S+)/.exec(text)?.[1] ?? "";
}

/** Remembered: every call of kubectl asks for it. */
export const clientKeyOf = remembered((text: string) =>
  decoded(/client-key-data: (\S+)/.exec(text)?.[1] ?? ""),
);

/** Remembered: every call of kubectl asks for it. */
export const authorityPemOf = remembered((text: string) => decoded(authorityDataOf(text)));

/** As it stands in the file; empty when there is none. */
export function authorityDataOf(text: string): string {
  return /certificate-authority-data: (\S+)/.exec(text)?.[1] ?? "";
}

/** Remembered: every call of kubectl asks for it. */
export const clientPemOf = remembered((text: string) => decoded(clientDataOf(text)));

/** `current-context`; empty when there is none. */
export function currentContextOf(text: string): string {
  return /^current-context: (\S+)$/m.exec(text)?.[1] ?? "";
}

/**
 * Whether its current context is one of its contexts: kubeadm renews for no other, and asks with no
 * other.
 */
export function hasItsContext(text: string): boolean {
  const [, contexts = ""] = /^contexts:\n((?:[- ].*\n)*)/m.exec(text) ?? [];
  return contexts.split("\n").includes(`  name: ${currentContextOf(text)}`);
}

export function serverOf(text: string): string {
  return /server: (\S+)/.exec(text)?.[1] ?? "";
}

function decoded(data: string): string {
  return Buffer.from(data, "base64").toString("latin1");
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
