// The chain as a window may look at it: part of the World, as the hosts are. What is asked of it
// and how its answers are believed is src/chain's; the simulator has its own.

import type { Reading } from "./outcome.ts";
import type { Instant } from "./world.ts";

export interface LeaseId {
  readonly owner: string;
  /** A 64-bit number on the chain, hence text. */
  readonly dseq: string;
  readonly gseq: number;
  readonly oseq: number;
  readonly provider: string;
}

export type ChainSeen =
  /**
   * Honest where there is no endpoint or no internet: nothing is known of the chain, and nothing
   * assumed.
   */
  | { readonly kind: "not-asked"; readonly because: string }
  | { readonly kind: "unreadable"; readonly because: string }
  | {
      readonly kind: "read";
      /** Those that were believed, newest block first. */
      readonly endpoints: readonly EndpointSeen[];
      /** One line for each that was not, with its reason. */
      readonly passedOver: readonly string[];
      /** Active and reclaiming ones. */
      readonly leases: readonly ChainLease[];
      readonly openBids: readonly LeaseId[];
    };

/** Where the chain is asked: endpoints of the real one, or the simulator's. */
export interface Chain {
  ask(provider: string): Promise<ChainSeen>;
  /** One lease, whatever its state: why it is not active any more. */
  find(id: LeaseId): Promise<Reading<ChainLease>>;
}

export interface EndpointSeen {
  readonly url: string;
  readonly height: number;
  /** Its latest block's time. */
  readonly blockAt: Instant;
}

/** Lease.State of akash.market.v1beta5; `reclaiming` is still a live lease. */
export type LeaseState = "active" | "reclaiming" | "insufficient_funds" | "closed" | "unknown";

export interface ChainLease {
  readonly id: LeaseId;
  readonly state: LeaseState;
  /** LeaseClosedReason's number; undefined before v1beta5, and while it lives. */
  readonly reason?: number;
  /** Since it was made, by the chain's own blocks; undefined when the endpoint could not tell. */
  readonly ageMs?: number;
}
