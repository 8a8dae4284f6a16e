// The provider's operators: Deployments of one pod, and what the one for the inventory knows. It
// does not notice that its watch has ended, and shows nothing from then on
// (akash-network/helm-charts#402).

import { controlPlane, type Model, newId, type Pod } from "../model.ts";
import type { Deployment } from "../operators.ts";
import type { Site } from "../site.ts";
import { isReady } from "./api.ts";
import { isFull } from "./etcd.ts";
import { isAlive } from "./leaders.ts";
import { planBinding } from "./scheduler.ts";

const noticeMs = 300;
const startMs = 2000;

/** `kubectl rollout restart`: a change of the pods' template. */
export function restartDeployment(model: Model, deployment: Deployment): void {
  deployment.generation += 1;
  planRoll(model, deployment, noticeMs);
}

function planRoll(model: Model, { namespace, name }: Deployment, ms: number): void {
  model.events.push({ at: model.now + ms, kind: "deployment-rolls", namespace, name });
}

/** A new pod beside the old one, which is only ended when the new one is ready. */
export function rollDeployment(site: Site, namespace: string, name: string): void {
  const { model } = site;
  const deployment = model.deployments.find(
    (one) => one.namespace === namespace && one.name === name,
  );
  if (deployment === undefined) return;
  const lock = model.leaderLocks.find((one) => one.name === "kube-controller-manager");
  if (lock === undefined || !isAlive(model, lock) || isFull(model)) {
    planRoll(model, deployment, 1000);
    return;
  }
  deployment.observedGeneration = deployment.generation;
  const owner = `${name}-${deployment.generation}`;
  const pods = podsOfDeployment(model, deployment);
  if (pods.some((one) => one.owner.name === owner)) return;
  const made = { number: newId(model), now: model.now, ready: false };
  const pod = { ...operatorPod(deployment, made), nodeName: "" };
  model.pods.push(pod);
  planBinding(model, pod, deployment.broken ? Number.POSITIVE_INFINITY : startMs);
}

export function operatorPod(
  deployment: Deployment,
  {
    number,
    now,
    ready,
  }: { readonly number: number; readonly now: number; readonly ready: boolean },
): Pod {
  const { namespace, name, labels, generation } = deployment;
  return {
    namespace,
    name: `${name}-${generation}-${number}`,
    uid: `${name}-${generation}-${number}`,
    labels,
    owner: { kind: "ReplicaSet", name: `${name}-${generation}` },
    nodeName: "node1",
    createdAt: now,
    ready,
    terminating: false,
    restarts: 0,
    reboots: 0,
  };
}

export function podsOfDeployment(model: Model, deployment: Deployment): readonly Pod[] {
  const prefix = `${deployment.name}-`;
  const isOne = (name: string) =>
    name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
  return model.pods.filter(
    ({ namespace, owner }) => namespace === deployment.namespace && isOne(owner.name),
  );
}

/** Its predecessors end; the one for the inventory begins to watch an API server, and knows all. */
export function operatorStarted(model: Model, uid: string): void {
  const started = model.pods.find((one) => one.uid === uid);
  if (started?.owner.kind !== "ReplicaSet") return;
  for (const deployment of model.deployments) {
    const pods = podsOfDeployment(model, deployment);
    if (!pods.includes(started)) continue;
    remove(model, pods.slice(0, pods.indexOf(started)));
    if (isInventory(deployment)) {
      const ready = controlPlane(model).find((host) => isReady(model, host));
      model.inventory.watches = ready?.name ?? "";
      model.inventory.lost = ready === undefined;
    }
  }
}

function remove(model: Model, pods: readonly Pod[]): void {
  for (const pod of pods) model.pods.splice(model.pods.indexOf(pod), 1);
}

/** An API server has ended, and every watch of it. */
export function loseWatches(model: Model, host: string): void {
  if (model.inventory.watches === host) model.inventory.lost = true;
}

function isInventory({ labels }: Deployment): boolean {
  return labels["app.kubernetes.io/name"] === "inventory";
}
