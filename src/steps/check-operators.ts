// Whether what the provider waits for at its start is there: its operators, and its own RPC node.

import {
  notWantedAsBefore,
  type OperatorBefore,
  operatorNamespaces,
  operatorsNamespace,
} from "../akash/operators.ts";
import type { Reading } from "../core/outcome.ts";
import { defineCheck, satisfied, unclear } from "../core/step.ts";
import { notReadyBecause, type Operator } from "../programs/operator-objects.ts";
import { seeOperators } from "./read-operators.ts";

export type CheckOperatorsGoal = {
  readonly namespace: string;
  /** Those that wanted replicas before; absent when that is not known, and in old journals. */
  readonly operators?: readonly OperatorBefore[];
};

export const checkOperators = defineCheck<CheckOperatorsGoal, Reading<readonly Operator[]>>({
  id: "check-operators",
  title: "Check the provider's operators",
  guide: "Restart Provider After Maintenance (it does not say that the provider waits for them)",
  settleMs: 300_000,
  pollMs: 1000,
  why: () => "Without its operators the provider answers nobody, and its monitors do not start.",
  proof: ({ namespace }) =>
    `each operator in ${where(namespace)} wants the replicas it wanted before, and has them ready and up to date where it had before`,
  remedy: ({ namespace }) =>
    `Look at the operators in ${where(namespace)} (kubectl -n ${operatorsNamespace} get deployments,statefulsets,pods), mend them, and run again.`,
  observe: (look, { namespace }) => seeOperators(look, namespace),
  judge: (seen, { namespace, operators }) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    // Nobody waits for one that was not ready before: it may have been so for weeks.
    const ill = new Set((operators ?? []).filter(wasIll).map((one) => one.name));
    const missing = seen.value.filter((one) => notReadyBecause(one) !== undefined);
    const trouble = [
      ...notWantedAsBefore(operators ?? [], seen.value),
      ...missing.flatMap((one) => (ill.has(one.name) ? [] : (notReadyBecause(one) ?? []))),
    ];
    if (trouble.length > 0) return unclear(trouble.join("; "));
    const names = seen.value
      .filter((one) => one.replicas > 0 && !missing.includes(one))
      .map((one) => one.name);
    const still = missing.flatMap((one) => `; as before ${notReadyBecause(one)}`).join("");
    const before = `${operators === undefined ? "; what ran before is not known" : ""}${still}`;
    if (names.length === 0) {
      return satisfied(`no operator is meant to run in ${where(namespace)}${before}`);
    }
    return satisfied(`ready: ${names.join(", ")}${before}`);
  },
});

function wasIll({ notReady }: OperatorBefore): boolean {
  return notReady !== undefined;
}

function where(namespace: string): string {
  return operatorNamespaces(namespace).join(" and ");
}
