// A provider's leases and bids as one endpoint lists them, page by page: akash/market/v1beta5
// (before node v1.0: v1beta4, which has other names and no reasons).

import { z } from "zod";
import { isLeaseId } from "../akash/lease.ts";
import type { ChainLease, LeaseId, LeaseState } from "../core/chain.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import { type Asked, getJson } from "./endpoint.ts";

const pageSize = 500;
/** Twice what is asked for: some endpoints have a limit of their own. */
const pageRowsMax = 2 * pageSize;
const pagesMax = 60;
/** Six times what anybody has. */
const rowsMax = pageSize * pagesMax;

const versions = ["v1beta5", "v1beta4"] as const;

const id = z.object({
  owner: z.string(),
  dseq: z.union([z.string(), z.number()]).transform(String),
  gseq: z.number(),
  oseq: z.number(),
  provider: z.string(),
});

const item = z.object({
  id: id.optional(),
  lease_id: id.optional(),
  bid_id: id.optional(),
  state: z.string(),
  created_at: z.union([z.string(), z.number()]).transform(Number).optional(),
  reason: z.union([z.string(), z.number()]).optional(),
});

const pagination = z.object({ next_key: z.string().nullish() }).nullish();
const leasePage = z.object({
  leases: z.array(z.object({ lease: item })).nullish(),
  pagination,
});
const bidPage = z.object({ bids: z.array(z.object({ bid: item })).nullish(), pagination });
const leaseInfo = z.object({ lease: item });

/** A lease with the height at which it was made. */
export interface ListedLease extends Omit<ChainLease, "ageMs"> {
  readonly createdHeight: number;
}

export interface Listed {
  readonly leases: readonly ListedLease[];
  readonly openBids: readonly LeaseId[];
}

/** Active and reclaiming leases, and open bids. */
export async function listLeases(asked: Asked, provider: string): Promise<Reading<Listed>> {
  const active = await pages(asked, { what: "leases", state: "active", provider });
  if (active.kind === "unreadable") return active;
  const reclaiming = await pages(asked, { what: "leases", state: "reclaiming", provider });
  if (reclaiming.kind === "unreadable") return reclaiming;
  const bids = await pages(asked, { what: "bids", state: "open", provider });
  if (bids.kind === "unreadable") return bids;
  const leases = [...active.value, ...reclaiming.value];
  return read({ leases, openBids: bids.value.map((one) => one.id) });
}

interface Query {
  readonly what: "leases" | "bids";
  readonly state: string;
  readonly provider: string;
}

async function pages(asked: Asked, query: Query): Promise<Reading<readonly ListedLease[]>> {
  const { what, state, provider } = query;
  const found: ListedLease[] = [];
  const keys = new Set<string>();
  let next = "";
  for (let page = 0; page < pagesMax; page++) {
    const words = new URLSearchParams({
      "filters.provider": provider,
      "filters.state": state,
      "pagination.limit": String(pageSize),
      ...(next === "" ? {} : { "pagination.key": next }),
    });
    const got = await market(asked, `${what}/list?${words}`);
    // Nodes before the reclamation of leases do not know the word, and say so at once.
    const isUnknownState = page === 0 && state === "reclaiming";
    if (got.kind === "status" && got.status === 400 && isUnknownState) return read([]);
    if (got.kind !== "json") return unreadable(got.because);
    const items = itemsOf(asked, query, got.value);
    if (items.kind === "unreadable") return items;
    for (const lease of items.value.leases) found.push(lease);
    if (found.length > rowsMax) return unreadable(tooMany(asked, what, rowsMax));
    next = items.value.next;
    if (next === "") return read(found);
    if (keys.has(next)) return unreadable(`${asked.endpoint}: its pages of ${what} go in a circle`);
    keys.add(next);
  }
  return unreadable(`${asked.endpoint}: its pages of ${what} do not end (${pagesMax} were read)`);
}

function tooMany({ endpoint }: Asked, what: string, most: number): string {
  return `${endpoint}: lists more than ${most} ${what}, which no provider has; give another endpoint`;
}

/** The newest version that the endpoint has. */
async function market(asked: Asked, path: string): ReturnType<typeof getJson> {
  const [newest, older] = versions;
  const got = await getJson(asked, `/akash/market/${newest}/${path}`);
  if (got.kind !== "status" || (got.status !== 404 && got.status !== 501)) return got;
  const second = await getJson(asked, `/akash/market/${older}/${path}`);
  return second.kind === "json" ? second : got;
}

