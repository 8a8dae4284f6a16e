/**
 * How the stand-in provider closes a lease on the stand-in chain. The real one broadcasts a signed
 * MsgCloseBid for it; this path is no part of the chain's interface, and nobody else asks it.
 */
import { z } from "zod";
import type { Answer, ChainState } from "./chain.ts";

export const closingPath = "/standin/close-lease";

const closing = z.object({
  id: z.object({
    owner: z.string(),
    dseq: z.string(),
    gseq: z.number(),
    oseq: z.number(),
    provider: z.string(),
  }),
  reason: z.string(),
});

/** As there: only an active lease can be closed by its provider. */
export function closeLease(state: ChainState, text: string): Answer {
  const asked = closing.safeParse(parsed(text));
  if (!asked.success) return [400, { code: 3, message: "no closing of a lease", details: [] }];
  const wanted = JSON.stringify(asked.data.id);
  const entry = state.entries.find(
    ({ id: { owner, dseq, gseq, oseq, provider } }) =>
      JSON.stringify({ owner, dseq, gseq, oseq, provider }) === wanted,
  );
  if (entry?.state !== "active")
    return [400, { code: 9, message: "lease not active", details: [] }];
  entry.state = "closed";
  entry.reason = asked.data.reason;
  return [200, {}];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
