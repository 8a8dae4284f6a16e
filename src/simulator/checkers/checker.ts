// A checker watches every transition of the model, and says what must never have happened.

import type { Model } from "../model.ts";
import type { Transition } from "../transition.ts";

export interface Checker<Memory = unknown> {
  readonly name: string;
  /** The sentence it stands for, the guide's where it has one. */
  readonly sentence: string;
  /** What it remembers, as plain values: a copied world has a copy of it. */
  memory(): Memory;
  /** Why the transition may not be; undefined when it may. The model is already what it became. */
  see(memory: Memory, transition: Transition, model: Model): string | undefined;
}

/** Forgets the type of the memory, which its owner only passes through. */
export function defineChecker<Memory>(checker: Checker<Memory>): Checker {
  return checker as unknown as Checker;
}
