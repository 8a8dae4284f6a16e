// What stands in the way when kubectl is told nothing: expired certificates, a client that is not
// let in, or an API that does not answer. Each has another way out.

import type { Certificate } from "../cluster/certificate.ts";
import { type ClusterFacts, controlPlaneHosts } from "../cluster/facts.ts";
import { clockOf } from "../cluster/validity.ts";
import type { Blocker } from "./blocker.ts";
import { notSignedBy, unsignedAdmin } from "./unsigned.ts";

/** `because` is kubectl's, of the nodes or of the provider. */
export function apiBlocker(facts: ClusterFacts, because: string): Blocker {
  const where = facts.primary;
  const [first, ...others] = expired(facts);
  if (first !== undefined) {
    const of = first.host === where ? first.name : `${first.name} of ${first.host}`;
    const ended = `${minute(first.notAfter)} UTC`;
    const all =
      others.length === 0
        ? `${of} expired on ${ended}`
        : `${of} and ${others.length} more of kubeadm's certificates have expired, the first on ${ended}`;
    const said = `${all}; kubectl says: ${because}`;
    return { kind: "unauthorized", where, because: said, remedy: afterExpiry(facts) };
  }
  if (/x509: certificate has expired or is not yet valid/.test(because)) {
    const remedy =
      "None of the files has expired: a process serves an older certificate, or a clock is wrong. Compare `drydock certs` (what is served) and `drydock survey` (the clocks), then look again.";
    return { kind: "unauthorized", where, because, remedy };
  }
  if (isNotLetIn(because)) {
    const unsigned = unsignedAdmin(facts);
    if (unsigned !== undefined) {
      const told = notSignedBy(unsigned.caName, [unsigned.name]);
      const said = `${told.because}; kubectl says: ${because}`;
      return { kind: "unauthorized", where, because: said, remedy: told.remedy };
    }
    const remedy = "admin.conf is no longer accepted: `drydock certs` shows what is wrong with it.";
    return { kind: "unauthorized", where, because, remedy };
  }
  const remedy = `Make \`kubectl get nodes\` work on ${where}, then look again.`;
  return { kind: "other", where, because, remedy };
}

/** True where etcd cannot be asked since its certificates have expired too: said with the API's. */
export function hasEtcdExpired(facts: ClusterFacts): boolean {
  if (facts.nodes.kind === "read" || facts.etcd.kind === "read") return false;
  return expired(facts).some(({ name }) => name.startsWith("etcd-"));
}

/** True where one of kubeadm's has: what ended since then is brought back by a renewal. */
export function hasExpired(facts: ClusterFacts): boolean {
  return expired(facts).length > 0;
}

/**
 * True where nobody is let in with admin.conf, since it is not signed by the authority beside it.
 */
export function isAdminRefused(facts: ClusterFacts): boolean {
  if (facts.nodes.kind === "read" || !isNotLetIn(facts.nodes.because)) return false;
  return unsignedAdmin(facts) !== undefined;
}

/**
 * True of kubectl's words for Unauthorized; transcripts/kubectl/get-unauthorized.json has the
 * newer.
 */
function isNotLetIn(because: string): boolean {
  return /unauthorized|must be logged in|provide credentials/i.test(because);
}

function afterExpiry({ etcd }: ClusterFacts): string {
  const backups =
    etcd.kind === "read"
      ? "`drydock backup etcd` and `drydock backup certs` still work"
      : "`drydock backup certs` still works";
  return `A running provider cannot be stopped through the API until this is mended, and its leases are at risk meanwhile. Back up first (${backups}), then mend it by hand: \`kubeadm certs renew all\` on each control plane node, a restart of its static pods, and \`drydock provider stop\` as soon as kubectl answers. \`drydock certs\` shows what has expired; the commands are in docs/guide.md, "When the certificates have already expired".`;
}

/** The first to expire comes first. Nothing depends on super-admin.conf. */
function expired(facts: ClusterFacts): readonly (Certificate & { readonly host: string })[] {
  const found = controlPlaneHosts(facts).flatMap((host) => {
    const entries = host.certificates.kind === "read" ? host.certificates.value.entries : [];
    const now = clockOf(host, facts.surveyedAt);
    return entries.flatMap(({ table, found }) =>
      table === "certificates" && found.kind === "present" && found.certificate.notAfter < now
        ? [{ ...found.certificate, host: host.name }]
        : [],
    );
  });
  return found
    .filter(({ name }) => name !== "super-admin.conf")
    .sort((a, b) => a.notAfter - b.notAfter);
}

function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
