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

/** Base64 as it stands in the file; empty when there is none. */
export function clientDataOf(text: string): string {
  return /client-certificate-data: (\S+)/.exec(text)?.[1] ?? "";
}

/** As it stands in the file; empty when there is none. */
export function authorityDataOf(text: string): string {
  return /certificate-authority-data: (\S+)/.exec(text)?.[1] ?? "";
}

/** Remembered: every call of kubectl asks for it. */
export const clientPemOf = remembered((text: string) =>
  Buffer.from(clientDataOf(text), "base64").toString("latin1"),
);

/** `current-context`; empty when there is none. */
export function currentContextOf(text: string): string {
  return /^current-context: (\S+)$/m.exec(text)?.[1] ?? "";
}

/** Whether its current context is one of its contexts: kubeadm renews for no other, and asks with no other. */
export function hasItsContext(text: string): boolean {
  const [, contexts = ""] = /^contexts:\n((?:[- ].*\n)*)/m.exec(text) ?? [];
  return contexts.split("\n").includes(`  name: ${currentContextOf(text)}`);
}

export function serverOf(text: string): string {
  return /server: (\S+)/.exec(text)?.[1] ?? "";
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
