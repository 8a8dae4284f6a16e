// Certificates that the authority beside them has not signed: it would sign the next ones.

import type { Certificate } from "../cluster/certificate.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import type { CertificateEntry } from "../cluster/node-certificates.ts";

/** Of one node's. Nothing depends on super-admin.conf, which is easily forgotten. */
export function unsignedOf(entries: readonly CertificateEntry[]): readonly Certificate[] {
  return entries.flatMap(({ table, found }) =>
    table === "certificates" &&
    found.kind === "present" &&
    found.certificate.isSignedByItsAuthority === false &&
    found.certificate.name !== "super-admin.conf"
      ? [found.certificate]
      : [],
  );
}

/** `names`: all that `caName` of one node has not signed, though it should have. */
export function notSignedBy(
  caName: string,
  [first = "", ...others]: readonly string[],
): { readonly because: string; readonly remedy: string } {
  const more = others.length === 0 ? " was" : ` and ${others.length} more were`;
  return {
    because: `${first}${more} not signed by ${caName} of this node, which would sign the next one`,
    remedy: `Find out which is the cluster's: the authority (put the right one back from a backup, or from another node), or what lies beside it (\`kubeadm certs renew ${first}\`, and a restart of what reads it). Then look again.`,
  };
}

/**
 * The kubeconfig with which kubectl asks there, where it is the only one that its authority has not
 * signed.
 */
export function unsignedAdmin({ hosts, primary }: ClusterFacts): Certificate | undefined {
  const host = hosts.find(({ name }) => name === primary);
  const entries = host?.certificates.kind === "read" ? host.certificates.value.entries : [];
  const [first, ...others] = unsignedOf(entries);
  return first?.name === "admin.conf" && others.length === 0 ? first : undefined;
}
