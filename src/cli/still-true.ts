// Whether what a plan rests on is still so once the lock is held: before that, anybody may have
// stopped or started the provider, while the operator was asked or the plan was written down.

import { isLeftStopped, type ProviderSeen } from "../akash/provider.ts";
import { counted } from "../core/counted.ts";
import type { Clock, Host } from "../core/world.ts";
import { findProviders, parseProviders } from "../programs/provider-objects.ts";
import { Failure } from "./exit.ts";
import type { OpenCluster, Outside } from "./outside.ts";

const looksMax = 3;
const lookAgainMs = 2000;

/** Throws when the provider is not what `planned` was, or cannot be seen any more. */
export async function refuseStale(host: Host, clock: Clock, planned: ProviderSeen): Promise<void> {
  const seen = await look(host, clock, again);
  const [now, ...others] = seen;
  if (now !== undefined && others.length === 0 && isSame(now, planned)) return;
  const [before, after] = [planned.replicas, seen.map(({ replicas }) => replicas).join(", ")];
  throw new Failure(
    "blocked",
    `${planned.namespace}/${planned.name} has changed since the plan was made: it wanted ${counted(before, "replica")}, and now ${after || "is not there"}`,
    again,
  );
}

/** For a hint: false also where the provider cannot be seen. */
export function isProviderLeft(outside: Outside, cluster: OpenCluster): Promise<boolean> {
  return seesProviderLeft(outside, cluster, "").catch(() => false);
}

/**
 * The window that knows what a provider had that is left stopped may give it back. Throws where it
 * cannot be seen, with that remedy.
 */
export async function seesProviderLeft(
  { clock }: Outside,
  { hosts }: OpenCluster,
  remedy: string,
): Promise<boolean> {
  const first = hosts.find(({ roles, away }) => roles.controlPlane && away === undefined);
  if (first === undefined) return false;
  const seen = await look(first.host, clock, remedy);
  return seen.length > 0 && seen.every(isLeftStopped);
}

const again = "Nothing was changed. Run it again: it looks and plans anew.";

async function look(host: Host, clock: Clock, remedy: string): Promise<readonly ProviderSeen[]> {
  let seen = parseProviders(await host.run(findProviders));
  for (let looks = 1; seen.kind === "unreadable" && looks < looksMax; looks++) {
    await clock.wait(lookAgainMs);
    seen = parseProviders(await host.run(findProviders));
  }
  if (seen.kind === "read") return seen.value;
  const message = `${host.name}: the provider cannot be seen any more: ${seen.because}`;
  throw new Failure("blocked", message, remedy);
}

function isSame(now: ProviderSeen, planned: ProviderSeen): boolean {
  return (
    now.namespace === planned.namespace &&
    now.name === planned.name &&
    now.replicas === planned.replicas &&
    now.previousReplicas === planned.previousReplicas
  );
}
