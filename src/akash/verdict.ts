// What became of the leases between two ledgers, lease by lease, and the sentence that says it.

import type { ChainLease } from "../core/chain.ts";
import { counted } from "../core/counted.ts";
import { printable } from "../core/printable.ts";
import { leaseKey } from "./lease.ts";
import type { LeaseNamespace, Ledger, TenantPod } from "./ledger.ts";

export type Fate =
  | "kept"
  | "closed-by-tenant"
  | "out-of-funds"
  /** Reason 10000: the provider's own monitor closed it. The loss that a window must prevent. */
  | "closed-as-unstable"
  /** Reason 10002: the provider's bid engine, or its operator. */
  | "closed-by-bid-engine"
  | "manifest-timeout"
  | "decommissioned"
  /** Reason 10004, or another of the provider's that came later. */
  | "closed-by-provider"
  /** A reason of the network's that came later. */
  | "closed-by-network"
  /** Still on the chain, while its workload is gone. */
  | "torn-down"
  /** Still on the chain, and the provider would not know it at its next start. */
  | "manifest-gone"
  /** Without Manifest object and workload before and after: nothing of it was there to be kept. */
  | "dangling"
  | "gone-unexplained"
  /** The chain was not asked, or gave no answer. */
  | "gone-unasked"
  | "new"
  /**
   * Won in the window, without Manifest object and workload: a provider does not serve a bid that
   * was accepted while it was stopped (akash-network/node#635). */
  | "new-unserved";

export interface LeaseFate {
  readonly key: string;
  readonly fate: Fate;
  /** Pods with another UID or more restarts than before. */
  readonly restartedPods: readonly string[];
  /**
   * A lease that is gone left its workload behind: nobody pays for it (akash-network/support#627).
   */
  readonly leaked: boolean;
}

export interface WindowVerdict {
  /** `unknown`: nothing speaks against it, and something was not read both times. */
  readonly kind: "kept" | "unknown" | "lost";
  /** What leases were counted by; `none` when they could not be. */
  readonly countedBy: "chain" | "manifests" | "none";
  readonly sentence: string;
  /** One line for every lease that was not simply kept. */
  readonly lines: readonly string[];
  readonly fates: readonly LeaseFate[];
}

/** LeaseClosedReason of akash.market.v1 types.proto (akash-network/chain-sdk). */
const fateOfReason: ReadonlyMap<number, Fate> = new Map([
  [1, "closed-by-tenant"],
  [10_000, "closed-as-unstable"],
  [10_001, "decommissioned"],
  [10_002, "closed-by-bid-engine"],
  [10_003, "manifest-timeout"],
  [20_000, "out-of-funds"],
]);

/**
 * The ranges that types.proto gives to owner, provider and network: up to, not including, the
 * number.
 */
const fateOfRange: readonly (readonly [number, Fate])[] = [
  [1, "gone-unexplained"],
  [10_000, "closed-by-tenant"],
  [20_000, "closed-by-provider"],
  [30_000, "closed-by-network"],
];

const words: Readonly<Record<Fate, string>> = {
  kept: "kept",
  "closed-by-tenant": "closed by its tenant",
  "out-of-funds": "out of funds",
  "closed-as-unstable": "closed by this provider as unstable (reason 10000)",
  "closed-by-bid-engine": "closed by this provider (reason 10002)",
  "manifest-timeout": "closed by this provider: no manifest in time (reason 10003)",
  decommissioned: "closed by this provider: decommissioned (reason 10001)",
  "closed-by-provider": "closed by this provider (reason 10004 or later)",
  "closed-by-network": "closed by the network",
  "torn-down": "active on the chain, and its workload is gone",
  "manifest-gone": "active on the chain, and its Manifest object is gone",
  dangling: "without a workload already before (dangling)",
  "gone-unexplained": "gone, and the chain does not say why",
  "gone-unasked": "gone, and the chain could not be asked why",
  new: "new during the window",
  "new-unserved": "new during the window, without a workload so far",
};

/** Nobody of ours took them away. */
const harmless: ReadonlySet<Fate> = new Set([
  "kept",
  "closed-by-tenant",
  "out-of-funds",
  "closed-by-network",
  "dangling",
  "new",
  "new-unserved",
]);

/**
 * `closed` holds, by key, what the chain says now of leases that were live before and are not any
 * more. Leases are those of the chain; where it was not read both times, those of the Manifest
 * objects.
 */
export function compareWindow(
  before: Ledger,
  after: Ledger,
  closed: ReadonlyMap<string, ChainLease>,
): WindowVerdict {
  const byChain = before.chain.kind === "read" && after.chain.kind === "read";
  const were = byChain ? chainKeys(before) : manifestKeys(before);
  const are = byChain ? chainKeys(after) : manifestKeys(after);
  if (were === undefined || are === undefined) return unread(before, after);
  const sees = before.namespaces.kind === "read" && after.namespaces.kind === "read";
  const [earlier, later] = [namespacesOf(before), namespacesOf(after)];
  const [knew, knows] = [manifestKeys(before), manifestKeys(after)];
  const old = [...were].sort().map((key): LeaseFate => {
    const was = earlier.get(key);
    const is = later.get(key);
    const gone = { key, restartedPods: [], leaked: false };
    if (!are.has(key)) {
      const fate = fateOf(closed.get(key));
      // A lease that is still active pays for its workload.
      return { ...gone, fate, leaked: is !== undefined && fate !== "manifest-gone" };
    }
    if (!sees) return { ...gone, fate: "kept" };
    if (was !== undefined && is === undefined) return { ...gone, fate: "torn-down" };
    if (knew?.has(key) && knows?.has(key) === false) return { ...gone, fate: "manifest-gone" };
    const nothing = [was, is].every((one) => one === undefined);
    if (nothing && [knew, knows].every((one) => one?.has(key) === false)) {
      return { ...gone, fate: "dangling" };
    }
    return { key, fate: "kept", restartedPods: restarted(was, is), leaked: false };
  });
  const fates = [...old, ...freshOf(were, are, after)];
  const lost = fates.some((one) => !harmless.has(one.fate));
  const kind = lost ? "lost" : byChain && sees ? "kept" : "unknown";
  const sentence = sentenceOf(old.length, fates, { byChain, sees });
  const countedBy = byChain ? "chain" : "manifests";
  return { kind, countedBy, sentence, lines: linesOf(fates), fates };
}

