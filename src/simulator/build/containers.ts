// The containers that have been running since the cluster was built.

import type { HostModel, Model } from "../model.ts";
import { startContainer } from "../nature/kubelet.ts";
import { dayMs } from "./certificates.ts";

export const containerAgeMs = 300 * dayMs;

/** Started long ago, with the certificates that lie there now. */
export function firstContainers(model: Model, host: HostModel): void {
  const now = model.now;
  model.now = now - containerAgeMs;
  for (const path of host.files.keys()) {
    const component = /^\/etc\/kubernetes\/manifests\/(.*)\.ya?ml$/.exec(path)?.[1];
    if (component !== undefined) startContainer(model, host, component);
  }
  model.now = now;
  for (const container of host.containers) container.seesLockSince = container.createdAt;
  // What starting one made due has long been over; what ends later has not.
  model.events = model.events.filter(({ at }) => at > now);
}
