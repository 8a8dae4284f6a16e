// The StatefulSet controller: sees a change a moment later, ends pods gracefully, starts new ones,
// one after the other.

import { type Model, newId, type Pod, type StatefulSet } from "../model.ts";
import type { Site } from "../site.ts";
import type { By } from "../transition.ts";
import { isFull } from "./etcd.ts";
import { isAlive } from "./leaders.ts";
import { lookAtLease, providerEnds } from "./provider.ts";
import { planBinding } from "./scheduler.ts";

const noticeMs = 300;

export function scaleSet(site: Site, set: StatefulSet, replicas: number, by: By): void {
  const { namespace, name } = set;
  const from = set.replicas;
  if (from !== replicas) {
    set.replicas = replicas;
    set.generation += 1;
  }
  site.see({ kind: "scaled", namespace, name, from, to: replicas, by });
  planSync(site.model, set, noticeMs);
}

function planSync(model: Model, { namespace, name }: StatefulSet, ms: number): void {
  model.events.push({ at: model.now + ms, kind: "controller-syncs", namespace, set: name });
}

/** Does nothing while no controller-manager leads, or etcd takes no write: the change waits. */
export function syncSet(site: Site, namespace: string, name: string): void {
  const { model } = site;
  const set = model.sets.find((one) => one.namespace === namespace && one.name === name);
  if (set === undefined) return;
  const lock = model.leaderLocks.find((one) => one.name === "kube-controller-manager");
  if (lock === undefined || !isAlive(model, lock) || isFull(model)) {
    planSync(model, set, 1000);
    return;
  }
  set.observedGeneration = set.generation;
  const pods = podsOf(model, set);
  // OrderedReady: each pod waits until those before it are ready, and they end from the last one
  // on.
  for (let ordinal = 0; ordinal < set.replicas; ordinal++) {
    const pod = pods.find((one) => ordinalOf(one) === ordinal);
    if (pod === undefined) startPod(model, set, ordinal);
    if (pod?.ready !== true) return;
  }
  const last = pods
    .filter((one) => ordinalOf(one) >= set.replicas)
    .sort(byOrdinal)
    .at(-1);
  if (last === undefined || last.terminating) return;
  providerEnds(site, last);
  endSoon(model, last);
}

function ordinalOf({ name }: Pod): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}

function byOrdinal(one: Pod, other: Pod): number {
  return ordinalOf(one) - ordinalOf(other);
}

/** A pod has become ready, or has gone: its set may wait for that. */
function nextOfSet(model: Model, { namespace, owner }: Pod): void {
  const set = model.sets.find((one) => one.namespace === namespace && one.name === owner.name);
  if (set !== undefined && owner.kind === "StatefulSet") planSync(model, set, noticeMs);
}

export function podsOf(model: Model, set: StatefulSet): readonly Pod[] {
  return model.pods.filter(
    (pod) =>
      pod.namespace === set.namespace &&
      pod.owner.kind === "StatefulSet" &&
      pod.owner.name === set.name,
  );
}

function endSoon(model: Model, pod: Pod): void {
  pod.terminating = true;
  pod.ready = false;
  model.events.push({ at: model.now + model.paces.providerEndMs, kind: "pod-gone", uid: pod.uid });
}

function startPod(model: Model, set: StatefulSet, ordinal: number): void {
  const pod: Pod = {
    namespace: set.namespace,
    name: `${set.name}-${ordinal}`,
    uid: `pod-${newId(model)}`,
    labels: set.selector,
    owner: { kind: "StatefulSet", name: set.name },
    nodeName: "",
    createdAt: model.now,
    ready: false,
    terminating: false,
    restarts: 0,
    reboots: 0,
  };
  model.pods.push(pod);
  planBinding(model, pod, model.paces.providerMs);
}

export function readyPod(site: Site, uid: string): void {
  const { model } = site;
  const pod = model.pods.find((one) => one.uid === uid);
  if (pod === undefined || pod.terminating) return;
  pod.ready = true;
  nextOfSet(model, pod);
  // A tenant's, whose checks may have failed meanwhile.
  for (const [key, lease] of model.leases) {
    if (lease.namespace === pod.namespace) lookAtLease(site, key);
  }
}

export function endPod(model: Model, uid: string): void {
  const at = model.pods.findIndex((one) => one.uid === uid);
  const [pod] = at < 0 ? [] : model.pods.splice(at, 1);
  if (pod !== undefined) nextOfSet(model, pod);
}
