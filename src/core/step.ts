// A step: observe (reads only), judge (pure), change (pure: returns acts as data).

import type { Chain } from "./chain.ts";
import type { Act, ReadCommand } from "./command.ts";
import type { Json } from "./json.ts";
import type { Outcome } from "./outcome.ts";
import type { Instant, StoredFile } from "./world.ts";

/** What a step may look with: its own host, and what the window has stored here. */
export interface Look {
  readonly host: string;
  readonly now: Instant;
  run(command: ReadCommand): Promise<Outcome>;
  stored(name: string): Promise<StoredFile | undefined>;
  /** No host stands between: it is asked from here. */
  readonly chain: Chain;
}

export type Verdict =
  /** `detail`: what a report tells beside it. It is journalled too: nothing secret. */
  | { readonly kind: "satisfied"; readonly because: string; readonly detail?: Json }
  | { readonly kind: "needed"; readonly because: string }
  /** Could not be told now: look again later, and change nothing. */
  | { readonly kind: "unclear"; readonly because: string }
  | { readonly kind: "blocked"; readonly because: string; readonly remedy: string };

export interface Step<Goal extends Json = Json, Seen = unknown> {
  readonly id: string;
  /** Present tense, for people: "Renew the certificates". */
  readonly title: string;
  /** The heading of the maintenance guide that this carries out, or why it is added to it. */
  readonly guide: string;
  /** How long the world may take to show the goal, before and after a change. */
  readonly settleMs: number | ((goal: Goal) => number);
  /** How often to look while waiting. Default 1000. */
  readonly pollMs?: number;
  /** One sentence each for the plan: what is reached, and how it will be known. */
  readonly why: (goal: Goal) => string;
  readonly proof: (goal: Goal) => string;
  /** What to do when the goal was not shown in time. Default: look, mend it, and run again. */
  readonly remedy?: (goal: Goal) => string;
  observe(look: Look, goal: Goal): Promise<Seen>;
  judge(seen: Seen, goal: Goal): Verdict;
  /**
   * The verdict when its time is over and it is still unclear; without one the window stops with
   * that.
   */
  atLast?(seen: Seen, goal: Goal): Verdict | undefined;
  /**
   * For a plan, which looks before anything is done: the id of the step whose change undoes what is
   * seen here. Undefined where none does.
   */
  undoneBy?(seen: Seen, goal: Goal): string | undefined;
  /** It is a check: nothing is ever changed for it. */
  readonly onlyLooks?: true;
  /** A branch in here means two steps. */
  change(seen: Seen, goal: Goal): readonly Act[];
}

export function settleMsOf(step: Step, goal: Json): number {
  return typeof step.settleMs === "number" ? step.settleMs : step.settleMs(goal);
}

/** Forgets the types of goal and seen, which the plan and the engine only pass through. */
export function defineStep<Goal extends Json, Seen>(step: Step<Goal, Seen>): Step {
  return step as unknown as Step;
}

/** A gate: its goal is waited for, never worked for. */
export function defineCheck<Goal extends Json, Seen>(
  check: Omit<Step<Goal, Seen>, "change" | "onlyLooks" | "undoneBy">,
): Step {
  return defineStep<Goal, Seen>({ ...check, onlyLooks: true, change: () => [] });
}

export function satisfied(because: string, detail?: Json): Verdict {
  return { kind: "satisfied", because, ...(detail === undefined ? {} : { detail }) };
}

export function needed(because: string): Verdict {
  return { kind: "needed", because };
}

export function unclear(because: string): Verdict {
  return { kind: "unclear", because };
}

export function blocked(because: string, remedy: string): Verdict {
  return { kind: "blocked", because, remedy };
}
