// The guide's "Step 1: Renew All Certificates": kubeadm's act, judged by the certificates
// themselves.

import { type Certificate, hasSameNames, notRenewedBecause } from "../cluster/certificate.ts";
import { type CertificateEntry, certificateOf } from "../cluster/node-certificates.ts";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { type Act, act } from "../core/command.ts";
import { type Reading, read } from "../core/outcome.ts";
import {
  blocked,
  defineStep,
  type Look,
  needed,
  satisfied,
  unclear,
  type Verdict,
} from "../core/step.ts";
import { renewCertificate } from "../programs/kubeadm.ts";
import {
  parseRenewalFiles,
  type RenewalFiles,
  readRenewalFiles,
} from "../programs/renewal-files.ts";
import { certificatesOf, readNodeFiles } from "./read-certificates.ts";

/** What a certificate was when the window was planned. */
export type PlannedCertificate = {
  readonly name: string;
  readonly serialHex: string;
  readonly notAfter: number;
  readonly subjectAltNames: readonly string[];
  /** As kubeadm names it on the node, and where it really lies: what an archive calls it. */
  readonly path: string;
  readonly file: string;
};

export type RenewCertificatesGoal = {
  readonly certificates: readonly PlannedCertificate[];
  /** kubeadm's configuration on the node; without it kubeadm asks the API, or assumes defaults. */
  readonly hasConfigFile: boolean;
  /** What it was before, on the node: a tar of this window's, absolute path. */
  readonly archive: string;
  /**
   * How far its clock was ahead of ours when the window was planned, milliseconds. Absent in plans
   * of earlier versions.
   */
  readonly clockOffsetMs?: number;
};

/** What a renewal looks at. */
export interface RenewalSeen {
  readonly certificates: Reading<readonly CertificateEntry[]>;
  readonly files: Reading<RenewalFiles>;
  /** How much further ahead its clock is than when the window was planned. */
  readonly aheadMs?: number;
}

/**
 * kubeadm dates a certificate 5 minutes back (since 1.31, CertificateBackdate): what a clock that
 * is further ahead makes is not valid yet once the clock is right, and nobody believes it.
 */
const aheadMsMax = 4 * 60_000;

/** kubeadm writes in place: what finds no room is cut off, and the old file is gone. */
export const renewalBytes = 10 * 1024 * 1024;

export const renewCertificates = defineStep<RenewCertificatesGoal, RenewalSeen>({
  id: "renew-certificates",
  title: "Renew all certificates",
  guide: "Step 1: Renew All Certificates",
  settleMs: 60_000,
  why: ({ certificates }) =>
    `The first of its ${certificates.length} certificates expires ${firstExpiry(certificates)}.`,
  proof: () =>
    "each one has another serial, expires later, is good for the same names, and fits its key; CAs are untouched",
  observe: (look, goal) => lookAtRenewal(look, goal),
  judge: (seen, goal) => {
    const known = knownOf(seen);
    if (known.kind === "unreadable") return unclear(known.because);
    const { entries } = known.value;
    const renamed = goal.certificates.find((planned) => hasOtherNames(planned, entries));
    if (renamed !== undefined) {
      return blocked(
        `${renamed.name} is good for other host names than before`,
        "Restore the node's certificates from the archive, find out who changed them, and run again.",
      );
    }
    const left = leftToRenew(goal, known.value);
    const [first] = left;
    if (first === undefined) return satisfied(`${goal.certificates.length} certificates renewed`);
    const names = left.map(({ name }) => name);
    const hindered = hindrance(goal, names, known.value);
    if (hindered !== undefined) return hindered;
    // What tells the time there may set it right in a moment, as after a boot.
    const clock = clockHindrance(seen);
    if (clock !== undefined) return unclear(clock.because);
    return needed(`${left.length} to renew; ${first.name}: ${first.because}`);
  },
  atLast: clockHindrance,
  change: (seen, goal) => renewals(seen, goal),
});

export async function lookAtRenewal(look: Look, goal: RenewCertificatesGoal): Promise<RenewalSeen> {
  const pairs = goal.certificates.flatMap((one) => pairOf(one) ?? []);
  const [node, files] = await Promise.all([
    readNodeFiles(look),
    look.run(readRenewalFiles("/etc/kubernetes", pairs)),
  ]);
  const seen = { certificates: certificatesOf(node), files: parseRenewalFiles(files, pairs) };
  if (node.kind === "unreadable" || goal.clockOffsetMs === undefined) return seen;
  return { ...seen, aheadMs: node.value.clockAt - look.now - goal.clockOffsetMs };
}

