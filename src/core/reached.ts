// How the attempt to reach a step's goal ended, in the words of the engine.

import type { PlannedStep } from "./plan.ts";
import type { Verdict } from "./step.ts";

type Unreached = Exclude<Verdict, { readonly kind: "satisfied" }>;

export type Reached =
  | Verdict
  | { readonly kind: "interrupted" }
  /** A standing goal that could not be restored: that stops the window, not the step at work. */
  | { readonly kind: "fallen"; readonly standing: PlannedStep; readonly verdict: Unreached }
  | FencedOut;

/** The host refused: the lock is not this window's any more. */
export interface FencedOut {
  readonly kind: "fenced-out";
  readonly key: string;
  readonly because: string;
}

export type NotReached = Exclude<Reached, { readonly kind: "satisfied" }>;

/** Of a standing goal that was to be restored. */
export function fallen(standing: PlannedStep, reached: NotReached): NotReached {
  const isVerdict =
    reached.kind === "needed" || reached.kind === "unclear" || reached.kind === "blocked";
  return isVerdict ? { kind: "fallen", standing, verdict: reached } : reached;
}

/** With what the commands for it have said against it. */
export function explain(verdict: Reached, complaints: readonly string[]): Reached {
  const { kind } = verdict;
  const isVerdict = kind === "needed" || kind === "unclear" || kind === "blocked";
  if (complaints.length === 0 || !isVerdict) return verdict;
  return { ...verdict, because: `${verdict.because} (${complaints.join("; ")})` };
}
