// What became of the leases between the plan and the end of the window: which are still there, which are
// not, and whose doing that is.

import { leaseKey } from "../akash/lease.ts";
import type { Ledger } from "../akash/ledger.ts";
import { type LedgerBefore, recallLedger } from "../akash/ledger-before.ts";
import { compareWindow, notComparable } from "../akash/verdict.ts";
import type { Chain, ChainLease, LeaseId } from "../core/chain.ts";
import type { Reading } from "../core/outcome.ts";
import { defineStep, satisfied, unclear, type Verdict } from "../core/step.ts";
import { readLeases } from "./read-leases.ts";

/** One question each to the chain; what is beyond stays unexplained. */
const asksMax = 1000;
const asksAtOnce = 8;

interface Seen {
  readonly after: Ledger;
  /** What the chain says of leases that were live before and are not any more, by key. */
  readonly gone: ReadonlyMap<string, Reading<ChainLease>>;
}

export const accountForLeases = defineStep<LedgerBefore, Seen>({
  id: "account-for-leases",
  title: "Account for the leases",
  guide: "Restart Provider After Maintenance (which ends without a look at the leases)",
  settleMs: 120_000,
  pollMs: 5000,
  why: () => "A lease that is gone is told by name and reason now, not by its tenant later.",
  proof: ({ leases }) =>
    `${leases.length} leases of the plan looked for on the chain and the cluster, and their pods compared`,
  async observe(look, goal) {
    const { ledger: after } = await readLeases(look);
    return { after, gone: await askAfter(look.chain, goneOf(recallLedger(goal), after)) };
  },
  judge: (seen, goal) => {
    const because = notComparable(recallLedger(goal), seen.after) ?? silence(seen);
    return because === undefined ? verdictOf(seen, goal) : unclear(because);
  },
  atLast: (seen, goal) => verdictOf(seen, goal),
  change: () => [],
});

/** Live on the chain before, and not any more; none when it was not read both times. */
function goneOf(before: Ledger, after: Ledger): readonly LeaseId[] {
  if (before.chain.kind !== "read" || after.chain.kind !== "read") return [];
  const live = new Set(after.chain.leases.map(({ id }) => leaseKey(id)));
  return before.chain.leases.map(({ id }) => id).filter((id) => !live.has(leaseKey(id)));
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
