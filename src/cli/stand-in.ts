// Closing a window without hosts that are away: which of the others it needs, and who answers for
// whom.

import type { PlannedStep } from "../core/plan.ts";
import type { Host } from "../core/world.ts";
import { hostsByName, type OpenCluster, type Outside } from "./outside.ts";

/** The lock of the other hosts stays as it was, with an older epoch, until it is released. */
export function closingHosts(
  { hosts }: OpenCluster,
  steps: readonly PlannedStep[],
): readonly string[] {
  const reached = hosts.filter(({ roles, away }) => roles.controlPlane && away === undefined);
  return [
    ...reached.map(({ host }) => host.name),
    ...steps.filter(isBound).map((step) => step.host),
  ];
}

/** What was paused on a host can only be resumed there; all else of the end asks the cluster. */
function isBound({ gate }: PlannedStep): boolean {
  return gate === "resume";
}

/**
 * The hosts by name, where another control plane node that is locked answers for one that is away.
 */
export function withStandIn(
  { terminal }: Outside,
  cluster: OpenCluster,
  steps: readonly PlannedStep[],
  locked: readonly Host[],
): ReadonlyMap<string, Host> {
  const hosts = new Map(hostsByName(cluster));
  const standIn = cluster.hosts.find(
    ({ host, roles, away }) => roles.controlPlane && away === undefined && locked.includes(host),
  );
  const asked = new Set(steps.filter((step) => !isBound(step)).map((step) => step.host));
  for (const { host, away } of cluster.hosts) {
    if (away === undefined || standIn === undefined || !asked.has(host.name)) continue;
    hosts.set(host.name, standIn.host);
    terminal.err(`${standIn.host.name} does what ${host.name} was to do at the end.\n`);
  }
  return hosts;
}
