// The provider's own check begins when it starts, and its clock with the first thing that is
// missing: so every lease's workload is as available as it was before the provider is started.

import { compareLedger, type LeaseRow } from "../akash/comparison.ts";
import type { LeasesSeen } from "../akash/ledger.ts";
import { type Baseline, goneFrom, missingFrom, wholeBaseline } from "../akash/workloads.ts";
import type { ChainSeen } from "../core/chain.ts";
import { counted } from "../core/counted.ts";
import { defineCheck, type Look, satisfied, unclear } from "../core/step.ts";
import { askChain, readLeases } from "./read-leases.ts";

export type CheckWorkloadsGoal = {
  readonly leases: Baseline;
  /** Leases that were not available before, and are not waited for. */
  readonly others: number;
  /** Why it is not known what was available before; empty when it is. */
  readonly unread: string;
  /** Given when the plan was made after the maintenance: every lease is wanted whole but these. */
  readonly excused?: readonly string[];
};

const shownMax = 5;
const notAsked: ChainSeen = { kind: "not-asked", because: "nothing is missing" };

export const checkWorkloads = defineCheck<CheckWorkloadsGoal, LeasesSeen>({
  id: "check-workloads",
  title: "Check the leases' workloads",
  guide: "Restart Provider After Maintenance (it does not look at the workloads)",
  settleMs: 600_000,
  // The chain is asked whenever something is missing.
  pollMs: 5000,
  why: () => "A provider that starts while a workload is missing counts towards closing its lease.",
  proof: ({ leases, excused }) =>
    excused !== undefined
      ? `the workloads of all leases have the replicas they want, but for closed ones${excused.length === 0 ? "" : ` and ${excused.length} that had not all before`}`
      : `the workloads of ${counted(Object.keys(leases).length, "lease")} have the replicas they had, but for closed ones`,
  remedy: ({ excused }) =>
    `\`drydock leases\` shows them. ${excused === undefined ? "" : "Only leases that are known to have been ill before the provider was stopped need not be whole. "}When they are back, run again; to start the provider without them, say --skip provider as well: its clock runs for them from then on.`,
  observe,
  judge: (seen, goal) => {
    if (goal.unread !== "") {
      return satisfied(`passed unseen: what was available before is not known: ${goal.unread}`);
    }
    const rows = compareLedger(seen.ledger, seen);
    if (rows === undefined) return unclear(unreadOf(seen));
    const wanted = wantedOf(goal, rows);
    const missing = missingFrom(wanted, rows);
    if (missing.length > 0) return unclear(summary(missing));
    return satisfied(contentment({ ...goal, leases: wanted }, rows, seen.ledger.chain));
  },
});

/**
 * The chain tells a lease that was closed from one that was lost: nobody else needs to be asked.
 */
async function observe(look: Look, goal: CheckWorkloadsGoal): Promise<LeasesSeen> {
  const silent = { ...look.chain, ask: async () => notAsked };
  const seen = await readLeases({
    run: (command) => look.run(command),
    now: look.now,
    chain: silent,
  });
  const rows = compareLedger(seen.ledger, seen);
  if (rows === undefined) return seen;
  const leases = wantedOf(goal, rows);
  if (missingFrom(leases, rows).length + goneFrom(leases, rows).length === 0) return seen;
  const chain = await askChain(look.chain, seen.ledger.providers);
  return { ...seen, ledger: { ...seen.ledger, chain } };
}

function wantedOf({ leases, excused }: CheckWorkloadsGoal, rows: readonly LeaseRow[]): Baseline {
  return excused === undefined ? leases : wholeBaseline(rows, { before: leases, excused });
}

function unreadOf({ ledger }: LeasesSeen): string {
  const unread = [ledger.manifests, ledger.namespaces].find((one) => one.kind === "unreadable");
  return unread?.kind === "unreadable" ? unread.because : "";
}

function summary(missing: readonly string[]): string {
  const more = missing.length - shownMax;
  const rest = more > 0 ? [`and of ${more} more leases`] : [];
  return [...missing.slice(0, shownMax), ...rest].join("; ");
}

function contentment(
  { leases, others, excused }: CheckWorkloadsGoal,
  rows: readonly LeaseRow[],
  chain: ChainSeen,
): string {
  const all = Object.keys(leases).length;
  const gone = goneFrom(leases, rows).length;
  const closed = chain.kind === "read" ? "closed meanwhile" : "gone, and the chain was not read";
  return [
    `${all - gone} of ${all} leases have all replicas that they ${excused === undefined ? "had" : "want"}`,
    ...(gone > 0 ? [`${gone} ${closed}`] : []),
    ...(others > 0 ? [`${others} had not all before`] : []),
  ].join(", ");
}
