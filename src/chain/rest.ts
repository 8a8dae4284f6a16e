// The chain, asked over REST: the two endpoints with the newest blocks must list the same leases, or
// nothing is believed. One that lags, lies about its time or pages for ever is passed over, by name.

import { z } from "zod";
import { leaseKey } from "../akash/lease.ts";
import type { Chain, ChainLease, ChainSeen, EndpointSeen, LeaseId } from "../core/chain.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";
import { type Asked, getJson } from "./endpoint.ts";
import { findLease, type Listed, listLeases } from "./leases.ts";

/** Public endpoints of akashnet-2 (akash-network/net, mainnet/meta.json, apis.rest). */
export const publicEndpoints: readonly string[] = [
  "https://api.akashnet.net",
  "https://rpc.akt.dev/rest",
];

/** For one question, with all its pages, of all endpoints. */
const questionTimeoutMs = 60_000;
/** An endpoint whose newest block is older than another's by more is behind. */
const behindMs = 60_000;
/** A block that is newer than our own clock by more is a lie, or our clock is wrong. */
const aheadMs = 120_000;
/** The chain makes a block every few seconds: without one for this long, nothing of it is news. */
const haltedMs = 300_000;
/** How many blocks the time per block is taken from. */
const blocks = 100;

export function openChain(settings: {
  readonly endpoints: readonly string[];
  readonly now: () => Instant;
}): Chain {
  const { endpoints, now } = settings;
  if (endpoints.length === 0) {
    const because = "no endpoint is given (--no-chain)";
    return {
      ask: async () => ({ kind: "not-asked", because }),
      find: async () => unreadable(because),
    };
  }
  return {
    ask: (provider) => ask(endpoints, provider, now()),
    find: (id) => find(endpoints, id, now()),
  };
}

interface Believed extends EndpointSeen {
  readonly chainId: string;
  readonly asked: Asked;
}

async function ask(
  endpoints: readonly string[],
  provider: string,
  now: Instant,
): Promise<ChainSeen> {
  const passedOver: string[] = [];
  const believed = await believable(endpoints, now, passedOver);
  if (believed.kind === "unreadable") return believed;
  const answers: { readonly from: Believed; listed: Listed }[] = [];
  for (const from of believed.value) {
    if (answers.length === 2) break;
    const listed = await listLeases(from.asked, provider);
    if (listed.kind === "unreadable") passedOver.push(listed.because);
    else answers.push({ from, listed: listed.value });
  }
  const [first, second] = answers;
  if (first === undefined) return unreadable(passedOver.join("; "));
  if (second === undefined) passedOver.push(`only ${first.from.url} was asked: nobody confirms it`);
  else {
    // A block may have come between the two: they are asked once more before they are doubted.
    for (const again of [false, true]) {
      const differing = differences(first.listed, second.listed);
      if (differing.length === 0) break;
      if (again) {
        const some = differing.slice(0, 3).join(", ");
        return unreadable(
          `${first.from.url} and ${second.from.url} do not list the same (${differing.length}: ${some})`,
        );
      }
      for (const one of [first, second]) {
        const listed = await listLeases(one.from.asked, provider);
        if (listed.kind === "unreadable") return listed;
        one.listed = listed.value;
      }
    }
  }
  const { leases, openBids } = first.listed;
  const msPerBlock = leases.length === 0 ? undefined : await blockMs(first.from);
  return {
    kind: "read",
    endpoints: answers.map(({ from: { url, height, blockAt } }) => ({ url, height, blockAt })),
    passedOver,
    openBids,
    leases: leases.map(({ createdHeight, ...lease }): ChainLease => {
      const age = (first.from.height - createdHeight) * (msPerBlock ?? Number.NaN);
      const isKnown = createdHeight > 0 && age >= 0;
      return isKnown ? { ...lease, ageMs: Math.round(age) } : lease;
    }),
  };
}

