// The ledger: the three sets that must agree (chain, Manifest objects, namespaces with workloads),
// as values without anything secret: no environment, no arguments, no credentials of a tenant.

import type { ChainSeen, LeaseId } from "../core/chain.ts";
import type { Reading } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import type { LeaseClock } from "./lease-clock.ts";
import type { ProviderSeen } from "./provider.ts";
import type { Release, ReleaseRule, ReleaseSource } from "./release.ts";

export interface Ledger {
  readonly readAt: Instant;
  /** Whose leases the chain was asked for. */
  readonly providers: readonly string[];
  readonly chain: ChainSeen;
  readonly manifests: Reading<readonly ManifestSeen[]>;
  readonly namespaces: Reading<readonly LeaseNamespace[]>;
  readonly nodes: Reading<readonly NodeGpus[]>;
}

export interface ManifestSeen {
  /** The namespace of the lease has the same name. */
  readonly name: string;
  readonly id: LeaseId;
  readonly services: readonly { readonly name: string; readonly count: number }[];
}

export interface LeaseNamespace {
  readonly name: string;
  readonly id: LeaseId;
  readonly phase: string;
  readonly workloads: readonly Workload[];
  readonly pods: readonly TenantPod[];
  readonly claims: readonly { readonly name: string; readonly phase: string }[];
}

export interface Workload {
  readonly kind: "Deployment" | "StatefulSet";
  /** The manifest's service. */
  readonly name: string;
  readonly desired: number;
  readonly available: number;
  readonly ready: number;
  /** A StatefulSet's current replicas, ready or not; a Deployment's replicas. */
  readonly current: number;
}

export interface TenantPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly phase: string;
  /** Of all its containers. */
  readonly restarts: number;
}

export interface NodeGpus {
  readonly name: string;
  readonly ready: boolean;
  /** Allocatable, of all vendors; 0 also when a device plugin has not registered again. */
  readonly gpus: number;
}

export interface LeasesSeen {
  readonly ledger: Ledger;
  readonly provider: Reading<ProviderLeases>;
  /** How long a lease may wait for its manifest: the provider's own setting. */
  readonly manifestTimeoutMs: number;
}

/** What the provider does to leases, as it is set up now. */
export interface ProviderLeases {
  readonly seen: ProviderSeen;
  readonly chart: string;
  readonly clock: LeaseClock;
  /** Undefined when neither its image's tag nor, without one, its chart says it. */
  readonly release: Release | undefined;
  readonly releaseSource: ReleaseSource;
  readonly rules: readonly ReleaseRule[];
}
