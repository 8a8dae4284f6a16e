// The journal: an append-only list of records, durable before append returns. See docs/journal.md.

import type { Plan } from "./plan.ts";
import type { Verdict } from "./step.ts";
import type { Instant } from "./world.ts";

/**
 * What an outcome leaves in the journal: enough to explain, never the output (it could hold
 * secrets).
 */
export interface OutcomeNote {
  readonly kind: "exited" | "not-sent" | "unknown";
  readonly code?: number;
  readonly because?: string;
}

export type RecordBody =
  | { readonly kind: "planned"; readonly window: string; readonly plan: Plan }
  /**
   * A process is about to take the lock with this epoch: a host that has given out a higher one
   * gave it to another window.
   */
  | { readonly kind: "taking"; readonly epoch: number }
  /**
   * A process took the lock and begins, or goes on; `epoch` is what its commands are fenced with.
   */
  | { readonly kind: "opened"; readonly epoch: number; readonly holder: string }
  /**
   * Another window has held the lock since: seen before this one takes it again, after which
   * nothing shows it.
   */
  | { readonly kind: "overtaken" }
  | { readonly kind: "began"; readonly key: string }
  | { readonly kind: "sending"; readonly key: string; readonly act: string }
  | { readonly kind: "ran"; readonly key: string; readonly outcome: OutcomeNote }
  | {
      readonly kind: "settled";
      readonly key: string;
      readonly verdict: Verdict;
      readonly ms: number;
    }
  /** A standing goal was found lost and is being restored. */
  | { readonly kind: "lost"; readonly key: string; readonly because: string }
  | {
      readonly kind: "stopped";
      readonly key: string;
      readonly because: string;
      readonly remedy: string;
    }
  /** The operator told to leave these gates out from here on. */
  | { readonly kind: "skipping"; readonly gates: readonly string[] }
  /**
   * The operator gave the rest up: only the closing steps remain to be done, and what mends.
   * `superseded`: another window has worked since, so that only what this one paused is resumed.
   */
  | { readonly kind: "abandoned"; readonly superseded?: true }
  | { readonly kind: "closed"; readonly how: "completed" | "abandoned" };

export type JournalRecord = RecordBody & { readonly seq: number; readonly at: Instant };

export interface Journal {
  /** All records so far, oldest first. */
  records(): readonly JournalRecord[];
  /** Returns only once the record would survive a power cut. */
  append(at: Instant, body: RecordBody): Promise<JournalRecord>;
}
