/** Ledgers for tests: leases by number, all well until a test says otherwise. */

import type { ChainLease, ChainSeen, LeaseId } from "../core/chain.ts";
import { read } from "../core/outcome.ts";
import { leaseClock } from "./lease-clock.ts";
import type { LeaseNamespace, Ledger, ManifestSeen, ProviderLeases } from "./ledger.ts";
import { parseRelease } from "./release.ts";

const provider = `akash1${"p".repeat(38)}`;

function idOf(number: number): LeaseId {
  return { owner: `akash1${"o".repeat(38)}`, dseq: String(number), gseq: 1, oseq: 1, provider };
}

export function keyOf(number: number): string {
  return `akash1${"o".repeat(38)}/${number}/1/1`;
}

export function active(number: number, more: Partial<ChainLease> = {}): ChainLease {
  return { id: idOf(number), state: "active", ...more };
}

export function manifestOf(number: number, count = 1): ManifestSeen {
  return { name: `ns${number}`, id: idOf(number), services: [{ name: "web", count }] };
}

export function namespaceOf(number: number, more: Partial<LeaseNamespace> = {}): LeaseNamespace {
  return {
    name: `ns${number}`,
    id: idOf(number),
    phase: "Active",
    workloads: [
      { kind: "Deployment", name: "web", desired: 1, available: 1, ready: 1, current: 1 },
    ],
    pods: [{ name: "web-1", uid: `uid-${number}`, node: "node1", phase: "Running", restarts: 0 }],
    claims: [],
    ...more,
  };
}

export function chainOf(leases: readonly ChainLease[]): ChainSeen {
  return { kind: "read", endpoints: [], passedOver: [], leases, openBids: [] };
}

/** Leases 1 to `count`, the same in all three sets. */
export function ledgerOf(count: number, more: Partial<Ledger> = {}): Ledger {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    readAt: 0,
    providers: [provider],
    chain: chainOf(numbers.map((number) => active(number))),
    manifests: read(numbers.map((number) => manifestOf(number))),
    namespaces: read(numbers.map((number) => namespaceOf(number))),
    nodes: read([]),
    ...more,
  };
}

/** With the clock of the program's defaults. */
export function providerLeases(readyReplicas: number): ProviderLeases {
  return {
    seen: {
      namespace: "akash-services",
      name: "akash-provider",
      replicas: readyReplicas,
      currentReplicas: readyReplicas,
      readyReplicas,
      upToDate: true,
      image: "ghcr.io/akash-network/provider:0.14.0",
      previousReplicas: undefined,
      pods: readyReplicas === 0 ? [] : ["akash-provider-0"],
    },
    chart: "provider-19.0.0",
    clock: leaseClock(new Map()),
    release: parseRelease("0.14.0"),
    releaseSource: "image",
    rules: [],
  };
}
