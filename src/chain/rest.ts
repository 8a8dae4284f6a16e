// The chain, asked over REST: the two endpoints with the newest blocks must list the same leases,
// or nothing is believed. One that lags, lies about its time or pages for ever is passed over, by
// name.

import { z } from "zod";
import { leaseKey } from "../akash/lease.ts";
import type { Chain, ChainLease, ChainSeen, EndpointSeen, LeaseId } from "../core/chain.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import type { Instant } from "../core/world.ts";
import { within } from "./deadline.ts";
import { type Asked, getJson, parseEndpoint } from "./endpoint.ts";
import { findLease, type Listed, listLeases } from "./leases.ts";

/** Public endpoints of akashnet-2 (akash-network/net, mainnet/meta.json, apis.rest). */
export const publicEndpoints: readonly string[] = [
  "https://api.akashnet.net",
  "https://rpc.akt.dev/rest",
];

export interface Limits {
  /** For one request to one endpoint. */
  readonly requestTimeoutMs: number;
  /** For all pages of one endpoint. Each has its own: a slow one takes nothing from the others. */
  readonly listingTimeoutMs: number;
}

const usualLimits: Limits = { requestTimeoutMs: 10_000, listingTimeoutMs: 20_000 };

/** An endpoint whose newest block is older than another's by more is behind. */
const behindMs = 60_000;
/**
 * A block is some seconds old when it is known: one in the future is a lie, or our clock is wrong.
 */
const aheadMs = 5_000;
/** The chain makes a block every few seconds: without one for this long, nothing of it is news. */
const haltedMs = 300_000;
/** No chain of Akash makes blocks faster. */
const blockMsMin = 1000;
/** How many blocks the time per block is taken from. */
const blocks = 100;

export function openChain(settings: {
  readonly endpoints: readonly string[];
  readonly now: () => Instant;
  readonly limits?: Limits;
}): Chain {
  const { now, limits = usualLimits } = settings;
  const endpoints = withoutTwins(settings.endpoints);
  if (endpoints.length === 0) {
    const because = "no endpoint is given (--no-chain)";
    return {
      ask: async () => ({ kind: "not-asked", because }),
      find: async () => unreadable(because),
    };
  }
  const question: Question = { endpoints, now, limits };
  return {
    ask: (provider) => ask(question, provider),
    find: (id) => find(question, id),
  };
}

/** An endpoint that is given twice would confirm itself. */
function withoutTwins(endpoints: readonly string[]): readonly string[] {
  const normal = endpoints.map((text) => {
    const endpoint = parseEndpoint(text);
    return endpoint.kind === "read" ? endpoint.value : text;
  });
  return [...new Set(normal)];
}

interface Question {
  readonly endpoints: readonly string[];
  readonly now: () => Instant;
  readonly limits: Limits;
}

interface Believed extends EndpointSeen {
  readonly chainId: string;
  readonly asked: Asked;
}

async function ask(question: Question, provider: string): Promise<ChainSeen> {
  const passedOver: string[] = [];
  const believed = await believable(question, passedOver);
  if (believed.kind === "unreadable") return believed;
  const list = async (from: Believed): Promise<Answer> => ({
    from,
    listed: await listedBy(from, provider, question.limits),
  });
  const whole = (await Promise.all(believed.value.map(list))).flatMap(({ from, listed }) => {
    if (listed.kind === "read") return [{ from, listed: listed.value }];
    passedOver.push(listed.because);
    return [];
  });
  const [first, second] = whole;
  if (first === undefined) return unreadable(passedOver.join("; "));
  if (second === undefined) {
    passedOver.push(
      `only ${first.from.url} was believed: nobody confirms it; give a second endpoint (--chain)`,
    );
    return seenOf([first.from], first.listed, passedOver);
  }
  const agreed = await agreedBy(first, second, list);
  if (agreed.kind === "unreadable") return agreed;
  return seenOf([first.from, second.from], agreed.value, passedOver);
}

interface Answer {
  readonly from: Believed;
  readonly listed: Reading<Listed>;
}

interface Whole {
  readonly from: Believed;
  readonly listed: Listed;
}

function listedBy(from: Believed, provider: string, limits: Limits): Promise<Reading<Listed>> {
  const limitMs = limits.listingTimeoutMs;
  const late = unreadable(`${from.url}: has not listed everything in ${limitMs / 1000} s`);
  return within<Reading<Listed>>({ limitMs, late }, (signal) =>
    listLeases({ ...from.asked, signal }, provider),
  );
}

