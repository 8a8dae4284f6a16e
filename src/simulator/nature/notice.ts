// What scheduler, controller-manager and API server notice of what has become of those that they
// need. They are not asked again and again: each change looks at all of them, and plans what will
// come of it.

import type { Model } from "../model.ts";
import { lookAtLocks } from "./leaders.ts";
import { lookAtApiServers } from "./liveness.ts";

/** To be called after everything that may change whether etcd is reached, or takes writes. */
export function notice(model: Model): void {
  lookAtApiServers(model);
  lookAtLocks(model);
}