function itemsOf(
  asked: Asked,
  query: Query,
  value: unknown,
): Reading<{ readonly leases: readonly ListedLease[]; readonly next: string }> {
  const shape = query.what === "leases" ? leasePage : bidPage;
  const page = shape.safeParse(value);
  if (!page.success) {
    return unreadable(
      `${asked.endpoint}: its ${query.what} have another shape: ${issue(page.error)}`,
    );
  }
  const rows =
    "leases" in page.data
      ? (page.data.leases ?? []).map((one) => one.lease)
      : "bids" in page.data
        ? (page.data.bids ?? []).map((one) => one.bid)
        : [];
  if (rows.length > pageRowsMax) {
    const many = `a page of its ${query.what} has ${rows.length} rows`;
    return unreadable(
      `${asked.endpoint}: ${many}, ${pageSize} were asked for; give another endpoint`,
    );
  }
  const leases: ListedLease[] = [];
  for (const row of rows) {
    const lease = leaseOf(row);
    if (lease === undefined) {
      return unreadable(`${asked.endpoint}: one of its ${query.what} has no proper identity`);
    }
    if (lease.id.provider !== query.provider || row.state !== query.state) {
      const which = `${printable(lease.id.provider)}, ${printable(row.state)}`;
      return unreadable(`${asked.endpoint}: lists ${query.what} that were not asked for: ${which}`);
    }
    leases.push(lease);
  }
  return read({ leases, next: page.data.pagination?.next_key ?? "" });
}

/** One lease, whatever its state. */
export async function findLease(asked: Asked, of: LeaseId): Promise<Reading<ChainLease>> {
  const entries = Object.entries(of).map(([name, value]): [string, string] => [
    `id.${name}`,
    String(value),
  ]);
  const got = await market(asked, `leases/info?${new URLSearchParams(entries)}`);
  if (got.kind !== "json") return unreadable(got.because);
  const answer = leaseInfo.safeParse(got.value);
  if (!answer.success) {
    return unreadable(`${asked.endpoint}: its lease has another shape: ${issue(answer.error)}`);
  }
  const lease = leaseOf(answer.data.lease);
  if (lease === undefined) return unreadable(`${asked.endpoint}: its lease has no proper identity`);
  const { createdHeight: _, ...rest } = lease;
  return read(rest);
}

function leaseOf(row: z.infer<typeof item>): ListedLease | undefined {
  const {
    dseq = "",
    owner = "",
    gseq = -1,
    oseq = -1,
    provider = "",
  } = row.id ?? row.lease_id ?? row.bid_id ?? {};
  const known = { owner, dseq, gseq, oseq, provider };
  if (!isLeaseId(known)) return undefined;
  const reason = reasonOf(row.reason);
  return {
    id: known,
    state: stateOf(row.state),
    ...(reason === undefined ? {} : { reason }),
    createdHeight: row.created_at ?? 0,
  };
}

const states: readonly LeaseState[] = ["active", "reclaiming", "insufficient_funds", "closed"];

function stateOf(text: string): LeaseState {
  return states.find((one) => one === text) ?? "unknown";
}

/** LeaseClosedReason of akash.market.v1: REST shows an enum by its name. */
const reasons: ReadonlyMap<string, number> = new Map([
  ["lease_closed_owner", 1],
  ["lease_closed_reason_unstable", 10_000],
  ["lease_closed_reason_decommission", 10_001],
  ["lease_closed_reason_unspecified", 10_002],
  ["lease_closed_reason_manifest_timeout", 10_003],
  ["lease_closed_reason_provider", 10_004],
  ["lease_closed_reason_insufficient_funds", 20_000],
]);

/** Undefined for none (`lease_closed_invalid`, 0) and for those that came later. */
function reasonOf(reason: string | number | undefined): number | undefined {
  const number = reasons.get(String(reason)) ?? Number(reason);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}

function issue(error: z.ZodError): string {
  const [first] = error.issues;
  return printable(`${first?.path.join(".") ?? ""}: ${first?.message ?? "unknown"}`).slice(0, 200);
}
