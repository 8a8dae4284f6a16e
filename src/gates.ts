// The gates around a window: what must hold before the provider is stopped, before it starts again,
// and once it runs. Each may be left out by name (--skip), which the report says; "provider
// stopped" is none.

import { rememberLedger } from "./akash/ledger-before.ts";
import type { ClusterFacts } from "./cluster/facts.ts";
import { type PlannedStep, planStep } from "./core/plan.ts";
import { pauses, resumes } from "./gates/automation.ts";
import { settled, workloads } from "./gates/leases.ts";
import {
  type Given,
  inventoryGate,
  operatorsGate,
  providerGate,
  rpcGate,
} from "./gates/services.ts";

/** In the order of a window, with what each is for. */
export const gates = {
  mending: "before all else, where a renewal was cut off: it is finished",
  "leases-settled": "before the stop: no lease in flight, no bid open",
  rpc: "before the stop and the start: the RPC node is synced, and its clock ours",
  automation: "timers and cron jobs that would interfere are paused, and resumed at the end",
  health: "before the start: nodes Ready, API servers in the Endpoints, etcd healthy",
  operators: "before the start: the provider's operators are ready",
  inventory: "before the start: the inventory shows the nodes and GPUs it showed before",
  workloads: "before the start: every lease's workload is available as before",
  provider: "after the start: it answers, counts the leases, and none of its checks fails",
  resume: "at the end: what was paused is resumed; left out where its host is lost",
} as const;

/** Longer than the monitors of most charts take to look once. */
export const watchUsual = 60;

export type Gate = keyof typeof gates;

export interface Gated {
  /** Gates that the operator told to leave out. */
  readonly skip: readonly Gate[];
  /**
   * Seconds for which the provider's log must tell of no failed check; 0: it is not read. Default
   * 60.
   */
  readonly watch?: number;
  /** Seconds for which leases in flight and open bids are waited for. Default 300. */
  readonly settle?: number;
}

/** The steps of a gate, unless it is left out; a window that was left may still leave it out. */
export function under(gate: Gate, { skip }: Gated, steps: readonly PlannedStep[]) {
  return skip.includes(gate) ? [] : steps.map((step): PlannedStep => ({ ...step, gate }));
}

export const settleSecondsUsual = 300;

export function gatesBeforeStop(facts: ClusterFacts, gated: Gated): readonly PlannedStep[] {
  return [
    ...under("leases-settled", gated, settled(facts, gated.settle ?? settleSecondsUsual)),
    ...under("rpc", gated, rpcGate(facts, "before-window")),
    ...under("automation", gated, pauses(facts)),
  ];
}

export function gatesBeforeStart(
  facts: ClusterFacts,
  gated: Gated,
  { replicas, stopped }: Given,
): readonly PlannedStep[] {
  return [
    ...under("operators", gated, operatorsGate(facts, stopped)),
    ...under("inventory", gated, inventoryGate(facts, stopped)),
    ...under("workloads", gated, workloads(facts, stopped)),
    // The last, as the others may wait for minutes: a provider before 0.6.10 that starts beside a
    // node that has fallen behind meanwhile takes leases for ended ones.
    ...(replicas === 0 ? [] : under("rpc", gated, rpcGate(facts, "before-start"))),
  ];
}

/** Also resumes what was paused, and says what became of the leases. */
export function gatesAfterStart(
  facts: ClusterFacts,
  gated: Gated,
  given: Given,
): readonly PlannedStep[] {
  const watchSeconds = gated.watch ?? watchUsual;
  return [
    ...(given.replicas === 0
      ? []
      : under("provider", gated, providerGate(facts, { ...given, watchSeconds }))),
    // What was paused is resumed, even where that gate is left out later.
    ...(gated.skip.includes("automation") ? [] : under("resume", gated, resumes(facts))),
    ...account(facts),
  ];
}

/** Always the last of all, and never left out: it waits for nothing and changes nothing. */
function account({ leases, primary }: ClusterFacts): readonly PlannedStep[] {
  if (leases === undefined) return [];
  return [planStep("account-for-leases", primary, rememberLedger(leases.ledger))];
}
