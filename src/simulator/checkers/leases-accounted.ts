// A window's last word on the leases is what became of them: nobody's closing is taken for
// another's.

import { isObject } from "../../core/json.ts";
import type { LeaseModel } from "../lease-model.ts";
import { defineChecker } from "./checker.ts";

interface Memory {
  /**
   * By window: when it was planned, and the leases that lived then, with whether they had a
   * workload.
   */
  readonly windows: Record<string, { readonly at: number; readonly live: Record<string, boolean> }>;
  /** By lease: when it last became something else. */
  readonly changedAt: Record<string, number>;
}

/** A survey may have asked the chain so long before its plan is written down. */
const surveyMs = 30_000;

export const leasesAccounted = defineChecker<Memory>({
  name: "leases-accounted",
  sentence: "What a window says of each lease at its end is what became of it.",
  memory: () => ({ windows: {}, changedAt: {} }),
  see: (memory, transition, model) => {
    if (transition.kind === "lease") memory.changedAt[transition.key] = model.now;
    if (transition.kind !== "journalled") return undefined;
    const { window, record } = transition;
    if (record.kind === "planned") {
      const live = [...model.leases].filter(([, lease]) => isLive(lease));
      const had = live.map(([key, lease]): [string, boolean] => [key, lease.hasNamespace]);
      memory.windows[window] = { at: model.now, live: Object.fromEntries(had) };
    }
    const planned = memory.windows[window];
    if (record.kind !== "settled" || !record.key.startsWith("account-for-leases@"))
      return undefined;
    if (planned === undefined || record.verdict.kind !== "satisfied") return undefined;
    const { detail } = record.verdict;
    if (!isObject(detail) || detail.countedBy !== "chain" || !Array.isArray(detail.lines)) {
      return undefined;
    }
    const said = new Map(detail.lines.map(String).map(keyAndWords));
    const between = (at: number, from: number, until: number) => at >= from && at <= until;
    for (const [key, lease] of model.leases) {
      const at = memory.changedAt[key] ?? Number.NEGATIVE_INFINITY;
      // What changed while it was being looked at may be told either way.
      if (between(at, planned.at - surveyMs, planned.at)) continue;
      if (between(at, model.now - record.ms - 1000, model.now)) continue;
      const wanted = wordsOf(lease, planned.live[key]);
      const words = said.get(key) ?? "";
      const agrees =
        wanted === ""
          ? /^(kept|$)/.test(words) ||
            (dangles(lease, planned.live[key]) && words.includes(already))
          : words.includes(wanted);
      if (!agrees) return `of lease ${key} it says "${words}", and it is: "${wanted}"`;
    }
    return undefined;
  },
});

function keyAndWords(line: string): [string, string] {
  const at = line.indexOf(": ");
  return [line.slice(0, at), line.slice(at + 2)];
}

const byReason: ReadonlyMap<number, string> = new Map([
  [1, "closed by its tenant"],
  [10_000, "as unstable"],
  [20_000, "out of funds"],
]);

/**
 * What must be said of a lease; empty when nothing need be. `before`: undefined when it did not
 * live.
 */
function wordsOf(lease: LeaseModel, before: boolean | undefined): string {
  if (before === undefined) return isLive(lease) ? "new during the window" : "";
  if (!isLive(lease)) return byReason.get(lease.reason) ?? "closed";
  return before && !lease.hasNamespace ? "its workload is gone" : "";
}

const already = "without a workload already before";

/**
 * One that was won while no provider ran: it never gets a workload, and that may be told, or not.
 */
function dangles({ hasNamespace }: LeaseModel, before: boolean | undefined): boolean {
  return before === false && !hasNamespace;
}

function isLive({ state }: Pick<LeaseModel, "state">): boolean {
  return state === "active" || state === "reclaiming";
}
