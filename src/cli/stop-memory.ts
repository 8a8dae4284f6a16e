// What this machine remembers of the moment before the provider was stopped: in the plan of the
// newest window of `drydock provider stop`, unless the provider has run since then.

import type { ProviderSeen } from "../akash/provider.ts";
import { type BeforeStop, nothingRemembered, parseBeforeStop } from "../akash/stop-memory.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { isObject, type Json } from "../core/json.ts";
import { foldJournal, type WindowState } from "../core/window.ts";
import { clusterIdOf } from "../runbook/facts.ts";
import type { OpenCluster } from "./outside.ts";

/**
 * Undefined for a provider that runs: what is seen now is what was before. But one that runs since
 * a `provider start` that did not complete is compared again with what that one was.
 */
export async function findBeforeStop(
  cluster: Pick<OpenCluster, "windows">,
  { facts, provider }: { readonly facts: ClusterFacts; readonly provider: ProviderSeen },
): Promise<BeforeStop | undefined> {
  const clusterId = clusterIdOf(facts);
  const windows = (await cluster.windows())
    .flatMap(({ records }) => foldJournal(records) ?? [])
    .filter((state) => state.plan.purpose !== "backup" && !isOfAnother(state, clusterId));
  const [newest] = windows;
  const isAgain = newest !== undefined && hasStarted(newest) && !hasProven(newest);
  if (provider.replicas > 0 && !isAgain) return undefined;
  for (const state of windows) {
    const remembered = rememberedBy(state);
    if (remembered !== undefined) return remembered;
    // What was remembered earlier is of another time then.
    if (hasStarted(state) && hasProven(state)) break;
  }
  return nothingRemembered;
}

/** Two clusters may share a name. */
function isOfAnother({ plan }: WindowState, clusterId: string | undefined): boolean {
  return plan.clusterId !== undefined && clusterId !== undefined && plan.clusterId !== clusterId;
}

function rememberedBy({ plan }: WindowState): BeforeStop | undefined {
  if (plan.purpose !== "provider-stop") return undefined;
  const goal = plan.steps.find(({ step }) => step === "remember-replicas")?.goal;
  return parseBeforeStop(fieldOf(goal, "before"));
}

/** Also when it was killed before it saw the provider run. */
function hasStarted({ plan, settled, acted }: WindowState): boolean {
  return plan.steps.some(
    ({ key, step, goal }) =>
      step === "start-provider" &&
      (settled.has(key) || acted.has(key)) &&
      fieldOf(goal, "replicas") !== 0,
  );
}

/** All other windows stay open until their gates are passed. */
function hasProven({ plan, closed }: WindowState): boolean {
  return plan.purpose !== "provider-start" || closed === "completed";
}

function fieldOf(goal: Json | undefined, name: string): Json | undefined {
  return isPlain(goal) ? goal[name] : undefined;
}

function isPlain(value: Json | undefined): value is { readonly [key: string]: Json } {
  return isObject(value);
}
