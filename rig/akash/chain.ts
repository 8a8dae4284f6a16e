/**
 * A stand-in for the chain's REST interface: the paths, field names, paging and states of
 * akash/market/v1beta5 (or v1beta4), from the public protos. Its state is an object that may be
 * changed while it serves.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { closeLease, closingPath } from "./closing.ts";
import type { LeaseId } from "./lease.ts";

export interface ChainEntry {
  readonly id: LeaseId;
  /** `open`: a bid that is no lease yet. */
  state: "open" | "active" | "insufficient_funds" | "closed" | "reclaiming";
  /** Name of a LeaseClosedReason. */
  reason: string;
  readonly createdHeight: number;
}

export interface ChainState {
  readonly entries: ChainEntry[];
  chainId: string;
  height: number;
  /** Of the newest block; older ones are 6 s apart. */
  blockAt: number;
  version: "v1beta5" | "v1beta4";
  /** The most that one page holds, whatever is asked for. */
  pageSizeMax: number;
  /** In place of every answer, when it gives one: for endpoints that are not well. */
  instead?: ((path: string, answer: ServerResponse) => boolean) | undefined;
}

export const blockMs = 6000;

export function newChain(entries: ChainEntry[], blockAt: number): ChainState {
  const height = 20_000_000;
  const chainId = "akashnet-2";
  return { entries, chainId, height, blockAt, version: "v1beta5", pageSizeMax: 100 };
}

/** By default on this machine only, and on any free port. */
export async function serveChain(
  state: ChainState,
  { address = "127.0.0.1", port = 0 } = {},
): Promise<{ server: Server; url: string }> {
  const server = createServer((request, answer) => {
    respond(state, request, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, address, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { server, url: `http://${address}:${bound}` };
}

async function respond(
  state: ChainState,
  request: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://chain");
  if (state.instead?.(url.pathname, answer) === true) return;
  const closing = request.method === "POST" && url.pathname === closingPath;
  const [status, body] = closing ? closeLease(state, await bodyOf(request)) : route(state, url);
  answer.writeHead(status, { "content-type": "application/json" });
  answer.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

export type Answer = readonly [status: number, body: object];

function route(state: ChainState, url: URL): Answer {
  const block = /^\/cosmos\/base\/tendermint\/v1beta1\/blocks\/(latest|\d+)$/.exec(url.pathname);
  if (block !== null) return [200, blockBody(state, block[1] ?? "latest")];
  const market = `/akash/market/${state.version}`;
  switch (url.pathname) {
    case `${market}/leases/list`:
      return list(state, url, "leases");
    case `${market}/bids/list`:
      return list(state, url, "bids");
    case `${market}/leases/info`:
      return info(state, url);
    default:
      return [501, { code: 12, message: "Not Implemented", details: [] }];
  }
}

function blockBody({ chainId, height, blockAt }: ChainState, which: string): object {
  const asked = which === "latest" ? height : Number(which);
  const time = new Date(blockAt - (height - asked) * blockMs).toISOString();
  return { block: { header: { chain_id: chainId, height: String(asked), time } } };
}

const leaseStates = ["active", "insufficient_funds", "closed", "reclaiming"];

/** `next_key` is opaque and carries the filters; `total` counts this page only. */
function list(state: ChainState, url: URL, what: "leases" | "bids"): Answer {
  const key = url.searchParams.get("pagination.key");
  const given = key === null ? url.searchParams : new URLSearchParams(unkeyed(key));
  const wanted = given.get("filters.state") ?? "";
  const known = what === "leases" ? leaseStates : ["open", ...leaseStates];
  if (wanted !== "" && !known.includes(wanted)) {
    return [400, { code: 3, message: "invalid state value", details: [] }];
  }
  const found = state.entries.filter(
    (one) =>
      (what === "bids" || one.state !== "open") &&
      (wanted === "" || one.state === wanted) &&
      [null, "", one.id.provider].includes(given.get("filters.provider")),
  );
  const from = Number(given.get("from") ?? 0);
  const limit = Math.min(
    Number(url.searchParams.get("pagination.limit") ?? 100),
    state.pageSizeMax,
  );
  const page = found.slice(from, from + limit);
  const rest = new URLSearchParams(given);
  rest.set("from", String(from + limit));
  const next = from + limit < found.length ? Buffer.from(rest.toString()).toString("base64") : null;
  const items = page.map((one) =>
    what === "leases" ? leaseBody(state, one) : bidBody(state, one),
  );
  return [200, { [what]: items, pagination: { next_key: next, total: String(page.length) } }];
}

function unkeyed(key: string): string {
  return Buffer.from(key, "base64").toString("utf8");
}

function info(state: ChainState, url: URL): Answer {
  const value = (name: string) => url.searchParams.get(`id.${name}`);
  const found = state.entries.find(
    ({ id, state: is }) =>
      is !== "open" &&
      id.owner === value("owner") &&
      id.dseq === value("dseq") &&
      String(id.gseq) === value("gseq") &&
      String(id.oseq) === value("oseq") &&
      id.provider === value("provider"),
  );
  if (found === undefined) return [404, { code: 5, message: "lease not found", details: [] }];
  return [200, leaseBody(state, found)];
}

function leaseBody(state: ChainState, entry: ChainEntry): object {
  const isNew = state.version === "v1beta5";
  const { id, reason, createdHeight } = entry;
  const common = {
    state: entry.state,
    price: { denom: "uakt", amount: "1.000000000000000000" },
    created_at: String(createdHeight),
    closed_on: entry.state === "active" ? "0" : String(state.height),
  };
  const lease = isNew ? { id: { ...id, bseq: 0 }, ...common, reason } : { lease_id: id, ...common };
  return { lease, escrow_payment: {} };
}

function bidBody(state: ChainState, { id, state: is, createdHeight }: ChainEntry): object {
  const named = state.version === "v1beta5" ? { id: { ...id, bseq: 0 } } : { bid_id: id };
  return { bid: { ...named, state: is, created_at: String(createdHeight) }, escrow_account: {} };
}
