// Whether a window that was left belongs to the cluster at hand: two clusters may share a name, and
// the names of their hosts.

import { authorityOf } from "../cluster/node-certificates.ts";
import type { Plan } from "../core/plan.ts";
import type { Host } from "../core/world.ts";
import { readCertificates } from "../steps/read-certificates.ts";
import { Failure } from "./exit.ts";

/** Throws when the first host that shows its authority shows another one than the plan's. */
export async function refuseOtherCluster(
  hosts: readonly Host[],
  window: { readonly id: string; readonly plan: Plan; readonly folder: string },
): Promise<void> {
  const { id, plan, folder } = window;
  if (plan.clusterId === undefined) return;
  for (const host of hosts) {
    const entries = await readCertificates({ run: (command) => host.run(command) });
    const seen = entries.kind === "read" ? authorityOf(entries.value) : undefined;
    if (seen === plan.clusterId) return;
    if (seen === undefined) continue;
    throw new Failure(
      "brokenInventory",
      `window ${id} was begun on another cluster: ${host.name} has another certificate authority than there`,
      `Give the inventory with which it was begun; or say --cluster NAME, by which the windows of this cluster are kept apart. If that cluster is gone for good, move ${folder} away. Nothing was changed.`,
    );
  }
}