async function find(
  endpoints: readonly string[],
  id: LeaseId,
  now: Instant,
): Promise<Reading<ChainLease>> {
  const passedOver: string[] = [];
  const believed = await believable(endpoints, now, passedOver);
  if (believed.kind === "unreadable") return believed;
  for (const { asked } of believed.value) {
    const found = await findLease(asked, id);
    if (found.kind === "read" && leaseKey(found.value.id) === leaseKey(id)) return found;
    passedOver.push(found.kind === "read" ? `${asked.endpoint}: another lease` : found.because);
  }
  return unreadable(passedOver.join("; "));
}

/** Those whose newest block is news, newest first. */
async function believable(
  endpoints: readonly string[],
  now: Instant,
  passedOver: string[],
): Promise<Reading<readonly Believed[]>> {
  const signal = AbortSignal.timeout(questionTimeoutMs);
  const heads = await Promise.all(endpoints.map((endpoint) => newest({ endpoint, signal })));
  const seen = heads.flatMap((head) => {
    if (head.kind === "read" && head.value.blockAt <= now + aheadMs) return [head.value];
    const early =
      head.kind === "read" ? `${head.value.url}: its newest block is of the future` : "";
    passedOver.push(head.kind === "read" ? early : head.because);
    return [];
  });
  const [first, ...others] = seen.sort((one, other) => other.blockAt - one.blockAt);
  if (first === undefined) return unreadable(passedOver.join("; "));
  if (now - first.blockAt > haltedMs) {
    const seconds = Math.round((now - first.blockAt) / 1000);
    return unreadable(
      `${first.url}: the newest block is ${seconds} s old, and nobody has a newer one`,
    );
  }
  const foreign = others.find((one) => one.chainId !== first.chainId);
  if (foreign !== undefined) {
    return unreadable(
      `${first.url} is of ${first.chainId}, and ${foreign.url} of ${foreign.chainId}`,
    );
  }
  const recent = others.filter((one) => {
    const lateMs = first.blockAt - one.blockAt;
    if (lateMs > behindMs) passedOver.push(`${one.url}: ${Math.round(lateMs / 1000)} s behind`);
    return lateMs <= behindMs;
  });
  return read([first, ...recent]);
}

const block = z.object({
  block: z.object({
    header: z.object({
      chain_id: z.string().max(60),
      height: z.union([z.string(), z.number()]).transform(Number),
      time: z.string().transform((text) => Date.parse(text)),
    }),
  }),
});

async function newest(asked: Asked): Promise<Reading<Believed>> {
  const head = await headerOf(asked, "latest");
  if (head.kind === "unreadable") return head;
  const { chain_id: chainId, height, time: blockAt } = head.value;
  return read({ url: asked.endpoint, height, blockAt, chainId, asked });
}

async function headerOf(asked: Asked, height: string) {
  const got = await getJson(asked, `/cosmos/base/tendermint/v1beta1/blocks/${height}`);
  if (got.kind !== "json") return unreadable(got.because);
  const parsed = block.safeParse(got.value);
  const header = parsed.success ? parsed.data.block.header : undefined;
  if (header === undefined || Number.isNaN(header.height) || Number.isNaN(header.time)) {
    return unreadable(`${asked.endpoint}: its newest block has another shape`);
  }
  return read(header);
}

/** Undefined when the endpoint has thrown its older blocks away. */
async function blockMs({ asked, height, blockAt }: Believed): Promise<number | undefined> {
  const before = await headerOf(asked, String(Math.max(1, height - blocks)));
  if (before.kind === "unreadable" || before.value.height >= height) return undefined;
  return (blockAt - before.value.time) / (height - before.value.height);
}

function differences(one: Listed, other: Listed): readonly string[] {
  const [mine, its] = [namesOf(one), namesOf(other)];
  return [
    ...[...mine].filter((name) => !its.has(name)),
    ...[...its].filter((name) => !mine.has(name)),
  ];
}

function namesOf({ leases, openBids }: Listed): ReadonlySet<string> {
  return new Set([
    ...leases.map((lease) => `${leaseKey(lease.id)} ${lease.state}`),
    ...openBids.map((id) => `${leaseKey(id)} bid`),
  ]);
}
