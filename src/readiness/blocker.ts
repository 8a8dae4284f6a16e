// Something that must stop a window before it begins, with its remedy.

import type { LockHolder } from "../core/lock.ts";

export interface Blocker {
  /** Decides the exit code; `other` where no script would tell it apart. */
  readonly kind: BlockerKind;
  /** A host, or the cluster. */
  readonly where: string;
  readonly because: string;
  readonly remedy: string;
}

export type BlockerKind =
  | "unreachable"
  | "program-missing"
  | "unauthorized"
  | "no-provider"
  | "several-providers"
  | "locked"
  | "no-space"
  | "etcd"
  | "provider-version"
  | "journal"
  | "other";

/** A window of this machine that is open, or may be: its journal cannot be read. */
export interface OwnWindow {
  readonly kind: "locked" | "journal";
  readonly window: string;
  readonly because: string;
  readonly remedy: string;
}

export interface Wanted {
  /** Whether a lock is left of a window that was closed on this machine: that is taken away. */
  readonly isRemnant: (lock: LockHolder) => boolean;
  /**
   * The windows that keep another one on this machine from beginning, and what to do about them.
   */
  readonly own?: readonly OwnWindow[];
  /** Free bytes where this machine keeps the window's folder. */
  readonly freeBytesHere: number;
  /** The provider's version that the operator takes the risk of (--accept-provider-version). */
  readonly acceptedVersion?: string | undefined;
  /** Gates that the operator told to leave out (--skip). */
  readonly skip?: readonly string[];
}

/** How a lock that somebody else holds reads. */
export function heldBy(lock: LockHolder): {
  readonly because: string;
  readonly remedy: string;
} {
  const since = new Date(lock.since).toISOString().slice(0, 16).replace("T", " ");
  return {
    because: `the lock is held by window ${lock.window} of ${lock.holder}, since ${since} UTC`,
    remedy: `Finish it there: drydock run, or drydock abandon. If that machine is lost, look at the cluster and take the lock away with \`drydock abandon --break-lock ${lock.window}\`.`,
  };
}
