// "Otherwise leases are lost": the reason why the provider is stopped before anything else.

import { defineChecker } from "./checker.ts";

/** Whose leases a window must keep: what tenants close, and what runs out of funds, is not ours. */
const notOurs: ReadonlySet<number> = new Set([1, 20_000]);

interface Memory {
  /** Windows that are open. */
  readonly open: Record<string, true>;
}

export const noLeaseClosed = defineChecker<Memory>({
  name: "no-lease-closed",
  sentence:
    "While a window is open the provider closes no lease on the chain and tears no workload down.",
  memory: () => ({ open: {} }),
  see: (memory, transition) => {
    if (transition.kind === "journalled") {
      const { window, record } = transition;
      if (record.kind === "planned") memory.open[window] = true;
      if (record.kind === "closed") delete memory.open[window];
      return undefined;
    }
    if (transition.kind !== "lease" || notOurs.has(transition.reason)) return undefined;
    // A release before 0.6.10 does so whenever its machine comes up and the API does not: no tool
    // is asked, and nobody started it.
    if (transition.what === "won" || transition.rebooted) return undefined;
    if (Object.keys(memory.open).length === 0) return undefined;
    const { key, what, reason } = transition;
    return `lease ${key} was ${what}${reason === 0 ? "" : ` by the provider (reason ${reason})`}`;
  },
});
