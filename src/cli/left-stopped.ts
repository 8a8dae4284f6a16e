// A provider at 0 that nobody has stopped with `drydock provider stop`: a window that is lost has, and what
// finds it so leaves it so, as nobody can tell how many replicas it had.

import { isObject } from "../core/json.ts";
import type { Plan } from "../core/plan.ts";
import { sayAgain } from "./finish.ts";

const atZero = "the provider is at 0, and no `drydock provider stop` says that it is meant to be";

/** A sentence where the plan found it so; it ends with the command, for whoever copies it. */
export function leftStopped({ steps }: Plan, source: string): readonly string[] {
  const isLeft = steps.some(
    ({ step, goal }) => step === "start-provider" && isObject(goal) && goal.leftStopped === true,
  );
  return isLeft ? [`${atZero}; this window leaves it there. ${toStart(source)}`] : [];
}

/** The same, of what was just seen. */
export function foundStopped(source: string): string {
  return `${atZero}. ${toStart(source)}`;
}

function toStart(source: string): string {
  return `To start it, with as many replicas as it had: ${sayAgain("provider start", source)} --replicas 1`;
}
