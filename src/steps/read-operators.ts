// The provider's operators as they are now: for the survey before a window, and for the check after
// it.

import { type OperatorBefore, operatorNamespaces } from "../akash/operators.ts";
import { type Reading, read } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import {
  listOperators,
  notReadyBecause,
  type Operator,
  parseOperators,
} from "../programs/operator-objects.ts";

/**
 * Of the provider's namespace and of akash-services; those of the latter by `akash-services/NAME`.
 */
export async function seeOperators(
  look: Pick<Look, "run">,
  namespace: string,
): Promise<Reading<readonly Operator[]>> {
  const all: Operator[] = [];
  for (const one of operatorNamespaces(namespace)) {
    const seen = parseOperators(await look.run(listOperators(one)));
    if (seen.kind === "unreadable") return seen;
    const named = (name: string) => (one === namespace ? name : `${one}/${name}`);
    all.push(...seen.value.map((operator) => ({ ...operator, name: named(operator.name) })));
  }
  return read(all);
}

export function rememberOperator(one: Operator): OperatorBefore {
  const { name, replicas } = one;
  const notReady = notReadyBecause(one);
  return { name, replicas, ...(notReady === undefined ? {} : { notReady }) };
}
