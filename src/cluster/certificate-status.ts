// One word on each certificate, and how bad it is.

import type { Reading } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import type { Certificate, CertificateContent } from "./certificate.ts";
import type { Found } from "./node-certificates.ts";
import { dayMs } from "./residual.ts";
import type { Endpoint } from "./served.ts";

/** 0 is well, 1 wants attention, 2 wants it now: also the exit code. */
export type Severity = 0 | 1 | 2;

export interface Thresholds {
  readonly warnDays: number;
  readonly criticalDays: number;
}

export const defaultThresholds: Thresholds = { warnDays: 30, criticalDays: 7 };

export type Status =
  | "ok"
  | "warn"
  | "critical"
  | "expired"
  | "not-yet-valid"
  /** Signed by another authority than the one beside it on the node. */
  | "wrong-authority"
  | "missing"
  /** Not there, and need not be. */
  | "absent"
  | "unreadable"
  /** The listener still shows another certificate than the one in the file. */
  | "served-differs"
  /** The listener showed nothing. */
  | "unanswered";

const severities: Readonly<Record<Status, Severity>> = {
  ok: 0,
  absent: 0,
  warn: 1,
  "served-differs": 1,
  unanswered: 1,
  critical: 2,
  expired: 2,
  "not-yet-valid": 2,
  "wrong-authority": 2,
  missing: 2,
  unreadable: 2,
};

export interface Judgement {
  readonly status: Status;
  readonly severity: Severity;
}

function judgement(status: Status): Judgement {
  return { status, severity: severities[status] };
}

export function worst(severities: readonly Severity[]): Severity {
  if (severities.includes(2)) return 2;
  return severities.includes(1) ? 1 : 0;
}

/** A file's certificate. `now` is one clock for all nodes. */
export function judgeFound(found: Found, now: Instant, thresholds: Thresholds): Judgement {
  if (found.kind !== "present") return judgement(found.kind);
  const { certificate } = found;
  const valid = validity(certificate, now, thresholds);
  const isForeign = valid !== "expired" && certificate.isSignedByItsAuthority === false;
  const status = isForeign ? "wrong-authority" : valid;
  return harmless(certificate) ? { status, severity: atMost(1, status) } : judgement(status);
}

/** A certificate made just now by a node whose clock is a little ahead is not a trouble. */
const clockSlackMs = 60_000;

function validity(
  certificate: CertificateContent,
  now: Instant,
  thresholds: Thresholds,
): "ok" | "warn" | "critical" | "expired" | "not-yet-valid" {
  const residualMs = certificate.notAfter - now;
  if (residualMs < 0) return "expired";
  if (certificate.notBefore > now + clockSlackMs) return "not-yet-valid";
  if (residualMs <= thresholds.criticalDays * dayMs) return "critical";
  return residualMs <= thresholds.warnDays * dayMs ? "warn" : "ok";
}

// A kubelet signs its own serving certificate unless told otherwise, and never renews it; the API
// server does not verify it then. root's copy of a kubeconfig is a person's convenience.
function harmless(certificate: Certificate): boolean {
  if (certificate.name === "root-kubeconfig") return true;
  return certificate.name === "kubelet-server" && /^$|@\d+$/.test(certificate.caName);
}

function atMost(limit: Severity, status: Status): Severity {
  return severities[status] > limit ? limit : severities[status];
}

export type Comparison = "same" | "differs" | "in-memory" | "no-file" | "unseen";

/** What a listener showed, beside the file it should show. */
export function judgeServed(
  endpoint: Endpoint,
  seen: Reading<CertificateContent>,
  file: Certificate | undefined,
  at: { readonly now: Instant; readonly thresholds: Thresholds },
): Judgement & { readonly comparison: Comparison } {
  if (seen.kind === "unreadable") return { ...judgement("unanswered"), comparison: "unseen" };
  const status = validity(seen.value, at.now, at.thresholds);
  const comparison = compare(endpoint, seen.value, file);
  if (comparison === "in-memory") return { ...judgement("ok"), comparison };
  if (file !== undefined && harmless(file) && comparison === "same") {
    return { status, severity: atMost(1, status), comparison };
  }
  if (comparison === "differs" && severities[status] < 2) {
    return { ...judgement("served-differs"), comparison };
  }
  return { ...judgement(status), comparison };
}

function compare(
  endpoint: Endpoint,
  served: CertificateContent,
  file: Certificate | undefined,
): Comparison {
  if (endpoint.path === undefined) return "in-memory";
  if (file === undefined) return "no-file";
  return served.fingerprint256 === file.fingerprint256 ? "same" : "differs";
}
