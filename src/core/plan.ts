// A plan is a value: the ordered list of (step, host, goal), with all that it needs to remember.

import { invariant } from "./invariant.ts";
import type { Json } from "./json.ts";
import type { Step } from "./step.ts";

export interface PlannedStep {
  /** `step-id@host` or `step-id:what@host`: the only join between plan, journal, screen and log. */
  readonly key: string;
  /** The id of the step in the registry. */
  readonly step: string;
  readonly host: string;
  readonly goal: Json;
  /**
   * Looked at again before every later change, and while one is waited for, and restored if lost:
   * until the closing steps begin, or among them until the one that lifts it.
   */
  readonly standing?: boolean;
  /**
   * The key of a standing goal that this closing step ends. Once one has, only closing steps are
   * left.
   */
  readonly lifts?: string;
  /** Puts the provider back: also what abandoning a window still carries out. */
  readonly closing?: boolean;
  /**
   * The gate it belongs to: left out once the operator has said so, also of a window that was left.
   */
  readonly gate?: string;
}

/**
 * What is done only where a window was cut off between two of its steps: before all else, and
 * although nobody may be able to see the standing goals. See docs/decisions/0010.
 */
export interface Mending extends PlannedStep {
  /**
   * The keys of the step for which something was sent, and of the one that has not settled since.
   */
  readonly between: readonly [string, string];
}

export function isMending(planned: PlannedStep): boolean {
  return "between" in planned;
}

/** What the window is for: only a rotation and a hold are gone on with; the others start anew. */
export type Purpose = "rotation" | "hold" | "provider-stop" | "provider-start" | "backup";

/**
 * Another as soon as a goal or the order means something else: such a window is not gone on with.
 * Closing steps keep their meaning: every window can be abandoned, and gives its provider back.
 */
export const planVersion = 2;

export interface Plan {
  readonly version: typeof planVersion;
  readonly purpose: Purpose;
  readonly cluster: string;
  /**
   * Tells this cluster from every other one, whatever it is called; absent where it could not be
   * read.
   */
  readonly clusterId?: string;
  /** Hosts that carry the lock: every control plane node. */
  readonly lockHosts: readonly string[];
  readonly steps: readonly PlannedStep[];
  readonly mendings?: readonly Mending[];
  /** Gates that the operator told to leave out, for the report. */
  readonly skipped?: readonly string[];
}

/** The steps by id: how a plan read from a journal finds its code again. */
export type Registry = ReadonlyMap<string, Step>;

export function stepOf(registry: Registry, planned: PlannedStep): Step {
  const step = registry.get(planned.step);
  invariant(step !== undefined, `the plan names an unknown step ${planned.step}`);
  return step;
}

function stepKey(step: string, host: string, what?: string): string {
  return what === undefined ? `${step}@${host}` : `${step}:${what}@${host}`;
}

export function planStep(step: string, host: string, goal: Json, what?: string): PlannedStep {
  return { key: stepKey(step, host, what), step, host, goal };
}
