// The guide's "Step 1: Renew All Certificates": kubeadm's act, judged by the certificates themselves.

import { type Certificate, hasSameNames, notRenewedBecause } from "../cluster/certificate.ts";
import { type CertificateEntry, certificateOf } from "../cluster/node-certificates.ts";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import { renewCertificate } from "../programs/kubeadm.ts";
import { readCertificates } from "./read-certificates.ts";

/** What a certificate was when the window was planned. */
export type PlannedCertificate = {
  readonly name: string;
  readonly serialHex: string;
  readonly notAfter: number;
  readonly subjectAltNames: readonly string[];
};

export type RenewCertificatesGoal = {
  readonly certificates: readonly PlannedCertificate[];
  /** kubeadm's configuration on the node; without it kubeadm asks the API, or assumes defaults. */
  readonly hasConfigFile: boolean;
};

export const renewCertificates = defineStep<
  RenewCertificatesGoal,
  Reading<readonly CertificateEntry[]>
>({
  id: "renew-certificates",
  title: "Renew all certificates",
  guide: "Step 1: Renew All Certificates",
  settleMs: 60_000,
  why: ({ certificates }) =>
    `The first of its ${certificates.length} certificates expires ${firstExpiry(certificates)}.`,
  proof: () =>
    "each one has another serial, expires later, and is good for the same names; CAs are untouched",
  observe: (look) => readCertificates(look),
  judge: (seen, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const renamed = goal.certificates.find((planned) => hasOtherNames(planned, seen.value));
    if (renamed !== undefined) {
      return blocked(
        `${renamed.name} is good for other host names than before`,
        "Restore the node's certificates from the archive, find out who changed them, and run again.",
      );
    }
    const left = notRenewed(goal, seen.value);
    const [first] = left;
    if (first === undefined) return satisfied(`${goal.certificates.length} certificates renewed`);
    return needed(`${left.length} to renew; ${first.name}: ${first.because}`);
  },
  change: (seen, goal) => {
    const left = seen.kind === "read" ? notRenewed(goal, seen.value) : [];
    const config = goal.hasConfigFile ? kubeadmConfigFile : undefined;
    // What an interrupted `renew all` has already renewed is left alone.
    const whole = left.length === goal.certificates.length;
    const names = whole ? ["all"] : left.map((one) => one.name);
    return names.map((name) => act(renewCertificate(name, config)));
  },
});

function firstExpiry(certificates: readonly PlannedCertificate[]): string {
  const first = Math.min(...certificates.map((one) => one.notAfter));
  return new Date(first).toISOString().slice(0, 16).replace("T", " ");
}

/** The certificates of the goal that are not renewed yet, and why. */
export function notRenewed(
  goal: Pick<RenewCertificatesGoal, "certificates">,
  entries: readonly CertificateEntry[],
): readonly { readonly name: string; readonly because: string }[] {
  return goal.certificates.flatMap((planned) => {
    const now = certificateOf(entries, planned.name);
    const because =
      now === undefined ? "it cannot be read" : notRenewedBecause(asContent(now, planned), now);
    return because === undefined ? [] : [{ name: planned.name, because }];
  });
}

function asContent(now: Certificate, planned: PlannedCertificate): Certificate {
  return { ...now, ...planned };
}

function hasOtherNames(planned: PlannedCertificate, entries: readonly CertificateEntry[]): boolean {
  const now = certificateOf(entries, planned.name);
  return now !== undefined && !hasSameNames(asContent(now, planned), now);
}
