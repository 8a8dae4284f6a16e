// An API server without its etcd: one that runs is ended by the kubelet after its liveness probe
// has failed eight times, and one that starts waits for etcd, and ends by itself. Seen on the rig
// (Kubernetes 1.33, kubeadm's manifests).

import { type Container, controlPlane, type HostModel, type Model, running } from "../model.ts";
import { reachesEtcd } from "./api.ts";
import { paceOf } from "./start-pace.ts";

const apiServer = "kube-apiserver";
/** From the loss of etcd until the container has ended: 105 to 110 s. */
const endsMs = 107_000;
/** From the start of one that never reaches it. */
const givesUpMs = 19_000;

/** To be called after everything that may change whether an API server reaches etcd. */
export function lookAtApiServers(model: Model): void {
  for (const host of controlPlane(model)) {
    const container = running(host, apiServer);
    if (container === undefined) continue;
    const reaches = reachesEtcd(model, host);
    if (container.awaitsEtcd) {
      if (reaches) begin(model, host, container);
    } else if (reaches) {
      container.withoutEtcdSince = undefined;
    } else if (container.withoutEtcdSince === undefined) {
      const { id } = container;
      const since = model.now;
      container.withoutEtcdSince = since;
      model.events.push({ at: since + endsMs, kind: "liveness-fails", host: host.name, id, since });
    }
  }
}

/** The API server of this host has just been started. */
export function awaitEtcd(model: Model, host: HostModel): void {
  const container = running(host, apiServer);
  if (container === undefined || reachesEtcd(model, host)) return;
  const { id } = container;
  const never = Number.POSITIVE_INFINITY;
  Object.assign(container, { awaitsEtcd: true, listensAt: never, readyAt: never });
  const at = model.now + givesUpMs;
  model.events.push({ at, kind: "etcd-awaited-in-vain", host: host.name, id });
}

/** etcd is there: only now it goes on with its start. */
function begin(model: Model, host: HostModel, container: Container): void {
  const { listensMs, readyMs } = paceOf(model, host, apiServer);
  container.awaitsEtcd = false;
  container.listensAt = model.now + listensMs;
  container.readyAt = model.now + readyMs;
  if (Number.isFinite(readyMs)) {
    model.events.push({ at: container.readyAt, kind: "look-again" });
  }
}

/** The container that ends now, for want of etcd since then or since its start. */
export function endsWithoutEtcd(
  host: HostModel,
  event: { readonly id: string; readonly since?: number },
): Container | undefined {
  const container = running(host, apiServer);
  if (container?.id !== event.id) return undefined;
  const { since } = event;
  const isMeant = since === undefined ? container.awaitsEtcd : container.withoutEtcdSince === since;
  return isMeant ? container : undefined;
}
