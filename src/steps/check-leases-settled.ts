// What a tenant begins just before the provider is stopped is lost on it: a lease whose manifest
// has not come yet, and a bid that is accepted while nobody listens (akash-network/node#635).

import { compareLedger } from "../akash/comparison.ts";
import { leaseKey } from "../akash/lease.ts";
import type { LeasesSeen } from "../akash/ledger.ts";
import type { ProviderRef, ProviderSeen } from "../akash/provider.ts";
import type { Reading } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import { defineCheck, satisfied, unclear, type Verdict } from "../core/step.ts";
import { getProvider, parseProvider } from "../programs/provider-objects.ts";
import { whereCutOff } from "./guide-sections.ts";
import { readLeases } from "./read-leases.ts";

export type CheckLeasesSettledGoal = ProviderRef & {
  /**
   * How long they are waited for. The provider closes both after 5 minutes, unless it is told
   * otherwise.
   */
  readonly settleSeconds: number;
  /** Whether the plan's survey read the chain: then one that gives no answer now is asked again. */
  readonly chainWasRead: boolean;
  readonly [key: string]: string | number | boolean;
};

interface Seen {
  readonly provider: Reading<ProviderSeen | undefined>;
  /** Not read of a provider that is stopped already. */
  readonly leases: LeasesSeen | undefined;
}

const shownMax = 3;

export const checkLeasesSettled = defineCheck<CheckLeasesSettledGoal, Seen>({
  id: "check-leases-settled",
  title: "Check that no lease is being made",
  guide: "Stop the Provider (it does not say when)",
  settleMs: ({ settleSeconds }) => settleSeconds * 1000,
  // Public endpoints are asked.
  pollMs: 10_000,
  why: () =>
    "A lease without its manifest yet, or one made of an open bid meanwhile, is one the provider does not know when it is back.",
  proof: () => "on the chain no lease is without its manifest, and no bid of this provider is open",
  remedy: () =>
    `\`drydock leases\` shows them. Run again when they are settled (--settle SECONDS waits for longer when a window is begun). Where kubectl gives no answer: ${whereCutOff}.`,
  observe: async (look, goal) => {
    const provider = parseProvider(await look.run(getProvider(goal)), goal);
    const stopped = provider.kind === "read" && (provider.value?.replicas ?? 0) === 0;
    return { provider, leases: stopped ? undefined : await readLeases(look) };
  },
  judge: (seen, goal) => judgeSeen(seen, goal),
  atLast: (seen, goal) => judgeSeen(seen, { ...goal, chainWasRead: false }),
});

function judgeSeen({ provider, leases }: Seen, goal: CheckLeasesSettledGoal): Verdict {
  if (provider.kind === "unreadable") return unclear(provider.because);
  // Nobody closes a bid then, and nobody waits for a manifest: waiting would change nothing.
  if (leases === undefined) return satisfied("not looked at: the provider is stopped already");
  return judgeLeases(leases, goal);
}

function judgeLeases(leases: LeasesSeen, goal: CheckLeasesSettledGoal): Verdict {
  const { chain, manifests } = leases.ledger;
  if (chain.kind === "not-asked") {
    return satisfied(`passed unseen: the chain was not asked: ${chain.because}`);
  }
  if (chain.kind === "unreadable") {
    const because = `the chain could not be read: ${chain.because}`;
    return goal.chainWasRead === true ? unclear(because) : satisfied(`passed unseen: ${because}`);
  }
  const rows = compareLedger(leases.ledger, leases);
  if (rows === undefined) {
    return unclear(manifests.kind === "unreadable" ? manifests.because : "namespaces: not read");
  }
  const flying = rows
    .filter((row) => row.standing === "in-flight")
    .map((row) => `${printable(row.key)}: ${row.because}`);
  const bids = chain.openBids.map((id) => `bid on ${printable(leaseKey(id))} is open`);
  const waiting = [...flying, ...bids];
  const dangling = rows
    .filter((row) => row.standing === "dangling")
    .map(({ key }) => printable(key));
  const without = dangling.length === 0 ? "" : `; without a workload (dangling): ${few(dangling)}`;
  if (waiting.length > 0) return unclear(few(waiting));
  return satisfied(`no lease is in flight, and no bid is open${without}`);
}

function few(all: readonly string[]): string {
  const more = all.length - shownMax;
  return [...all.slice(0, shownMax), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
