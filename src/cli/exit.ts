// Exit codes, one per kind of trouble, so that scripts need not read messages. Also in the README.

import type { Blocker } from "../readiness/blocker.ts";

export const exitCodes = {
  ok: 0,
  /** `drydock certs` only: something expires soon. */
  warning: 1,
  /** `drydock certs` only: something has expired, or does within days, or is not served. */
  critical: 2,
  blocked: 3,
  /** A window stopped half-way: the provider stays as it is. `drydock status`: a window is open. */
  stopped: 4,
  /**
   * `drydock leases`: chain, Manifest objects and namespaces do not agree, or a lease is not well.
   */
  leasesDiffer: 5,
  /**
   * `drydock leases`: a set could not be read. A completed window: the leases could not be counted.
   */
  leasesUnknown: 6,
  /** A window is completed, and leases were lost: not closed by their tenants, nor out of funds. */
  leasesLost: 7,
  noInventory: 10,
  brokenInventory: 11,
  refused: 20,
  timedOut: 21,
  hostKey: 22,
  needsPassword: 23,
  unreachable: 24,
  programMissing: 30,
  unauthorized: 31,
  noProvider: 32,
  severalProviders: 33,
  locked: 34,
  noSpace: 35,
  etcd: 36,
  /** This release of the provider is known to destroy leases. */
  providerVersion: 37,
  journal: 40,
  /** `drydock hold`: the operator's command failed. */
  commandFailed: 41,
  /** The operator was asked, and said no. */
  declined: 42,
  usage: 64,
  bug: 70,
  /**
   * The terminal was lost before anything was begun. As a shell tells of a signal: 128, and its
   * number.
   */
  hungUp: 129,
  interrupted: 130,
} as const;

export type ExitKind = keyof typeof exitCodes;

/** How much of a control plane answered, where hosts that had to be reached were not. */
export interface Answering {
  readonly answered: number;
  readonly of: number;
}

/**
 * An operator can do something about it: a message, a remedy, an exit code. Never a bug of ours.
 */
export class Failure extends Error {
  readonly exit: ExitKind;
  readonly remedy: string;
  readonly answering: Answering | undefined;

  constructor(exit: ExitKind, message: string, remedy: string, answering?: Answering) {
    super(message);
    this.exit = exit;
    this.remedy = remedy;
    this.answering = answering;
  }
}

const byBlocker: Readonly<Record<Blocker["kind"], ExitKind>> = {
  unreachable: "unreachable",
  "program-missing": "programMissing",
  unauthorized: "unauthorized",
  "no-provider": "noProvider",
  "several-providers": "severalProviders",
  locked: "locked",
  "no-space": "noSpace",
  etcd: "etcd",
  "provider-version": "providerVersion",
  journal: "journal",
  other: "blocked",
};

/** The kind that all blockers share; `blocked` when there are several. */
export function exitOfBlockers(blockers: readonly Blocker[]): ExitKind {
  const kinds = new Set(blockers.map((blocker) => byBlocker[blocker.kind]));
  // What a held lock's window is doing may look like any other trouble.
  if (kinds.has("locked")) return "locked";
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : "blocked";
}
