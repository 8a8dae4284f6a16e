// What the leases' workloads are in the model, and whether anything happened to them.

import type { Model } from "../simulator/model.ts";

export interface Workload {
  readonly namespace: string;
  /** The deployment's number on the chain. */
  readonly dseq: string;
  /** On the chain: `active`, or what it was closed as. */
  readonly state: string;
  readonly pods: readonly {
    readonly uid: string;
    readonly restarts: number;
    readonly ready: boolean;
  }[];
}

/** One for each lease. */
export function workloadsOf({ leases, pods }: Model): readonly Workload[] {
  return [...leases.values()].map(({ id, namespace, state }) => ({
    namespace,
    dseq: id.dseq,
    state,
    pods: pods
      .filter((pod) => pod.namespace === namespace)
      .map(({ uid, restarts, ready, terminating }) => ({
        uid,
        restarts,
        ready: ready && !terminating,
      })),
  }));
}

/**
 * Those whose lease and pods are what they were: the same pods, as ready, not restarted, none more.
 */
export function untouched(
  before: readonly Workload[],
  after: readonly Workload[],
): readonly Workload[] {
  const known = new Set(after.map((now) => JSON.stringify(now)));
  return before.filter((was) => known.has(JSON.stringify(was)));
}

/** These two end by themselves where they can write nowhere for a while. */
const leaders = ["kube-scheduler", "kube-controller-manager"];

/** What a window changes before all else, and more, as text: equal texts mean that nothing was. */
export function stateText({ hosts, sets, pods, leases }: Model): string {
  const nodes = [...hosts.values()].map(({ name, files, containers, etcdUnit }) => ({
    name,
    files: [...files].map(([path, { content, mode }]) => ({ path, content, mode })),
    containers: containers.filter((one) => !leaders.includes(one.name)),
    etcdUnit,
  }));
  const scaled = sets.map(({ namespace, name, replicas }) => ({ namespace, name, replicas }));
  return JSON.stringify({ nodes, scaled, pods, leases: [...leases.values()] });
}
