/**
 * The stand-in chain of the rig: it knows the rig's leases, and pods and this machine can ask it.
 */
import { balancerAddress, chainPorts } from "../settings.ts";
import { blockMs, type ChainEntry, newChain, serveChain } from "./chain.ts";
import { leaseCount, sampleLeases } from "./leases.ts";

export interface RigChain {
  /** Two endpoints of the same state, for `--chain`. */
  readonly urls: readonly string[];
  readonly entries: readonly ChainEntry[];
  /** All leases are active again. */
  renew(): void;
  /** Nothing keeps running. */
  close(): Promise<void>;
}

export async function openRigChain(): Promise<RigChain> {
  const entries = sampleLeases(leaseCount).map(({ id }, index): ChainEntry => {
    return { id, state: "active", reason: none, createdHeight: 19_000_000 + index };
  });
  const state = newChain(entries, Date.now());
  const served = await Promise.all(
    chainPorts.map((port) => serveChain(state, { address: balancerAddress, port })),
  );
  const blocks = setInterval(() => {
    state.height += 1;
    state.blockAt = Date.now();
  }, blockMs);
  return {
    urls: served.map(({ url }) => url),
    entries,
    renew: () => {
      for (const entry of entries) Object.assign(entry, { state: "active", reason: none });
    },
    close: async () => {
      clearInterval(blocks);
      for (const { server } of served) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

const none = "lease_closed_invalid";
