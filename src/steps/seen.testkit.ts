// For tests of judge: what a step could have seen, as short values.

import type { ProviderSeen } from "../akash/provider.ts";
import type { Certificate } from "../cluster/certificate.ts";
import type { CertificateEntry } from "../cluster/node-certificates.ts";
import type { Act } from "../core/command.ts";
import type { Verdict } from "../core/step.ts";
import type { StoredFile } from "../core/world.ts";
import type { Container } from "../programs/crictl.ts";

export const year = 365 * 24 * 3600 * 1000;
export const today = Date.parse("2026-11-22T00:00:00Z");
export const cutOff = { kind: "unreadable", because: "no answer: cut off" } as const;

export function read<T>(value: T): { readonly kind: "read"; readonly value: T } {
  return { kind: "read", value };
}

/** A certificate with `serial`, good until `notAfter`. */
export function certificate(
  name: string,
  serialHex: string,
  notAfter: number,
  more: Partial<Certificate> = {},
): Certificate {
  return {
    name,
    serialHex,
    notAfter,
    kind: "leaf",
    path: `/etc/kubernetes/pki/${name}.crt`,
    resolvedPath: `/etc/kubernetes/ssl/${name}.crt`,
    modifiedAt: today,
    caName: "ca",
    subject: `CN=${name}`,
    issuer: "CN=kubernetes",
    notBefore: today - year,
    fingerprint256: `fingerprint of ${serialHex}`,
    subjectAltNames: [],
    isAuthority: false,
    isSelfSigned: false,
    isSignedByItsAuthority: true,
    ...more,
  };
}

export function entry(
  found: Certificate,
  table: CertificateEntry["table"] = "certificates",
): CertificateEntry {
  const { name, path } = found;
  return { name, family: name, table, path, found: { kind: "present", certificate: found } };
}

export function container(name: string, id: string, more: Partial<Container> = {}): Container {
  return { id, name, running: true, starting: false, createdAt: today, attempt: 0, ...more };
}

export function provider(more: Partial<ProviderSeen> = {}): ProviderSeen {
  return {
    namespace: "akash-services",
    name: "akash-provider",
    replicas: 1,
    currentReplicas: 1,
    readyReplicas: 1,
    upToDate: true,
    image: "provider:0.14.0",
    previousReplicas: undefined,
    pods: ["akash-provider-0"],
    ...more,
  };
}

export const stoppedProvider = provider({
  replicas: 0,
  currentReplicas: 0,
  readyReplicas: 0,
  pods: [],
});

export function storedFile(more: Partial<StoredFile> = {}): StoredFile {
  const page = `${"00".repeat(16)}edda0ced${"00".repeat(4096 - 20)}`;
  return {
    sizeBytes: 512 * 40 + 32,
    mode: 0o600,
    sha256: "aa",
    bodySha256: "bb",
    trailerHex: "bb",
    headHex: page + page,
    ...more,
  };
}

/** `kind: because`, short enough for a table. */
export function said(verdict: Verdict): string {
  return `${verdict.kind}: ${verdict.because}`;
}

/** What a change would run, as a person would type it; copies as `copy PATH`. */
export function typed(acts: readonly Act[]): readonly string[] {
  return acts.map((one) =>
    one.kind === "command" ? one.command.argv.join(" ") : `copy ${one.fetch.path}`,
  );
}
