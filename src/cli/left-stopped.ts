// A provider that was at 0 before a window, and so is at 0 after it. Where nobody has stopped it
// with `drydock provider stop`, a window that is lost has, and nobody can tell how many replicas it
// had.

import { isObject } from "../core/json.ts";
import type { Plan } from "../core/plan.ts";
import { sayAgain } from "./finish.ts";

const atZero = "the provider is at 0, and no `drydock provider stop` says that it is meant to be";

/** A sentence where the plan found it so; it ends with the command, for whoever copies it. */
export function staysAtZero({ steps }: Plan, source: string): readonly string[] {
  return steps.flatMap(({ step, goal }) => {
    if (step !== "start-provider" || !isObject(goal) || goal.replicas !== 0) return [];
    if (goal.leftStopped === true)
      return [`${atZero}; this window leaves it there. ${toStart(source)}`];
    const start = sayAgain("provider start", source);
    return [
      `the provider stays stopped, as \`drydock provider stop\` left it. To start it: ${start}`,
    ];
  });
}

/** The same, of what was just seen. */
export function foundStopped(source: string): string {
  return `${atZero}. ${toStart(source)}`;
}

export function toStart(source: string): string {
  return `To start it, with as many replicas as it had: ${sayAgain("provider start", source)} --replicas 1`;
}
