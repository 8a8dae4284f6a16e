// What was available of every lease before a window, and what of it is missing now.

import { printable } from "../core/printable.ts";
import type { LeaseRow } from "./comparison.ts";
import type { ManifestSeen, Workload } from "./ledger.ts";

/**
 * Replicas by service, by `owner/dseq/gseq/oseq`: only leases of which everything was available.
 */
export type Baseline = { readonly [lease: string]: { readonly [service: string]: number } };

/** What was ill before need not be well afterwards, and nobody waits for what is leaked. */
export function baselineOf(rows: readonly LeaseRow[]): Baseline {
  const well = rows.flatMap((row) => {
    const counts = row.manifest === undefined ? {} : countsOf(row.manifest);
    const isWell = Object.keys(counts).length > 0 && lacks(row, counts).length === 0;
    return isWell && row.onChain !== "absent" ? [[row.key, counts] as const] : [];
  });
  return Object.fromEntries(well);
}

/**
 * Leases that live and of which not everything was available; one in flight has no workload yet.
 */
export function illOf(rows: readonly LeaseRow[], baseline: Baseline): readonly string[] {
  return rows
    .filter((row) => row.onChain !== "absent" && row.standing !== "in-flight")
    .map(({ key }) => key)
    .filter((key) => baseline[key] === undefined);
}

/**
 * What is wanted where the survey was after the maintenance: of every lease that is here all that
 * its Manifest object says, but of those that are excused; and all that is known from before.
 */
export function wholeBaseline(
  rows: readonly LeaseRow[],
  { before, excused }: { readonly before: Baseline; readonly excused: readonly string[] },
): Baseline {
  const here = rows.filter(({ manifest, namespace }) => (manifest ?? namespace) !== undefined);
  const wanted = here
    .filter((row) => row.onChain !== "absent" && !excused.includes(row.key))
    .map((row) => {
      const known = before[row.key] ?? {};
      return [row.key, row.manifest === undefined ? known : countsOf(row.manifest)] as const;
    });
  return { ...before, ...Object.fromEntries(wanted) };
}

function countsOf({ services }: ManifestSeen): Baseline[string] {
  return Object.fromEntries(services.map(({ name, count }) => [name, count]));
}

/**
 * Leases of the baseline of which nothing is left on the cluster, nor on the chain where that was
 * read.
 */
export function goneFrom(baseline: Baseline, rows: readonly LeaseRow[]): readonly string[] {
  const known = new Map(rows.map((row) => [row.key, row]));
  return Object.keys(baseline).filter((key) => (known.get(key)?.onChain ?? "absent") === "absent");
}

/** A line for each lease that is not as it was; those that are gone are not waited for. */
export function missingFrom(baseline: Baseline, rows: readonly LeaseRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const services = baseline[row.key];
    if (services === undefined || row.onChain === "absent") return [];
    const missing = lacks(row, services);
    return missing.length === 0 ? [] : [`${printable(row.key)}: ${missing.join(", ")}`];
  });
}

function lacks(
  { manifest, namespace }: LeaseRow,
  services: { readonly [service: string]: number },
): readonly string[] {
  if (namespace === undefined) return ["its namespace is gone"];
  const parts = Object.entries(services).flatMap(([name, count]) => {
    const workload = namespace.workloads.find((one) => one.name === name);
    const there = workload === undefined ? 0 : replicasAt(workload);
    return there < count ? [`${printable(name)} has ${there} of ${count}`] : [];
  });
  return [...(manifest === undefined ? ["its Manifest object is gone"] : []), ...parts];
}

/**
 * Of a StatefulSet the ready ones: those that only exist are all that the provider's own check
 * sees.
 */
function replicasAt({ kind, ready, available }: Workload): number {
  return kind === "StatefulSet" ? ready : available;
}
