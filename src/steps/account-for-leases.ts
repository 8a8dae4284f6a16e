// What became of the leases between the plan and the end of the window: which are still there,
// which are not, and whose doing that is.

import { leaseKey } from "../akash/lease.ts";
import type { Ledger } from "../akash/ledger.ts";
import { type LedgerBefore, recallLedger } from "../akash/ledger-before.ts";
import { compareWindow, notComparable } from "../akash/verdict.ts";
import type { Chain, ChainLease, LeaseId } from "../core/chain.ts";
import { counted } from "../core/counted.ts";
import type { Reading } from "../core/outcome.ts";
import { defineCheck, satisfied, unclear, type Verdict } from "../core/step.ts";
import { readLeases } from "./read-leases.ts";

/** One question each to the chain; what is beyond stays unexplained. */
const asksMax = 1000;
const asksAtOnce = 8;

interface Seen {
  readonly after: Ledger;
  /** What the chain says of leases that were live before and are not any more, by key. */
  readonly gone: ReadonlyMap<string, Reading<ChainLease>>;
}

export const accountForLeases = defineCheck<LedgerBefore, Seen>({
  id: "account-for-leases",
  title: "Account for the leases",
  guide: "Restart Provider After Maintenance (which ends without a look at the leases)",
  settleMs: 120_000,
  pollMs: 5000,
  why: () => "A lease that is gone is told by name and reason now, not by its tenant later.",
  proof: ({ leases }) =>
    `${counted(leases.length, "lease")} of the plan looked for on the chain and the cluster, and their pods compared`,
  async observe(look, goal) {
    const { ledger: after } = await readLeases(look);
    return { after, gone: await askAfter(look.chain, goneOf(recallLedger(goal), after)) };
  },
  judge: (seen, goal) => {
    const because = notComparable(recallLedger(goal), seen.after) ?? silence(seen);
    return because === undefined ? verdictOf(seen, goal) : unclear(because);
  },
  atLast: (seen, goal) => verdictOf(seen, goal),
});

/**
 * Live before, and not any more: by the chain, or where it was not read both times by Manifest
 * objects.
 */
function goneOf(before: Ledger, after: Ledger): readonly LeaseId[] {
  if (after.chain.kind === "not-asked") return [];
  const byChain = before.chain.kind === "read" && after.chain.kind === "read";
  const [were, are] = [before, after].map((one) => (byChain ? onChain(one) : byManifest(one)));
  const live = new Set(are?.map(leaseKey));
  return (were ?? []).filter((id) => !live.has(leaseKey(id)));
}

function onChain({ chain }: Ledger): readonly LeaseId[] {
  return chain.kind === "read" ? chain.leases.map(({ id }) => id) : [];
}

function byManifest({ manifests }: Ledger): readonly LeaseId[] {
  return manifests.kind === "read" ? manifests.value.map(({ id }) => id) : [];
}

async function askAfter(
  chain: Chain,
  ids: readonly LeaseId[],
): Promise<ReadonlyMap<string, Reading<ChainLease>>> {
  const answers = new Map<string, Reading<ChainLease>>();
  const asked = ids.slice(0, asksMax);
  for (let from = 0; from < asked.length; from += asksAtOnce) {
    const some = asked.slice(from, from + asksAtOnce);
    const found = await Promise.all(some.map((id) => chain.find(id)));
    for (const [index, id] of some.entries()) {
      const answer = found[index];
      if (answer !== undefined) answers.set(leaseKey(id), answer);
    }
  }
  return answers;
}

function silence({ gone }: Seen): string | undefined {
  const silent = [...gone.values()].find((one) => one.kind === "unreadable");
  return silent?.kind === "unreadable" ? silent.because : undefined;
}

function verdictOf({ after, gone }: Seen, goal: LedgerBefore): Verdict {
  const closed = new Map<string, ChainLease>();
  for (const [key, one] of gone) if (one.kind === "read") closed.set(key, one.value);
  const { kind, countedBy, sentence, lines } = compareWindow(recallLedger(goal), after, closed);
  return satisfied(sentence, { kind, countedBy, lines });
}
