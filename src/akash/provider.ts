// The Akash provider as the cluster shows it: a StatefulSet found by its label, and its pods.

import { counted } from "../core/counted.ts";

/**
 * The chart's label (akash-network/helm-charts, charts/akash-provider); the name is the release's.
 */
export const providerLabel = "app.kubernetes.io/name=provider";

/**
 * Where `provider stop` remembers the replicas to go back to. On the StatefulSet, not on its pods.
 */
export const previousReplicasAnnotation = "drydock.akash/previous-replicas";

export interface ProviderRef {
  readonly namespace: string;
  readonly name: string;
}

export interface ProviderSeen extends ProviderRef {
  /** spec.replicas: what is wanted. */
  readonly replicas: number;
  /** status.replicas: pods that the controller still counts. */
  readonly currentReplicas: number;
  readonly readyReplicas: number;
  /** The controller has seen the latest change of the spec. */
  readonly upToDate: boolean;
  readonly image: string;
  readonly previousReplicas: number | undefined;
  /** Names of pods that exist, whatever their phase. */
  readonly pods: readonly string[];
}

/** What keeps the provider from counting as stopped; undefined when it is. */
export function notStoppedBecause(seen: ProviderSeen): string | undefined {
  const { namespace, name } = seen;
  if (seen.replicas !== 0) return `${namespace}/${name} wants ${counted(seen.replicas, "replica")}`;
  if (!seen.upToDate) return `${namespace}/${name}: its controller has not seen the change yet`;
  if (seen.pods.length > 0) return `${namespace}/${seen.pods.join(", ")} still exists`;
  if (seen.currentReplicas !== 0)
    return `${namespace}/${name} still counts ${seen.currentReplicas}`;
  return undefined;
}

/** At 0, and no `drydock provider stop` says that it is meant to be: some window has stopped it. */
export function isLeftStopped({ replicas, previousReplicas }: ProviderSeen): boolean {
  return replicas === 0 && previousReplicas === undefined;
}

/** What keeps the provider from counting as running with `replicas`; undefined when it is. */
export function notRunningBecause(seen: ProviderSeen, replicas: number): string | undefined {
  const { namespace, name } = seen;
  if (seen.replicas !== replicas) {
    return `${namespace}/${name} wants ${counted(seen.replicas, "replica")}, not ${replicas}`;
  }
  if (!seen.upToDate) return `${namespace}/${name}: its controller has not seen the change yet`;
  if (seen.readyReplicas !== replicas) {
    return `${namespace}/${name}: ${seen.readyReplicas} of ${replicas} ready`;
  }
  return undefined;
}