/**
 * Why the leases can not be told now; undefined when they can. What was not known before is not
 * missed.
 */
export function notComparable(before: Ledger, after: Ledger): string | undefined {
  const sets = [
    [before.chain, after.chain],
    [before.manifests, after.manifests],
    [before.namespaces, after.namespaces],
  ] as const;
  for (const [was, is] of sets) {
    if (was.kind === "read" && is.kind === "unreadable") return is.because;
  }
  return undefined;
}

function freshOf(
  were: ReadonlySet<string>,
  are: ReadonlySet<string>,
  after: Ledger,
): readonly LeaseFate[] {
  const served = new Set([...(manifestKeys(after) ?? are), ...namespacesOf(after).keys()]);
  return [...are]
    .filter((key) => !were.has(key))
    .sort()
    .map((key) => {
      const fate = served.has(key) ? "new" : "new-unserved";
      return { key, fate, restartedPods: [], leaked: false };
    });
}

function unread(before: Ledger, after: Ledger): WindowVerdict {
  const because = [before, after].flatMap(({ manifests, namespaces }) =>
    [manifests, namespaces].flatMap((one) => (one.kind === "unreadable" ? [one.because] : [])),
  );
  const sentence = `leases could not be counted: ${printable(because[0] ?? "unknown")}`;
  return { kind: "unknown", countedBy: "none", sentence, lines: [], fates: [] };
}

function fateOf(lease: ChainLease | undefined): Fate {
  if (lease === undefined) return "gone-unasked";
  if (lease.state === "active" || lease.state === "reclaiming") return "manifest-gone";
  const reason = lease.reason ?? 0;
  const byReason = fateOfReason.get(reason);
  if (byReason !== undefined) return byReason;
  if (lease.state === "insufficient_funds") return "out-of-funds";
  return fateOfRange.find(([end]) => reason < end)?.[1] ?? "gone-unexplained";
}

function chainKeys(ledger: Ledger): ReadonlySet<string> | undefined {
  if (ledger.chain.kind !== "read") return undefined;
  return new Set(ledger.chain.leases.map(({ id }) => leaseKey(id)));
}

function manifestKeys(ledger: Ledger): ReadonlySet<string> | undefined {
  if (ledger.manifests.kind === "unreadable") return undefined;
  return new Set(ledger.manifests.value.map(({ id }) => leaseKey(id)));
}

function namespacesOf(ledger: Ledger): ReadonlyMap<string, LeaseNamespace> {
  const all = ledger.namespaces.kind === "read" ? ledger.namespaces.value : [];
  return new Map(all.map((one) => [leaseKey(one.id), one]));
}

/** A pod that had ended already, such as an evicted one, is not missed. */
function restarted(
  was: LeaseNamespace | undefined,
  is: LeaseNamespace | undefined,
): readonly string[] {
  const now = new Map<string, TenantPod>((is?.pods ?? []).map((pod) => [pod.uid, pod]));
  return (was?.pods ?? [])
    .filter((pod) => pod.phase === "Running" || pod.phase === "Pending")
    .filter((pod) => (now.get(pod.uid)?.restarts ?? Number.POSITIVE_INFINITY) > pod.restarts)
    .map((pod) => pod.name);
}

function sentenceOf(
  total: number,
  fates: readonly LeaseFate[],
  known: { readonly byChain: boolean; readonly sees: boolean },
): string {
  const kept = fates.filter((one) => one.fate === "kept").length;
  const counts = new Map<Fate, number>();
  for (const { fate } of fates) {
    if (fate !== "kept") counts.set(fate, (counts.get(fate) ?? 0) + 1);
  }
  const pods = fates.reduce((sum, one) => sum + one.restartedPods.length, 0);
  const leaked = fates.filter((one) => one.leaked).length;
  const restarts =
    pods === 0 ? "no tenant pod restarted" : `${counted(pods, "tenant pod")} restarted`;
  const parts = [
    `${kept} of ${counted(total, "lease")} kept`,
    ...[...counts].map(([fate, count]) => `${count} ${words[fate]}`),
    ...(leaked === 0 ? [] : [`${counted(leaked, "workload")} left behind (leaked)`]),
    known.sees ? restarts : "tenants' pods could not be compared",
    ...(known.byChain ? [] : ["the chain was not read both times: counted by Manifest objects"]),
  ];
  return parts.join(", ");
}

function linesOf(fates: readonly LeaseFate[]): readonly string[] {
  return fates.flatMap(({ key, fate, restartedPods, leaked }) => {
    const name = printable(key);
    if (fate !== "kept") {
      return [`${name}: ${words[fate]}${leaked ? "; its workload is still here (leaked)" : ""}`];
    }
    if (restartedPods.length === 0) return [];
    return [`${name}: kept, restarted: ${restartedPods.map(printable).join(", ")}`];
  });
}
