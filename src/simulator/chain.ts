// The chain as an operator's machine sees it: what the model's leases are, whoever asks.

import type { LeaseModel } from "./lease-model.ts";
import type { Model } from "./model.ts";

type Id = LeaseModel["id"];

/** As the chain's REST interface would have it, read already. */
interface SimulatedLease {
  readonly id: Id;
  readonly state: Exclude<LeaseModel["state"], "open">;
  readonly reason?: number;
  readonly ageMs: number;
}

type SimulatedAnswer =
  | { readonly kind: "not-asked"; readonly because: string }
  | {
      readonly kind: "read";
      readonly endpoints: readonly {
        readonly url: string;
        readonly height: number;
        readonly blockAt: number;
      }[];
      readonly passedOver: readonly string[];
      readonly leases: readonly SimulatedLease[];
      readonly openBids: readonly Id[];
    };

export interface SimulatedChain {
  ask(provider: string): Promise<SimulatedAnswer>;
  find(
    id: Id,
  ): Promise<
    | { readonly kind: "read"; readonly value: SimulatedLease }
    | { readonly kind: "unreadable"; readonly because: string }
  >;
}

/** The operator said --no-chain. */
export const notAsked: SimulatedChain = {
  ask: async () => ({ kind: "not-asked", because: "--no-chain" }),
  find: async () => ({ kind: "unreadable", because: "--no-chain" }),
};

const endpoints = ["https://one.chain.example", "https://two.chain.example"];

export function chainOf(model: Model): SimulatedChain {
  return {
    ask: async (provider) => {
      const mine = [...model.leases.values()].filter((one) => one.id.provider === provider);
      const live = mine.filter((one) => one.state === "active" || one.state === "reclaiming");
      const height = 20_000_000 + Math.floor(model.now / 6000);
      return {
        kind: "read",
        endpoints: endpoints.map((url) => ({ url, height, blockAt: model.now - 3000 })),
        passedOver: [],
        leases: live.flatMap((one) => leaseOf(model, one) ?? []),
        openBids: mine.filter((one) => one.state === "open").map((one) => one.id),
      };
    },
    find: async ({ owner, dseq, gseq, oseq }) => {
      const known = model.leases.get(`${owner}/${dseq}/${gseq}/${oseq}`);
      const value = known === undefined ? undefined : leaseOf(model, known);
      if (value !== undefined) return { kind: "read", value };
      return { kind: "unreadable", because: `${endpoints[0]}: lease not found` };
    },
  };
}

function leaseOf(model: Model, lease: LeaseModel): SimulatedLease | undefined {
  const { id, state, reason, createdAt } = lease;
  if (state === "open") return undefined;
  return { id, state, ...(reason === 0 ? {} : { reason }), ageMs: model.now - createdAt };
}
