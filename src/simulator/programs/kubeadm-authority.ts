// Whether kubeadm signs with an authority: where its key is elsewhere, what it has signed must be
// there with its keys.

import { type LeafRow, pki } from "../build/certificates.ts";
import { fileAt, textAt } from "../files.ts";
import type { HostModel } from "../model.ts";
import type { Minted } from "../x509.ts";

export type Management =
  | { readonly kind: "own"; readonly authority: Minted }
  | { readonly kind: "external" }
  | { readonly kind: "error"; readonly because: string };

/**
 * `base` is kubeadm's CABaseName; `signed` what it asks for of an external one, in its order
 * (phases/certs/certs.go).
 */
const authorities = {
  ca: { base: "ca", called: "CA", signed: ["apiserver", "apiserver-kubelet-client"] },
  "front-proxy-ca": {
    ...{ base: "front-proxy-ca", called: "front-proxy CA", signed: ["front-proxy-client"] },
  },
  "etcd-ca": {
    ...{ base: "etcd/ca", called: "etcd CA" },
    signed: ["apiserver-etcd-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client"],
  },
} as const;

export function authorityBaseOf({ authority }: LeafRow): string {
  return authorities[authority].base;
}

export function managementOf(host: HostModel, authority: LeafRow["authority"]): Management {
  const { base, called, signed } = authorities[authority];
  const isThere = (path: string) => fileAt(host, path) !== undefined;
  const error = (because: string): Management => ({
    kind: "error",
    because: `Error checking external CA condition for ${base} certificate authority: ${because}`,
  });
  const path = `${pki}/${base}`;
  if (!isThere(`${path}.crt`)) {
    return error(
      `failure loading certificate for ${called}: couldn't load the certificate file ${noFile(`${path}.crt`)}`,
    );
  }
  if (isThere(`${path}.key`)) {
    const own = { pem: textAt(host, `${path}.crt`), keyPem: textAt(host, `${path}.key`) };
    return { kind: "own", authority: own };
  }
  const keyless = signed.find((name) => !isThere(`${pki}/${name}.key`));
  if (keyless === undefined) return { kind: "external" };
  const key = noFile(`${pki}/${keyless}.key`);
  return error(`failure loading key for ${keyless}: couldn't load the private key file ${key}`);
}

function noFile(path: string): string {
  return `${path}: open ${path}: no such file or directory`;
}
