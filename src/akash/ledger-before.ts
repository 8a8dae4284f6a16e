// The ledger as it was before a window, short enough for a plan: what the verdict compares with,
// and what a reader of the journal wants to know of each lease. Nothing in it is secret.

import type { ChainSeen, LeaseId } from "../core/chain.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import { leaseKey } from "./lease.ts";
import type { LeaseNamespace, Ledger, ManifestSeen, TenantPod, Workload } from "./ledger.ts";

/** About 500 bytes for each lease. */
export type LedgerBefore = {
  readonly readAt: Instant;
  readonly providers: readonly string[];
  /** Why a set is not known; empty when it is. */
  readonly unknown: {
    readonly chain: string;
    readonly manifests: string;
    readonly namespaces: string;
  };
  readonly leases: readonly LeaseBefore[];
};

type LeaseBefore = {
  readonly owner: string;
  readonly dseq: string;
  readonly gseq: number;
  readonly oseq: number;
  /** Its place in `providers`. */
  readonly provider: number;
  /** Null where it is not on the chain. */
  readonly onChain: "active" | "reclaiming" | null;
  /** By service, the replicas that its Manifest object wants; null where there is none. */
  readonly services: { readonly [service: string]: number } | null;
  /** Null where there is none. */
  readonly namespace: NamespaceBefore | null;
};

type NamespaceBefore = {
  readonly name: string;
  readonly phase: string;
  readonly workloads: readonly WorkloadBefore[];
  /** Those at work, or waiting to be. */
  readonly pods: readonly PodBefore[];
};

type WorkloadBefore = {
  readonly kind: Workload["kind"];
  readonly name: string;
  readonly desired: number;
  readonly available: number;
  readonly ready: number;
  readonly current: number;
};

type PodBefore = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly restarts: number;
};

export function rememberLedger(ledger: Ledger): LedgerBefore {
  const { chain, manifests, namespaces } = ledger;
  const ids = new Map<string, LeaseId>();
  const byKey = <T extends { readonly id: LeaseId }>(items: readonly T[]) => {
    for (const { id } of items) ids.set(leaseKey(id), id);
    return new Map(items.map((item) => [leaseKey(item.id), item]));
  };
  const onChain = byKey(chain.kind === "read" ? chain.leases : []);
  const wanted = byKey(manifests.kind === "read" ? manifests.value : []);
  const here = byKey(namespaces.kind === "read" ? namespaces.value : []);
  const providers = [...new Set([...ids.values()].map((id) => id.provider))].sort();
  const because = (one: { readonly kind: string; readonly because?: string }) =>
    one.kind === "read" ? "" : (one.because ?? "");
  return {
    readAt: ledger.readAt,
    providers,
    unknown: {
      chain: because(chain),
      manifests: because(manifests),
      namespaces: because(namespaces),
    },
    leases: [...ids].sort(byText).map(([key, { owner, dseq, gseq, oseq, provider }]) => {
      const state = onChain.get(key)?.state;
      return {
        owner,
        dseq,
        gseq,
        oseq,
        provider: providers.indexOf(provider),
        onChain: state === undefined ? null : state === "reclaiming" ? state : "active",
        services: servicesOf(wanted.get(key)),
        namespace: namespaceOf(here.get(key)),
      };
    }),
  };
}

function byText([one]: readonly [string, LeaseId], [other]: readonly [string, LeaseId]): number {
  return one < other ? -1 : 1;
}

function servicesOf(manifest: ManifestSeen | undefined): LeaseBefore["services"] {
  if (manifest === undefined) return null;
  return Object.fromEntries(manifest.services.map(({ name, count }) => [name, count]));
}

function namespaceOf(seen: LeaseNamespace | undefined): NamespaceBefore | null {
  if (seen === undefined) return null;
  const { name, phase, workloads, pods } = seen;
  return {
    name,
    phase,
    workloads: workloads.map((one) => ({ ...one })),
    pods: pods.filter(isAtWork).map(({ name, uid, node, restarts }) => {
      return { name, uid, node, restarts };
    }),
  };
}

/** One that has ended, such as an evicted one, is not missed. */
function isAtWork({ phase }: TenantPod): boolean {
  return phase === "Running" || phase === "Pending";
}

/** As a ledger again, without what was not remembered: open bids, endpoints, claims, GPUs. */
export function recallLedger(before: LedgerBefore): Ledger {
  const { readAt, providers, unknown, leases } = before;
  const known = leases.map((one) => ({ ...one, id: idOf(one, providers) }));
  return {
    readAt,
    providers,
    chain: chainOf(unknown.chain, known),
    manifests: orUnknown(
      unknown.manifests,
      known.flatMap(({ id, services, namespace }) => {
        if (services === null) return [];
        const named = Object.entries(services).map(([name, count]) => ({ name, count }));
        return [{ name: namespace?.name ?? "", id, services: named }];
      }),
    ),
    namespaces: orUnknown(
      unknown.namespaces,
      known.flatMap(({ id, namespace }) => {
        if (namespace === null) return [];
        const pods = namespace.pods.map((pod) => ({ ...pod, phase: "Running" }));
        return [{ ...namespace, id, pods, claims: [] }];
      }),
    ),
    nodes: read([]),
  };
}

function idOf(
  { owner, dseq, gseq, oseq, provider }: LeaseBefore,
  providers: readonly string[],
): LeaseId {
  return { owner, dseq, gseq, oseq, provider: providers[provider] ?? "" };
}

function chainOf(
  unknown: string,
  leases: readonly { readonly id: LeaseId; readonly onChain: LeaseBefore["onChain"] }[],
): ChainSeen {
  if (unknown !== "") return { kind: "unreadable", because: unknown };
  const live = leases.flatMap(({ id, onChain }) =>
    onChain === null ? [] : [{ id, state: onChain }],
  );
  return { kind: "read", endpoints: [], passedOver: [], leases: live, openBids: [] };
}

function orUnknown<T>(unknown: string, items: readonly T[]): Reading<readonly T[]> {
  return unknown === "" ? read(items) : unreadable(unknown);
}
