// The scheduler: a new pod is Pending until one that leads has put it on a node.

import type { Model, Pod } from "../model.ts";
import { takesWrites } from "./api.ts";
import { isAlive } from "./leaders.ts";

const bindMs = 100;
const askAgainMs = 1000;

/** For a pod that has just been made: it is ready so long after it was put on a node. */
export function planBinding(model: Model, { uid }: Pod, readyMs: number): void {
  model.events.push({ at: model.now + bindMs, kind: "pod-binds", uid, readyMs });
}

export function bindPod(model: Model, uid: string, readyMs: number): void {
  const pod = model.pods.find((one) => one.uid === uid);
  if (pod === undefined || pod.terminating) return;
  const lock = model.leaderLocks.find((one) => one.name === "kube-scheduler");
  const node = model.nodes.find((one) => one.ready);
  if (node === undefined || lock === undefined || !isAlive(model, lock) || !takesWrites(model)) {
    model.events.push({ at: model.now + askAgainMs, kind: "pod-binds", uid, readyMs });
    return;
  }
  pod.nodeName = node.name;
  if (Number.isFinite(readyMs)) {
    model.events.push({ at: model.now + readyMs, kind: "pod-ready", uid });
  }
}
