// A node and its pods while its machine is away. The API shows both as they were until the node has
// not been heard of for 40 s; once it is up again the kubelet starts the pods' containers anew, in
// the same pods.

import { keyOf } from "../build/leases.ts";
import { controlPlane, type HostModel, type Model, type Pod } from "../model.ts";
import type { Site } from "../site.ts";
import { isReady } from "./api.ts";
import { isFull } from "./etcd.ts";
import { isAlive } from "./leaders.ts";
import { lookAtLease } from "./provider.ts";

/** node-monitor-grace-period, as kubespray sets it. */
const graceMs = 40_000;
/** node-monitor-period: how often the controller-manager looks. */
const everyMs = 5000;
/** From the kubelet's start until it reports its node as Ready. */
const reportsMs = 5000;
const askAgainMs = 1000;
const startMs = 2000;

/** The machine has gone down. */
export function leaveNode(model: Model, host: HostModel): void {
  host.downSince ??= model.now;
  model.events.push({ at: model.now + graceMs, kind: "node-unheard", host: host.name });
}

/** The machine is up again. */
export function joinNode(model: Model, host: HostModel): void {
  model.events = model.events.filter(
    (one) => one.kind !== "node-unheard" || one.host !== host.name,
  );
  model.events.push({ at: model.now + reportsMs, kind: "node-heard", host: host.name });
}

/** The controller-manager says so, when one leads. */
export function nodeUnheard(site: Site, host: HostModel): void {
  const { model } = site;
  const lock = model.leaderLocks.find((one) => one.name === "kube-controller-manager");
  if (lock === undefined || !isAlive(model, lock) || isFull(model)) {
    model.events.push({ at: model.now + everyMs, kind: "node-unheard", host: host.name });
    return;
  }
  setReady(model, host, false);
  for (const pod of podsOn(model, host)) pod.ready = false;
  lookAtTenants(site, host);
}

/**
 * The kubelet asks an API server which pods it is to run, and until one answers it runs static ones
 * only.
 */
export function nodeHeard(site: Site, host: HostModel): void {
  const { model } = site;
  if (isFull(model) || !controlPlane(model).some((server) => isReady(model, server))) {
    model.events.push({ at: model.now + askAgainMs, kind: "node-heard", host: host.name });
    return;
  }
  setReady(model, host, true);
  const since = host.downSince ?? model.now;
  host.downSince = undefined;
  for (const pod of model.pods.filter(({ nodeName }) => nodeName === host.name)) {
    // One that came meanwhile is started for the first time.
    if (pod.createdAt > since) continue;
    pod.restarts += 1;
    pod.reboots += 1;
  }
  for (const pod of podsOn(model, host)) startAgain(model, pod);
  lookAtTenants(site, host);
}

function startAgain(model: Model, pod: Pod): void {
  const { uid, terminating, labels } = pod;
  pod.ready = false;
  if (terminating) {
    model.events.push({ at: model.now + askAgainMs, kind: "pod-gone", uid });
    return;
  }
  const isProvider = labels["app.kubernetes.io/name"] === "provider";
  const ms = isProvider ? model.paces.providerMs : startMs;
  if (!isBroken(model, pod)) model.events.push({ at: model.now + ms, kind: "pod-ready", uid });
}

function isBroken({ deployments }: Model, { namespace, owner }: Pod): boolean {
  return deployments.some(
    (one) =>
      one.broken && one.namespace === namespace && owner.name === `${one.name}-${one.generation}`,
  );
}

function setReady({ nodes }: Model, { name }: HostModel, ready: boolean): void {
  const node = nodes.find((one) => one.name === name);
  if (node !== undefined) node.ready = ready;
}

/** But for the shadows of static pods. */
function podsOn({ pods }: Model, { name }: HostModel): readonly Pod[] {
  return pods.filter(({ nodeName, owner }) => nodeName === name && owner.kind !== "Node");
}

function lookAtTenants(site: Site, host: HostModel): void {
  const here = new Set(podsOn(site.model, host).map(({ namespace }) => namespace));
  for (const { id, namespace } of [...site.model.leases.values()]) {
    if (here.has(namespace)) lookAtLease(site, keyOf(id));
  }
}
