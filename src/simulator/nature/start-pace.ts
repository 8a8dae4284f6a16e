// How long a component takes from its start until it listens, and until it calls itself ready.

import type { HostModel, Model } from "../model.ts";

export interface Pace {
  readonly listensMs: number;
  readonly readyMs: number;
}

/**
 * An API server listens long before it is ready; one that comes back late does so all the while.
 */
export function paceOf(model: Model, host: HostModel, component: string): Pace {
  const { apiServerMs, componentMs } = model.paces;
  const late = host.delays.get(component) ?? 0;
  if (component === "kube-apiserver") {
    return { listensMs: Math.round(apiServerMs * 0.375), readyMs: apiServerMs + late };
  }
  if (component === "etcd") return { listensMs: 800 + late, readyMs: 1500 + late };
  return { listensMs: Math.round(componentMs * 0.55) + late, readyMs: componentMs + late };
}
