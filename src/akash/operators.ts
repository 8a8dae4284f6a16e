// The provider's operators, as a window's plan remembers them.

import { counted } from "../core/counted.ts";

/**
 * Where the provider looks for its operators, in whatever namespace it is itself
 * (akash-network/provider, cluster/kube/operators/clients/hostname/client.go and
 * inventory/client.go).
 */
export const operatorsNamespace = "akash-services";

/** The provider's own namespace first. */
export function operatorNamespaces(namespace: string): readonly string[] {
  return namespace === operatorsNamespace ? [namespace] : [namespace, operatorsNamespace];
}

/** One that wanted replicas before a window, and must want as many at its end. */
export type OperatorBefore = {
  /** With its namespace before it where that is not the provider's own. */
  readonly name: string;
  readonly replicas: number;
  /** Why it was not ready already; absent when it was. */
  readonly notReady?: string;
};

/** A line for each that wants less than before, or is gone. */
export function notWantedAsBefore(
  before: readonly OperatorBefore[],
  now: readonly OperatorBefore[],
): readonly string[] {
  return before.flatMap(({ name, replicas }) => {
    const seen = now.find((one) => one.name === name);
    if (seen === undefined) return [`${name} is gone, and wanted ${replicas} before`];
    return seen.replicas < replicas
      ? [`${name} wants ${counted(seen.replicas, "replica")}, and ${replicas} before`]
      : [];
  });
}