/** A block may have come between the two: they are asked once more before they are doubted. */
async function agreedBy(
  first: Whole,
  second: Whole,
  list: (from: Believed) => Promise<Answer>,
): Promise<Reading<Listed>> {
  const apart = heightsApart(first.from, second.from);
  if (apart !== undefined) return unreadable(apart);
  if (differences(first.listed, second.listed).length === 0) return read(first.listed);
  const [again, too] = await Promise.all([list(first.from), list(second.from)]);
  if (again.listed.kind === "unreadable") return again.listed;
  if (too.listed.kind === "unreadable") return too.listed;
  const differing = differences(again.listed.value, too.listed.value);
  if (differing.length === 0) return again.listed;
  const some = differing.slice(0, 3).join(", ");
  return unreadable(
    `${first.from.url} and ${second.from.url} do not list the same (${differing.length}: ${some})`,
  );
}

/**
 * Why their heights cannot both be true. Their clocks may be as far apart as blocks may be late.
 */
function heightsApart(first: Believed, second: Believed): string | undefined {
  const blocksApart = Math.abs(first.height - second.height);
  const msApart = Math.abs(first.blockAt - second.blockAt);
  if (blocksApart <= (msApart + behindMs) / blockMsMin) return undefined;
  const [one, other] = [first, second].map(({ url, height }) => `${url} is at block ${height}`);
  const seconds = Math.round(msApart / 1000);
  return `${one} and ${other}, though only ${seconds} s lie between them; give other endpoints`;
}

async function seenOf(
  from: readonly [Believed, ...Believed[]],
  { leases, openBids }: Listed,
  passedOver: readonly string[],
): Promise<ChainSeen> {
  const [newest] = from;
  const msPerBlock = leases.length === 0 ? undefined : await blockMs(newest);
  return {
    kind: "read",
    endpoints: from.map(({ url, height, blockAt }) => ({ url, height, blockAt })),
    passedOver,
    openBids,
    leases: leases.map(({ createdHeight, ...lease }): ChainLease => {
      const age = (newest.height - createdHeight) * (msPerBlock ?? Number.NaN);
      const isKnown = createdHeight > 0 && age >= 0;
      return isKnown ? { ...lease, ageMs: Math.round(age) } : lease;
    }),
  };
}

async function find(question: Question, id: LeaseId): Promise<Reading<ChainLease>> {
  const passedOver: string[] = [];
  const believed = await believable(question, passedOver);
  if (believed.kind === "unreadable") return believed;
  for (const { asked } of believed.value) {
    const found = await findLease(asked, id);
    if (found.kind === "read" && leaseKey(found.value.id) === leaseKey(id)) return found;
    passedOver.push(found.kind === "read" ? `${asked.endpoint}: another lease` : found.because);
  }
  return unreadable(passedOver.join("; "));
}

/**
 * Those whose newest block is news, newest first. Nobody makes others late by a time still to come.
 */
async function believable(
  question: Question,
  passedOver: string[],
): Promise<Reading<readonly Believed[]>> {
  const heads = await Promise.all(question.endpoints.map((one) => newest(question, one)));
  const seen = heads.flatMap((head) => {
    if (head.kind === "read") return [head.value];
    passedOver.push(head.because);
    return [];
  });
  const [first, ...others] = seen.sort((one, other) => other.blockAt - one.blockAt);
  if (first === undefined) return unreadable(passedOver.join("; "));
  const now = question.now();
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
    const lateMs = Math.min(first.blockAt, now) - one.blockAt;
    if (lateMs > behindMs) passedOver.push(`${one.url}: ${Math.round(lateMs / 1000)} s behind`);
    return lateMs <= behindMs;
  });
  return read([first, ...recent]);
}

const block = z.object({
  block: z.object({
    header: z.object({
      chain_id: z.string(),
      height: z.union([z.string(), z.number()]).transform(Number),
      time: z.string().transform((text) => Date.parse(text)),
    }),
  }),
});

async function newest({ limits, now }: Question, endpoint: string): Promise<Reading<Believed>> {
  const asked: Asked = { endpoint, requestTimeoutMs: limits.requestTimeoutMs };
  const head = await headerOf(asked, "latest");
  if (head.kind === "unreadable") return head;
  const { chain_id: chainId, height, time: blockAt } = head.value;
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(chainId)) {
    const name = printable(chainId.slice(0, 64));
    return unreadable(`${endpoint}: "${name}" is no name of a chain; give another endpoint`);
  }
  const earlyMs = blockAt - now();
  if (earlyMs > aheadMs) {
    const early = `its newest block is ${Math.round(earlyMs / 1000)} s in the future`;
    return unreadable(`${endpoint}: ${early}; set this machine's clock, or give another endpoint`);
  }
  return read({ url: endpoint, height, blockAt, chainId, asked });
}

async function headerOf(asked: Asked, height: string) {
  const got = await getJson(asked, `/cosmos/base/tendermint/v1beta1/blocks/${height}`);
  if (got.kind !== "json") return unreadable(got.because);
  const parsed = block.safeParse(got.value);
  const header = parsed.success ? parsed.data.block.header : undefined;
  const isHeight = Number.isSafeInteger(header?.height) && (header?.height ?? 0) > 0;
  if (header === undefined || !isHeight || Number.isNaN(header.time)) {
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
