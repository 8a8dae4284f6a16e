// How long a certificate lives that kubeadm signs on a node: a year, unless its configuration says
// otherwise.

import type { Instant } from "../core/world.ts";
import type { HostFacts } from "./facts.ts";

/** kubeadm's own CertificateValidity, and the default of certificateValidityPeriod. */
export const yearMs = 365 * 24 * 3600 * 1000;

/**
 * kubeadm 1.31 was the first to know certificateValidityPeriod (v1beta4); `certs renew` heeds it,
 * as seen on the rig with 1.33.5, in ConfigMap kubeadm-config too where the node has no file. What
 * cannot be read or understood counts as a year.
 */
export function signedForMs({ basics, certificates }: HostFacts): number {
  if (basics.kind === "unreadable" || certificates.kind === "unreadable") return yearMs;
  if (!knowsThePeriod(basics.value.kubeadmVersion)) return yearMs;
  return durationMs(certificates.value.validityPeriod ?? "") ?? yearMs;
}

/** The end of what kubeadm would sign on this host now, on the host's own clock. */
export function signedUntil(host: HostFacts, surveyedAt: Instant): Instant {
  return clockOf(host, surveyedAt) + signedForMs(host);
}

/** The host's own clock at the time of the survey; ours where it could not be told. */
export function clockOf({ basics }: HostFacts, surveyedAt: Instant): Instant {
  return surveyedAt + (basics.kind === "read" ? basics.value.clockOffsetMs : 0);
}

function knowsThePeriod(version: string): boolean {
  const [, minor] = /^v1\.(\d+)\./.exec(version) ?? [];
  return minor !== undefined && Number(minor) >= 31;
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Of Go's notation, `87600h0m0s`; undefined when it is not understood, or is nothing. */
function durationMs(text: string): number | undefined {
  const whole = text.replace(/\s+#.*$/, "");
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(whole)) return undefined;
  const parts = [...whole.matchAll(/([\d.]+)(h|ms|m|s)/g)];
  const sum = parts.reduce(
    (ms, [, count, unit]) => ms + Number(count) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
  return sum > 0 ? sum : undefined;
}
