// The gates that look at leases, as planned steps: none is being made when the provider is stopped,
// and the workloads of all are as they were when it is started.

import { compareLedger } from "../akash/comparison.ts";
import type { LeasesSeen } from "../akash/ledger.ts";
import type { BeforeStop } from "../akash/stop-memory.ts";
import { baselineOf, illOf } from "../akash/workloads.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { type PlannedStep, planStep } from "../core/plan.ts";
import type { CheckWorkloadsGoal } from "../steps/check-workloads.ts";

export function settled(facts: ClusterFacts, settleSeconds: number): readonly PlannedStep[] {
  const [provider] = facts.providers.kind === "read" ? facts.providers.value : [];
  if (provider === undefined) return [];
  const { namespace, name } = provider;
  const chainWasRead = facts.leases?.ledger.chain.kind === "read";
  const goal = { namespace, name, settleSeconds, chainWasRead };
  return [planStep("check-leases-settled", facts.primary, goal)];
}

/** None when the survey was not told to read the leases. `stopped`: see Given. */
export function workloads(
  { leases, primary }: ClusterFacts,
  stopped: BeforeStop | undefined,
): readonly PlannedStep[] {
  if (leases === undefined) return [];
  const goal = stopped === undefined ? workloadsGoal(leases) : wholeGoal(stopped);
  return [planStep("check-workloads", primary, goal)];
}

/**
 * The survey of a stopped provider's cluster may see what the maintenance left: it excuses nothing.
 */
function wholeGoal({ leases, ill }: BeforeStop): CheckWorkloadsGoal {
  return { leases, others: ill.length, unread: "", excused: ill };
}

function workloadsGoal(seen: LeasesSeen): CheckWorkloadsGoal {
  const { manifests, namespaces } = seen.ledger;
  const rows = compareLedger(seen.ledger, seen);
  if (rows === undefined) {
    const unread = [manifests, namespaces].find((one) => one.kind === "unreadable");
    const because = unread?.kind === "unreadable" ? unread.because : "";
    return { leases: {}, others: 0, unread: because };
  }
  const leases = baselineOf(rows);
  return { leases, others: illOf(rows, leases).length, unread: "" };
}