/** Without its ending, where the key has a file of its own. */
function pairOf({ path }: PlannedCertificate): string | undefined {
  return path.endsWith(".crt") ? path.slice(0, -".crt".length) : undefined;
}

/** What was seen, where all of it could be read. */
export interface Known {
  readonly entries: readonly CertificateEntry[];
  readonly files: RenewalFiles;
}

export function knownOf({ certificates, files }: RenewalSeen): Reading<Known> {
  if (certificates.kind === "unreadable") return certificates;
  if (files.kind === "unreadable") return files;
  return read({ entries: certificates.value, files: files.value });
}

type Hindrance = Verdict & { readonly kind: "blocked" };

function clockHindrance({ aheadMs = 0 }: RenewalSeen): Hindrance | undefined {
  if (aheadMs <= aheadMsMax) return undefined;
  return {
    kind: "blocked",
    because: `its clock is ${Math.round(aheadMs / 1000)} s further ahead of this machine's than when the window was planned: once it is right, nobody would believe new certificates for that long`,
    remedy:
      "Set its clock right (chronyc makestep, timedatectl), and run again. If it is this machine's that was set back, close this window and plan anew: drydock abandon, then drydock run.",
  };
}

/** Why kubeadm could not renew these, or would do harm; undefined when it can. */
export function hindrance(
  { certificates, archive }: RenewCertificatesGoal,
  names: readonly string[],
  { entries, files }: Known,
): Hindrance | undefined {
  if (files.freeBytes < renewalBytes) {
    return {
      kind: "blocked",
      because: `only ${Math.round(files.freeBytes / 1024)} KiB are free in /etc/kubernetes, and kubeadm would cut files off`,
      remedy: "Make room on that node's disk, and run again.",
    };
  }
  const damaged = certificates.find(
    ({ name }) => names.includes(name) && certificateOf(entries, name) === undefined,
  );
  if (damaged === undefined) return undefined;
  return {
    kind: "blocked",
    because: `${damaged.file} is gone or damaged, and kubeadm makes the new one after the old`,
    remedy: `Put it back on that node from this window's archive, and run again: tar -xzpf ${archive} -C / ${damaged.file.slice(1)}`,
  };
}

/** What an interrupted `renew all` has already renewed, key and certificate, is left alone. */
function renewals(seen: RenewalSeen, goal: RenewCertificatesGoal): readonly Act[] {
  const known = knownOf(seen);
  if (known.kind === "unreadable") return [];
  const left = leftToRenew(goal, known.value).map(({ name }) => name);
  const whole = left.length === goal.certificates.length;
  return renewalsOf(whole ? ["all"] : left, goal);
}

export function renewalsOf(
  names: readonly string[],
  { hasConfigFile }: RenewCertificatesGoal,
): readonly Act[] {
  const config = hasConfigFile ? kubeadmConfigFile : undefined;
  return names.map((name) => act(renewCertificate(name, config)));
}

/** The names of pairs whose key is not their certificate's. */
export function cutPairs(
  { certificates }: RenewCertificatesGoal,
  { differing }: RenewalFiles,
): readonly string[] {
  const cut = certificates.filter((planned) => differing.has(pairOf(planned) ?? ""));
  return cut.map(({ name }) => name);
}

function leftToRenew(
  goal: RenewCertificatesGoal,
  { entries, files }: Known,
): readonly NotRenewed[] {
  const old = notRenewed(goal, entries);
  const cut = cutPairs(goal, files);
  return goal.certificates.flatMap(({ name }) => {
    const because = cut.includes(name) ? "its key is another certificate's" : undefined;
    return old.find((one) => one.name === name) ?? (because === undefined ? [] : { name, because });
  });
}

function firstExpiry(certificates: readonly PlannedCertificate[]): string {
  const first = Math.min(...certificates.map((one) => one.notAfter));
  return new Date(first).toISOString().slice(0, 16).replace("T", " ");
}

interface NotRenewed {
  readonly name: string;
  readonly because: string;
}

/** The certificates of the goal that are not renewed yet, and why. */
export function notRenewed(
  goal: Pick<RenewCertificatesGoal, "certificates">,
  entries: readonly CertificateEntry[],
): readonly NotRenewed[] {
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
