// The gates that look at what works beside the provider, and at the provider itself once it runs.

import { compareLedger } from "../akash/comparison.ts";
import type { ProviderSeen } from "../akash/provider.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { type PlannedStep, planStep } from "../core/plan.ts";

/** A provider that is stopped, and is to stay so, needs no node. */
export function rpcGate(
  facts: ClusterFacts,
  what: "before-window" | "before-start",
): readonly PlannedStep[] {
  return ofProvider(facts, ({ namespace, name, replicas }) =>
    what === "before-window" && replicas === 0
      ? []
      : [planStep("check-rpc", facts.primary, { namespace, name }, what)],
  );
}

export function operatorsGate(facts: ClusterFacts): readonly PlannedStep[] {
  const { operators } = facts;
  const before = operators?.kind === "read" ? { operators: operators.value } : {};
  return ofProvider(facts, ({ namespace }) => [
    planStep("check-operators", facts.primary, { namespace, ...before }),
  ]);
}

export function inventoryGate(facts: ClusterFacts): readonly PlannedStep[] {
  const { nodes, pod } =
    facts.inventory?.kind === "read" ? facts.inventory.value : { nodes: [], pod: null };
  return ofProvider(facts, ({ namespace }) => [
    planStep("check-inventory", facts.primary, { namespace, nodes, pod }),
  ]);
}

export function providerGate(
  facts: ClusterFacts,
  { watchSeconds, replicas }: { readonly watchSeconds: number; readonly replicas: number },
): readonly PlannedStep[] {
  const { leases } = facts;
  const seen = leases?.provider.kind === "read" ? leases.provider.value.clock : undefined;
  const monitor =
    seen === undefined
      ? null
      : {
          maxRetries: seen.maxRetries,
          retryPeriodMs: seen.retryPeriodMs,
          retryJitterMs: seen.retryJitterMs,
        };
  const goal = {
    watchSeconds: longEnough(watchSeconds, monitor),
    illBefore: illLeases(facts),
    monitor,
  };
  return ofProvider(facts, ({ namespace, name }) => [
    planStep("check-provider", facts.primary, { namespace, name, replicas, ...goal }),
  ]);
}

/** A failing check says so once in a retry period and its jitter: less would be silence without meaning. */
function longEnough(
  seconds: number,
  monitor: { readonly retryPeriodMs: number; readonly retryJitterMs: number } | null,
): number {
  if (seconds === 0 || monitor === null) return seconds;
  return Math.max(seconds, Math.ceil((monitor.retryPeriodMs + monitor.retryJitterMs) / 1000));
}

/** Their checks fail whatever a window does. */
function illLeases({ leases }: ClusterFacts): readonly string[] {
  if (leases === undefined) return [];
  const rows = compareLedger(leases.ledger, leases) ?? [];
  return rows.filter((row) => row.countsDown).map((row) => row.key);
}

function ofProvider(
  { providers }: ClusterFacts,
  plan: (provider: ProviderSeen) => readonly PlannedStep[],
): readonly PlannedStep[] {
  const [provider] = providers.kind === "read" ? providers.value : [];
  return provider === undefined ? [] : plan(provider);
}
