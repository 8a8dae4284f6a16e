// The gates that look at what works beside the provider, and at the provider itself once it runs.

import { compareLedger } from "../akash/comparison.ts";
import type { InventoryBefore } from "../akash/inventory.ts";
import type { ProviderSeen } from "../akash/provider.ts";
import type { BeforeStop } from "../akash/stop-memory.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { type PlannedStep, planStep } from "../core/plan.ts";

export interface Given {
  /** What the provider gets back; with 0 nothing needs its node. */
  readonly replicas: number;
  /** Given when it was found stopped: what is compared with, in place of what the survey saw. */
  readonly stopped?: BeforeStop | undefined;
}

/** A provider that is stopped, and is to stay so, needs no node. */
export function rpcGate(
  facts: ClusterFacts,
  what: "before-window" | "before-start",
): readonly PlannedStep[] {
  return ofProvider(facts, ({ namespace, name, replicas }) =>
    what === "before-window" && replicas === 0
      ? []
      : [
          planStep(
            "check-rpc",
            facts.primary,
            { namespace, name, beforeStop: what === "before-window" },
            what,
          ),
        ],
  );
}

export function operatorsGate(
  facts: ClusterFacts,
  stopped: BeforeStop | undefined,
): readonly PlannedStep[] {
  const seen = facts.operators?.kind === "read" ? facts.operators.value : undefined;
  const operators = stopped === undefined ? seen : stopped.operators;
  const before = operators === undefined || operators === null ? {} : { operators };
  return ofProvider(facts, ({ namespace }) => [
    planStep("check-operators", facts.primary, { namespace, ...before }),
  ]);
}

export function inventoryGate(
  facts: ClusterFacts,
  stopped: BeforeStop | undefined,
): readonly PlannedStep[] {
  const seen = facts.inventory?.kind === "read" ? facts.inventory.value : { nodes: [], pod: null };
  const { nodes, pod } = stopped === undefined ? seen : (stopped.inventory ?? everyNode(facts));
  return ofProvider(facts, ({ namespace }) => [
    planStep("check-inventory", facts.primary, { namespace, nodes, pod }),
  ]);
}

/**
 * What it showed before is not known: all nodes are wanted, with as many GPUs as it may find. Its
 * operator leaves out a node that is cordoned (akash-network/provider,
 * operator/inventory/node-discovery.go).
 */
function everyNode({ nodes }: ClusterFacts): InventoryBefore {
  const all = nodes.kind === "read" ? nodes.value : [];
  const shown = all.filter(({ ready, unschedulable }) => ready && !unschedulable);
  return { nodes: shown.map(({ name }) => ({ name, gpus: 0 })), pod: null };
}

export function providerGate(
  facts: ClusterFacts,
  { watchSeconds, replicas, stopped }: Given & { readonly watchSeconds: number },
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
    illBefore: stopped?.failing ?? illLeases(facts),
    monitor,
  };
  return ofProvider(facts, ({ namespace, name }) => [
    planStep("check-provider", facts.primary, { namespace, name, replicas, ...goal }),
  ]);
}

/**
 * A failing check says so once in a retry period and its jitter: less would be silence without
 * meaning.
 */
function longEnough(
  seconds: number,
  monitor: { readonly retryPeriodMs: number; readonly retryJitterMs: number } | null,
): number {
  if (seconds === 0 || monitor === null) return seconds;
  return Math.max(seconds, Math.ceil((monitor.retryPeriodMs + monitor.retryJitterMs) / 1000));
}

/** Their checks fail whatever a window does. */
export function illLeases({ leases }: ClusterFacts): readonly string[] {
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
