// What `drydock provider stop` remembers of the moment before it, for the gates of
// `drydock provider start`.

import { compareLedger } from "../akash/comparison.ts";
import type { BeforeStop } from "../akash/stop-memory.ts";
import { baselineOf, illOf } from "../akash/workloads.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import type { Reading } from "../core/outcome.ts";
import { illLeases } from "./services.ts";

/** Undefined when the survey was not told to read the leases. */
export function rememberBeforeStop(facts: ClusterFacts): BeforeStop | undefined {
  const { leases: seen, inventory, operators } = facts;
  if (seen === undefined) return undefined;
  // What could not be read is not remembered: then nothing is excused.
  const rows = compareLedger(seen.ledger, seen) ?? [];
  const leases = baselineOf(rows);
  return {
    leases,
    ill: illOf(rows, leases),
    failing: illLeases(facts),
    inventory: seenIn(inventory) ?? null,
    operators: seenIn(operators) ?? null,
  };
}

function seenIn<T>(reading: Reading<T> | undefined): T | undefined {
  return reading?.kind === "read" ? reading.value : undefined;
}
