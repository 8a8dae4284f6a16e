// Leases, and the provider that watches over them, as the model has them.

import type { Instant } from "../core/world.ts";

/**
 * A lease on the chain and what the cluster has of it. A value: replaced when something changes.
 */
export interface LeaseModel {
  readonly id: {
    readonly owner: string;
    readonly dseq: string;
    readonly gseq: number;
    readonly oseq: number;
    readonly provider: string;
  };
  readonly namespace: string;
  /** `open`: only a bid so far. */
  readonly state: "open" | "active" | "reclaiming" | "insufficient_funds" | "closed";
  /** As the chain numbers them; 0 for none. */
  readonly reason: number;
  readonly createdAt: Instant;
  readonly services: readonly {
    readonly name: string;
    readonly count: number;
    readonly persistent: boolean;
  }[];
  /** Secret, and a part of the Manifest object. */
  readonly environment: string;
  readonly hasManifest: boolean;
  readonly hasNamespace: boolean;
  /** A provider that its machine had started again has torn its workload down. */
  readonly lostInReboot?: true;
  /** Its deposit is used up: it is closed when the provider next withdraws. */
  readonly overdrawn: boolean;
}

/** The provider's monitors: their settings, and what fails their checks just now. */
export interface MonitorModel {
  readonly maxRetries: number;
  readonly retryPeriodMs: number;
  readonly retryJitterMs: number;
  readonly checkPeriodMs: number;
  readonly checkJitterMs: number;
  /** When it has deployed its leases again after its newest start; never, where it could not. */
  deployedAt: Instant;
  /**
   * By lease, or `api` for all: since when, and when the next check will have found it well again.
   */
  readonly failing: Map<string, { readonly since: Instant; readonly wellAt: Instant | undefined }>;
}
