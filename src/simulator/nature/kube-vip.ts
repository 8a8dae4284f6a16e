// kube-vip holds the API's address by a lease of 5 s, which it renews at the API server of its own
// node. One that has not been heard for 3 s ends itself, and the kubelet starts it again (seen on
// the rig, kube-vip 1.0.0): restarting an API server restarts the kube-vip beside it, where that
// holds the address.

import { type Container, type HostModel, type Model, running } from "../model.ts";
import { listens } from "./api.ts";

const renewDeadlineMs = 3000;
/** What is left of the lease then. */
const leaseLeftMs = 2000;

/** The API server of this host has ended. */
export function leaseUnheard(model: Model, host: HostModel): void {
  if (!holdsVip(model, host)) return;
  model.events.push({ at: model.now + renewDeadlineMs, kind: "vip-unheard", host: host.name });
}

/** The container that ends now for want of its API server; undefined when that is back. */
export function kubeVipGivesUp(model: Model, host: HostModel): Container | undefined {
  return holdsVip(model, host) && !listens(model, host) ? running(host, "kube-vip") : undefined;
}

/** The kube-vip of this host has ended. */
export function leaveVip(model: Model, host: HostModel): void {
  const vip = model.balancer?.vip;
  if (vip !== undefined && holdsVip(model, host)) vip.freeAt = model.now + leaseLeftMs;
}

function holdsVip({ balancer }: Model, { name }: HostModel): boolean {
  return balancer?.vip?.holder === name && balancer.vip.freeAt === undefined;
}
