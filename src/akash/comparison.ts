// The three sets side by side, lease by lease, with the field's names for what does not agree.

import type { ChainLease, LeaseId } from "../core/chain.ts";
import { absurd } from "../core/invariant.ts";
import type { Reading } from "../core/outcome.ts";
import { leaseKey } from "./lease.ts";
import type { LeaseNamespace, Ledger, ManifestSeen, Workload } from "./ledger.ts";

export type Standing =
  | "agrees"
  /** Won on the chain a moment ago; its manifest has not come yet. */
  | "in-flight"
  /** On the chain, and without (all of) its workload. */
  | "dangling"
  /** A workload or Manifest object without a lease on the chain. */
  | "leaked"
  /** All there, and a service has fewer replicas than it should. */
  | "unhealthy"
  /** Manifest object and namespace do not agree, and the chain is not known. */
  | "incomplete";

export interface LeaseRow {
  readonly key: string;
  readonly id: LeaseId;
  /** `unknown` when the chain was not read. */
  readonly onChain: "active" | "reclaiming" | "absent" | "unknown";
  readonly manifest: ManifestSeen | undefined;
  readonly namespace: LeaseNamespace | undefined;
  readonly standing: Standing;
  /** Empty when all agrees. */
  readonly because: string;
  /** The provider counts failed checks of this lease, while it runs. */
  readonly countsDown: boolean;
}

/**
 * Undefined when neither Manifest objects nor namespaces could be read: there is nothing to
 * compare.
 */
export function compareLedger(
  ledger: Ledger,
  /** How long a lease may be without its manifest before the provider closes it. */
  limits: { readonly manifestTimeoutMs: number },
): readonly LeaseRow[] | undefined {
  if (ledger.manifests.kind === "unreadable" || ledger.namespaces.kind === "unreadable") {
    return undefined;
  }
  const chain = ledger.chain.kind === "read" ? byKey(ledger.chain.leases) : undefined;
  const manifests = byKey(readItems(ledger.manifests));
  const namespaces = byKey(readItems(ledger.namespaces));
  const ids = new Map<string, LeaseId>();
  for (const set of [chain, manifests, namespaces]) {
    for (const [key, { id }] of set ?? []) ids.set(key, id);
  }
  return [...ids]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, id]) => {
      const parts = {
        lease: chain?.get(key),
        manifest: manifests.get(key),
        namespace: namespaces.get(key),
      };
      const onChain = chain === undefined ? "unknown" : chainState(parts.lease);
      const judged = judge(onChain, parts, limits.manifestTimeoutMs);
      const { manifest, namespace } = parts;
      const countsDown = counts(manifest, namespace);
      return { key, id, onChain, manifest, namespace, ...judged, countsDown };
    });
}

function chainState(lease: ChainLease | undefined): LeaseRow["onChain"] {
  if (lease === undefined) return "absent";
  return lease.state === "reclaiming" ? "reclaiming" : "active";
}

interface Parts {
  readonly lease: ChainLease | undefined;
  readonly manifest: ManifestSeen | undefined;
  readonly namespace: LeaseNamespace | undefined;
}

function judge(
  onChain: LeaseRow["onChain"],
  { lease, manifest, namespace }: Parts,
  timeoutMs: number,
): { readonly standing: Standing; readonly because: string } {
  const missing = [
    ...(manifest === undefined ? ["Manifest object"] : []),
    ...(namespace === undefined ? ["namespace"] : []),
  ];
  switch (onChain) {
    case "absent": {
      const left = manifest === undefined ? "a namespace" : "a Manifest object";
      return { standing: "leaked", because: `not on the chain, and ${left} is here` };
    }
    case "active":
    case "reclaiming": {
      if (missing.length === 0) break;
      const young = lease?.ageMs !== undefined && lease.ageMs < timeoutMs;
      if (missing.length === 2 && young) {
        const seconds = Math.round((lease.ageMs ?? 0) / 1000);
        return { standing: "in-flight", because: `won ${seconds} s ago, no manifest yet` };
      }
      return { standing: "dangling", because: `on the chain, without ${missing.join(" and ")}` };
    }
    case "unknown":
      if (missing.length === 0) break;
      return { standing: "incomplete", because: `without ${missing.join(" and ")}` };
    default:
      return absurd(onChain);
  }
  const ill = illness(manifest, namespace);
  return ill.length === 0
    ? { standing: "agrees", because: "" }
    : { standing: "unhealthy", because: ill.join("; ") };
}

/** What a service lacks, in words; the truth is what is ready. */
function illness(
  manifest: ManifestSeen | undefined,
  namespace: LeaseNamespace | undefined,
): readonly string[] {
  const services = (manifest?.services ?? []).flatMap(({ name, count }) => {
    const workload = namespace?.workloads.find((one) => one.name === name);
    if (workload === undefined) return [`${name} is missing`];
    const able = Math.min(workload.ready, workload.available);
    const hidden = able < count && seenByMonitor(workload) >= count;
    const blind = hidden ? " (which the provider does not see of a StatefulSet)" : "";
    return able < count ? [`${name} ${able} of ${count} ready${blind}`] : [];
  });
  const claims = (namespace?.claims ?? []).filter((one) => one.phase !== "Bound");
  const phase = namespace?.phase === "Active" ? [] : [`its namespace is ${namespace?.phase}`];
  return [...phase, ...services, ...claims.map((one) => `volume ${one.name} is ${one.phase}`)];
}

/**
 * What the provider's own check takes for available: a Deployment's available replicas, and a
 * StatefulSet's current ones, ready or not (akash-network/provider, cluster/kube/client.go).
 */
function seenByMonitor(workload: Workload): number {
  return workload.kind === "StatefulSet" ? workload.current : workload.available;
}

function counts(
  manifest: ManifestSeen | undefined,
  namespace: LeaseNamespace | undefined,
): boolean {
  return (manifest?.services ?? []).some(({ name, count }) => {
    const workload = namespace?.workloads.find((one) => one.name === name);
    return workload === undefined || seenByMonitor(workload) < count;
  });
}

function byKey<T extends { readonly id: LeaseId }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [leaseKey(item.id), item]));
}

function readItems<T>(reading: Reading<readonly T[]>): readonly T[] {
  return reading.kind === "read" ? reading.value : [];
}
