// Reads with kubectl what works beside the provider: its operators, and the chain's node where it
// runs in the same namespace.

import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read } from "../core/outcome.ts";
import { get, type KubernetesObject, parseList } from "./kubectl.ts";

/** A Deployment or StatefulSet that the provider needs. */
export interface Operator {
  readonly kind: string;
  readonly name: string;
  /** spec.replicas: what is wanted. */
  readonly replicas: number;
  readonly readyReplicas: number;
  /** Of those that are made from its newest template. */
  readonly updatedReplicas: number;
  /** Its controller has seen the latest change of the spec. */
  readonly upToDate: boolean;
}

export function listOperators(namespace: string): ReadCommand {
  return get(["-n", namespace, "deployments,statefulsets"]);
}

export function parseOperators(outcome: Outcome): Reading<readonly Operator[]> {
  const items = parseList(outcome, "the provider's operators");
  if (items.kind === "unreadable") return items;
  return read(items.value.filter((item) => isOperator(item) || isNode(item)).map(operatorOf));
}

/** As all charts of operators label them (akash-network/helm-charts). */
function isOperator({ kind, metadata: { labels = {} } }: KubernetesObject): boolean {
  return (
    kind === "Deployment" &&
    labels["app.kubernetes.io/part-of"] === "provider" &&
    labels["app.kubernetes.io/component"] === "operator"
  );
}

/** charts/akash-node: a Deployment in old releases. */
function isNode({ metadata: { labels = {} } }: KubernetesObject): boolean {
  return labels.app === "akash-node" || labels["app.kubernetes.io/name"] === "akash-node";
}

export function operatorOf({ kind, metadata, spec, status }: KubernetesObject): Operator {
  const { name, generation = 0 } = metadata;
  const replicas = spec?.replicas ?? 1;
  return {
    kind,
    name,
    replicas,
    readyReplicas: status?.readyReplicas ?? 0,
    // A StatefulSet may keep pods of an older template on purpose.
    updatedReplicas: kind === "Deployment" ? (status?.updatedReplicas ?? 0) : replicas,
    upToDate: (status?.observedGeneration ?? 0) >= generation,
  };
}

/** What keeps it from doing its work; undefined when nothing does. */
export function notReadyBecause(one: Operator): string | undefined {
  const { name, replicas, readyReplicas, updatedReplicas, upToDate } = one;
  if (replicas === 0) return undefined;
  if (!upToDate) return `${name}: its controller has not seen the change yet`;
  if (updatedReplicas < replicas) return `${name}: ${updatedReplicas} of ${replicas} up to date`;
  return readyReplicas < replicas ? `${name}: ${readyReplicas} of ${replicas} ready` : undefined;
}
