// Everything the engine cannot know for certain comes in through the World; the simulator is
// another one.

import type { Chain } from "./chain.ts";
import type { Command, Fetch } from "./command.ts";
import type { Journal } from "./journal.ts";
import type { Outcome } from "./outcome.ts";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export interface Clock {
  now(): Instant;
  wait(ms: number): Promise<void>;
}

/** A machine we reach. The lowest seam: what ssh/ and the simulator implement. */
export interface Host {
  readonly name: string;
  run(command: Command): Promise<Outcome>;
  /** Copies a file here; `exited` 0 only when both sides have the same SHA-256. */
  fetch(fetch: Fetch): Promise<Outcome>;
}

/** What is known of a file in the window's folder on the operator's machine. */
export interface StoredFile {
  readonly sizeBytes: number;
  readonly mode: number;
  readonly sha256: string;
  /**
   * SHA-256 of all but the last 32 bytes, and those 32 bytes: etcd appends the one as the other.
   */
  readonly bodySha256: string;
  readonly trailerHex: string;
  /** The first 8 KiB, where bbolt keeps its two meta pages (4 KiB pages). */
  readonly headHex: string;
}

/** The window's folder on the operator's machine. */
export interface Store {
  /** Where it is, for people. */
  readonly location: string;
  stat(name: string): Promise<StoredFile | undefined>;
}

export interface World {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly chain: Chain;
  readonly store: Store;
  /** True once the operator has asked to stop; the act in flight is still finished and recorded. */
  interrupted(): boolean;
}
