// Reads the Akash provider's objects with kubectl.

import {
  type ProviderRef,
  type ProviderSeen,
  previousReplicasAnnotation,
  providerLabel,
} from "../akash/provider.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read } from "../core/outcome.ts";
import { get, type KubernetesObject, parseList } from "./kubectl.ts";

/**
 * Every provider of the cluster, and in the same answer the pods that carry the provider's label.
 */
export const findProviders: ReadCommand = get([
  "statefulsets,pods",
  "--all-namespaces",
  "-l",
  providerLabel,
]);

export function parseProviders(outcome: Outcome): Reading<readonly ProviderSeen[]> {
  const items = parseList(outcome, "the provider's StatefulSet");
  if (items.kind === "unreadable") return items;
  const sets = items.value.filter((item) => item.kind === "StatefulSet");
  return read(sets.map((set) => providerOf(set, items.value)));
}

/**
 * One of them, from the same answer. Undefined inside the reading when it is not there, or when its
 * selector does not ask for the label, so that pods of it may be missing there: `getProvider` tells
 * then.
 */
export function parseProviderAmong(
  outcome: Outcome,
  { namespace, name }: ProviderRef,
): Reading<ProviderSeen | undefined> {
  const items = parseList(outcome, "the provider's StatefulSet");
  if (items.kind === "unreadable") return items;
  const set = items.value.find(
    ({ kind, metadata }) =>
      kind === "StatefulSet" && metadata.name === name && metadata.namespace === namespace,
  );
  if (set === undefined || !asksForLabel(set)) return read(undefined);
  return read(providerOf(set, items.value));
}

function asksForLabel({ spec }: KubernetesObject): boolean {
  const labels = Object.entries(spec?.selector?.matchLabels ?? {});
  return labels.some(([label, value]) => `${label}=${value}` === providerLabel);
}

/** The StatefulSet and all pods of its namespace: also those whose labels somebody changed. */
export function getProvider(provider: ProviderRef): ReadCommand {
  return get(["-n", provider.namespace, "statefulsets,pods"]);
}

/** Undefined inside the reading when there is no such StatefulSet. */
export function parseProvider(
  outcome: Outcome,
  provider: ProviderRef,
): Reading<ProviderSeen | undefined> {
  const items = parseList(outcome, `StatefulSet ${provider.namespace}/${provider.name}`);
  if (items.kind === "unreadable") return items;
  const set = items.value.find(
    (item) => item.kind === "StatefulSet" && item.metadata.name === provider.name,
  );
  if (set === undefined) return read(undefined);
  return read(providerOf(set, items.value));
}

function providerOf(set: KubernetesObject, items: readonly KubernetesObject[]): ProviderSeen {
  const pods = items.filter((item) => item.kind === "Pod");
  const { name, namespace = "", generation = 0, annotations } = set.metadata;
  const previous = annotations?.[previousReplicasAnnotation];
  return {
    namespace,
    name,
    replicas: set.spec?.replicas ?? 1,
    currentReplicas: set.status?.replicas ?? 0,
    readyReplicas: set.status?.readyReplicas ?? 0,
    upToDate: (set.status?.observedGeneration ?? 0) >= generation,
    image: set.spec?.template?.spec.containers[0]?.image ?? "",
    // What somebody wrote there that is no number tells nothing.
    previousReplicas: /^\d+$/.test(previous ?? "") ? Number(previous) : undefined,
    pods: pods.filter((pod) => belongsTo(pod, set)).map((pod) => pod.metadata.name),
  };
}

export function belongsTo(pod: KubernetesObject, set: KubernetesObject): boolean {
  if (pod.metadata.namespace !== set.metadata.namespace) return false;
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.some((o) => o.kind === "StatefulSet" && o.name === set.metadata.name)) return true;
  const wanted = Object.entries(set.spec?.selector?.matchLabels ?? {});
  return (
    wanted.length > 0 && wanted.every(([label, value]) => pod.metadata.labels?.[label] === value)
  );
}
