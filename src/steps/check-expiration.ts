// The guide's "Check Certificate Expiration": on every node, before anything is changed.

import { type CertificateEntry, certificateOf } from "../cluster/node-certificates.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineCheck, satisfied, unclear } from "../core/step.ts";
import { readCertificates } from "./read-certificates.ts";

export type CheckExpirationGoal = {
  /** Rows that kubeadm will renew. */
  readonly names: readonly string[];
  /** What a new certificate will be valid until, at the latest: no authority may end before it. */
  readonly renewedUntil: number;
};

export const checkExpiration = defineCheck<
  CheckExpirationGoal,
  Reading<readonly CertificateEntry[]>
>({
  id: "check-expiration",
  title: "Check certificate expiration",
  guide: "Check Certificate Expiration",
  settleMs: 60_000,
  why: () => "A certificate authority that ends first would make every renewal worthless.",
  proof: () => "every row can be read, and every authority outlives the new certificates",
  observe: (look) => readCertificates(look),
  judge: (seen, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const absent = goal.names.find((name) => certificateOf(seen.value, name) === undefined);
    if (absent !== undefined) {
      return blocked(
        `${absent} cannot be read`,
        "Restore it from an archive, or make it anew (`kubeadm init phase certs`, or `kubeadm init phase kubeconfig` for a file that ends in .conf), and run again.",
      );
    }
    const ending = seen.value.find(
      ({ table, found }) =>
        table === "authorities" &&
        found.kind === "present" &&
        found.certificate.notAfter < goal.renewedUntil,
    );
    if (ending !== undefined) {
      return blocked(
        `certificate authority ${ending.name} expires before the certificates it would sign`,
        "Rotate the certificate authority first: renewing its leaves would not outlive it.",
      );
    }
    const first = firstToExpire(seen.value, goal.names);
    return satisfied(`${goal.names.length} certificates; ${first}`);
  },
});

function firstToExpire(entries: readonly CertificateEntry[], names: readonly string[]): string {
  const [first] = names
    .flatMap((name) => certificateOf(entries, name) ?? [])
    .sort((a, b) => a.notAfter - b.notAfter);
  if (first === undefined) return "none to renew";
  const until = new Date(first.notAfter).toISOString().slice(0, 16).replace("T", " ");
  return `${first.name} expires first, ${until} UTC`;
}
