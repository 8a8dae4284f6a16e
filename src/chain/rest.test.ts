// Against a stand-in of the chain on the loopback: no test asks the real one.

import type { Server, ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test } from "vitest";
import { type ChainState, newChain, serveChain } from "../../rig/akash/chain.ts";
import type { ChainSeen } from "../core/chain.ts";
import { parseEndpoint } from "./endpoint.ts";
import { openChain } from "./rest.ts";

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const provider = `akash1${"p".repeat(38)}`;
const owner = `akash1${"t".repeat(38)}`;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function leaseId(number: number, of = provider) {
  return { owner, dseq: String(number), gseq: 1, oseq: 1, provider: of };
}

/**
 * `count` active leases, one that is reclaimed, one that was closed, one bid, and one of somebody
 * else.
 */
function chainWith(count: number): ChainState {
  const state = newChain([], now - 3000);
  const add = (number: number, is: ChainState["entries"][number]["state"], of?: string) =>
    state.entries.push({
      id: leaseId(number, of),
      state: is,
      reason: is === "closed" ? "lease_closed_reason_unstable" : "lease_closed_invalid",
      createdHeight: state.height - 10,
    });
  for (let number = 1; number <= count; number++) add(number, "active");
  add(9001, "reclaiming");
  add(9002, "closed");
  add(9003, "open");
  add(9004, "active", `akash1${"s".repeat(38)}`);
  return state;
}

async function serve(state: ChainState): Promise<string> {
  const { server, url } = await serveChain(state);
  servers.push(server);
  return url;
}

async function askAll(...states: readonly ChainState[]): Promise<ChainSeen> {
  const endpoints = await Promise.all(states.map(serve));
  return openChain({ endpoints, now: () => now }).ask(provider);
}

function dseqs(seen: ChainSeen): readonly string[] {
  return seen.kind === "read" ? seen.leases.map((lease) => lease.id.dseq).sort() : [];
}

describe("the chain", () => {
  test("tells active and reclaiming leases and open bids of this provider, from all pages", async () => {
    const seen = await askAll(chainWith(250), chainWith(250));
    expect(seen).toMatchObject({ kind: "read", passedOver: [], openBids: [leaseId(9003)] });
    expect(dseqs(seen)).toHaveLength(251);
    expect(dseqs(seen)).toContain("9001");
  });

  test("tells how old a lease is, by the time of its own blocks", async () => {
    const seen = await askAll(chainWith(1), chainWith(1));
    expect(seen.kind === "read" && seen.leases[0]?.ageMs).toBe(60_000);
  });

  test("of an old network is read as well: other names, no reasons, no reclaiming", async () => {
    const old = { ...chainWith(3), version: "v1beta4" } as const;
    old.entries.splice(3, 1);
    expect(dseqs(await askAll(old, old))).toEqual(["1", "2", "3"]);
  });

  test("says why a lease is not active any more", async () => {
    const endpoints = [await serve(chainWith(1))];
    const chain = openChain({ endpoints, now: () => now });
    expect(await chain.find(leaseId(9002))).toMatchObject({
      kind: "read",
      value: { state: "closed", reason: 10_000 },
    });
    expect((await chain.find(leaseId(4711))).kind).toBe("unreadable");
  });

  test("tells the reason that chain-sdk has had since AEP-86", async () => {
    const state = chainWith(1);
    const closed = state.entries.find((one) => one.state === "closed");
    if (closed !== undefined) closed.reason = "lease_closed_reason_provider";
    const chain = openChain({ endpoints: [await serve(state)], now: () => now });
    expect(await chain.find(leaseId(9002))).toMatchObject({ value: { reason: 10_004 } });
  });

  test("is honestly not asked without an endpoint", async () => {
    const chain = openChain({ endpoints: [], now: () => now });
    expect((await chain.ask(provider)).kind).toBe("not-asked");
    expect((await chain.find(leaseId(1))).kind).toBe("unreadable");
  });

  test("with one endpoint is believed, and says that nobody confirms it", async () => {
    const seen = await askAll(chainWith(2));
    expect(seen).toMatchObject({
      kind: "read",
      passedOver: [expect.stringContaining("nobody confirms")],
    });
  });
});

function page(text: string, type = "application/json") {
  return (_: string, answer: ServerResponse) => {
    answer.writeHead(200, { "content-type": type });
    answer.end(text);
    return true;
  };
}

const circle = (path: string, answer: ServerResponse) =>
  path.includes("/leases/list") &&
  page('{"leases":[],"pagination":{"next_key":"AAAA","total":"0"}}')(path, answer);

let pages = 0;
const endless = (path: string, answer: ServerResponse) =>
  path.includes("/leases/list") &&
  page(`{"leases":[],"pagination":{"next_key":"${pages++}"}}`)(path, answer);

function rows(count: number, from = 0): string {
  const leases = Array.from({ length: count }, (_, number) => ({
    lease: { id: leaseId(from + number), state: "active" },
  }));
  return JSON.stringify(leases);
}

const hugePage = (path: string, answer: ServerResponse) =>
  path.includes("/leases/list") && page(`{"leases":${rows(1001)}}`)(path, answer);

let hugePages = 0;
const tooManyRows = (path: string, answer: ServerResponse) => {
  const leases = rows(1000, hugePages++ * 1000);
  return (
    path.includes("/leases/list") &&
    page(`{"leases":${leases},"pagination":{"next_key":"${hugePages}"}}`)(path, answer)
  );
};

/** Lists one reclaiming lease, and then says that it does not know the state. */
const forgetful = (path: string, answer: ServerResponse) => {
  const query = new URL(answer.req.url ?? "/", "http://chain").searchParams;
  if (!path.includes("/leases/list") || query.get("filters.state") !== "reclaiming") return false;
  if (query.has("pagination.key")) {
    answer.writeHead(400, { "content-type": "application/json" });
    answer.end("{}");
    return true;
  }
  const lease = { id: leaseId(9001), state: "reclaiming" };
  return page(JSON.stringify({ leases: [{ lease }], pagination: { next_key: "AA" } }))(
    path,
    answer,
  );
};

const farHigher = (path: string, answer: ServerResponse) =>
  path.endsWith("/blocks/latest") &&
  page(
    JSON.stringify({
      block: { header: { chain_id: "akashnet-2", height: "1e999", time: "2026-11-22T12:00:00Z" } },
    }),
  )(path, answer);

const flood = (path: string, answer: ServerResponse) =>
  path.includes("/leases/list") && page(`"${"x".repeat(9 * 2 ** 20)}"`)(path, answer);

const torn = (path: string, answer: ServerResponse) => {
  if (!path.includes("/leases/list")) return false;
  answer.writeHead(200, { "content-length": "5000" });
  answer.write("{");
  answer.destroy();
  return true;
};

const strangers = (path: string, answer: ServerResponse) => {
  const id = { ...leaseId(7, `akash1${"s".repeat(38)}`) };
  return (
    path.includes("/leases/list") &&
    page(JSON.stringify({ leases: [{ lease: { id, state: "active" } }] }))(path, answer)
  );
};

const escaping = (path: string, answer: ServerResponse) => {
  const id = { ...leaseId(7), owner: "akash1\u001b[2J" };
  return (
    path.includes("/leases/list") &&
    page(JSON.stringify({ leases: [{ lease: { id, state: "active" } }] }))(path, answer)
  );
};

describe("an endpoint is passed over, by name, when it", () => {
  test.each([
    ["answers with a web page", { instead: page("<html>", "text/html") }, /a web page/],
    ["pages in a circle", { instead: circle }, /in a circle/],
    ["pages for ever", { instead: endless }, /do not end/],
    ["has a page that is too long", { instead: hugePage }, /1001 rows, 500 were asked for/],
    ["lists more than anybody has", { instead: tooManyRows }, /more than 30000 leases/],
    ["sends too much", { instead: flood }, /more than 8 MiB/],
    ["is cut off", { instead: torn }, /leases\/list: /],
    ["has another shape", { instead: page('{"block":{"header":{}}}') }, /another shape/],
    ["lists leases of others", { instead: strangers }, /not asked for/],
    ["has an escape sequence for an owner", { instead: escaping }, /no proper identity/],
    ["forgets on its second page what it listed", { instead: forgetful }, /list: HTTP 400/],
    ["has a block without end", { instead: farHigher }, /newest block has another shape/],
    ["has an escape sequence for a chain", { chainId: "\u001b[2J" }, /u\{1b\}\[2J" is no name of/],
    ["has no name of a chain", { chainId: "" }, /"" is no name of a chain/],
    ["has a very long chain", { chainId: "x".repeat(65) }, /"x{64}" is no name of a chain/],
    ["lags", { blockAt: now - 120_000 }, /117 s behind/],
    ["is ahead of time", { blockAt: now + 600_000, height: 99_999_999 }, /600 s in the future/],
    [
      "is a little ahead of time, and lists less",
      { blockAt: now + 90_000, entries: [] },
      /90 s in the/,
    ],
  ])("%s", async (_, ill, says) => {
    const broken = { ...chainWith(2), ...ill };
    const seen = await askAll(broken, chainWith(2), chainWith(2));
    expect(seen).toMatchObject({ kind: "read", passedOver: [expect.stringMatching(says)] });
    expect(dseqs(seen)).toEqual(["1", "2", "9001"]);
    expect(seen.kind === "read" && seen.endpoints).toHaveLength(2);
    expect(JSON.stringify(seen)).not.toContain("\u001b");
  });

  test("is not there, or sends elsewhere", async () => {
    const elsewhere = await serve({
      ...chainWith(2),
      instead: (_, answer) => {
        answer.writeHead(302, { location: "http://127.0.0.1:1/" });
        answer.end();
        return true;
      },
    });
    const endpoints = [elsewhere, "http://127.0.0.1:1", await serve(chainWith(2))];
    const seen = await openChain({ endpoints, now: () => now }).ask(provider);
    expect(seen).toMatchObject({
      passedOver: expect.arrayContaining([
        expect.stringContaining("sends elsewhere"),
        expect.stringMatching(/127\.0\.0\.1:1: .*/),
      ]),
    });
    expect(dseqs(seen)).toHaveLength(3);
  });
});

test("an endpoint that is seconds ahead does not make others late", async () => {
  const seen = await askAll(
    { ...chainWith(2), blockAt: now + 4000 },
    { ...chainWith(2), blockAt: now - 58_000 },
  );
  expect(seen).toMatchObject({ kind: "read", passedOver: [] });
});

test("heights may be as far apart as their times allow", async () => {
  const late = { ...chainWith(1), blockAt: now - 33_000 };
  const seen = await askAll({ ...chainWith(1), height: late.height + 90 }, late);
  expect(seen).toMatchObject({ kind: "read", passedOver: [] });
});

test("an endpoint that is given twice, in whatever spelling, does not confirm itself", async () => {
  const url = await serve(chainWith(2));
  const endpoints = [url, `${url}/`, url.replace("http:", "HTTP:")];
  const seen = await openChain({ endpoints, now: () => now }).ask(provider);
  expect(seen).toMatchObject({
    kind: "read",
    endpoints: [{ url }],
    passedOver: [expect.stringContaining("nobody confirms")],
  });
});

describe("nothing is believed when", () => {
  test("two endpoints list different leases, twice", async () => {
    const seen = await askAll(chainWith(3), chainWith(4));
    expect(seen).toMatchObject({
      kind: "unreadable",
      because: expect.stringContaining("do not list the same"),
    });
  });

  test("they are of different chains", async () => {
    const seen = await askAll(chainWith(1), { ...chainWith(1), chainId: "sandbox-2" });
    expect(seen).toMatchObject({ because: expect.stringMatching(/akashnet-2.*sandbox-2/) });
  });

  test("their heights cannot both be true", async () => {
    const { height } = chainWith(1);
    const seen = await askAll(chainWith(1), { ...chainWith(1), height: height + 61 });
    expect(seen).toMatchObject({
      kind: "unreadable",
      because: expect.stringMatching(/at block 20000000 .* at block 20000061, .* only 0 s/),
    });
  });

  test("the newest block is old", async () => {
    const seen = await askAll({ ...chainWith(1), blockAt: now - 900_000 });
    expect(seen).toMatchObject({
      kind: "unreadable",
      because: expect.stringContaining("900 s old"),
    });
  });
});

test("two endpoints between which a block came agree when they are asked again", async () => {
  const late = chainWith(3);
  let asked = 0;
  late.instead = (path) => {
    if (path.includes("/leases/list") && ++asked === 3) late.entries.push(...more);
    return false;
  };
  const more = chainWith(4).entries.filter((one) => one.id.dseq === "4");
  const seen = await askAll(chainWith(4), late);
  expect(dseqs(seen)).toEqual(["1", "2", "3", "4", "9001"]);
});

test.each([
  ["https://api.akashnet.net/", "https://api.akashnet.net"],
  ["http://10.0.0.1:1317", "http://10.0.0.1:1317"],
  ["HTTPS://RPC.akt.dev:443/rest//", "https://rpc.akt.dev/rest"],
  ["api.akashnet.net", undefined],
  ["file:///etc/passwd", undefined],
  ["https://me:secret@example.org", undefined],
  ["ftp://\u001b[2J", undefined],
  ["https://example.org/\u001b[2J", "https://example.org/%1B[2J"],
])("the endpoint %s is %s", (text, endpoint) => {
  const parsed = parseEndpoint(text);
  expect(parsed.kind === "read" ? parsed.value : undefined).toBe(endpoint);
  const because = parsed.kind === "unreadable" ? parsed.because : "";
  expect(because).not.toContain("secret");
  expect(because).not.toContain("\u001b");
});

const silent = () => true;

const silentList = (path: string) => path.includes("/leases/list");

const drip = (path: string, answer: ServerResponse) => {
  if (!path.includes("/leases/list")) return false;
  answer.writeHead(200);
  const timer = setInterval(() => answer.write(" "), 20);
  answer.on("close", () => clearInterval(timer));
  return true;
};

const slowlyEndless = (path: string, answer: ServerResponse) => {
  if (!path.includes("/leases/list")) return false;
  setTimeout(() => endless(path, answer), 50);
  return true;
};

describe("others are heard when an endpoint", () => {
  const limits = { requestTimeoutMs: 1000, listingTimeoutMs: 1500 };
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");

  test.each([
    ["says nothing at all", silent, /blocks\/latest: no answer in 1 s/],
    ["lists nothing", silentList, /leases\/list: no answer in 1 s/],
    ["sends a byte now and then", drip, /leases\/list: no answer in 1 s/],
    ["pages slowly for ever", slowlyEndless, /not listed everything in 1\.5 s/],
  ])("%s, even when Node collects its garbage meanwhile", async (_, instead, says) => {
    let collected = false;
    const ill = (path: string, answer: ServerResponse) => {
      const isIll = instead(path, answer);
      if (isIll && !collected) setTimeout(collect, 100);
      collected ||= isIll;
      return isIll;
    };
    const newest = { ...chainWith(2), blockAt: now - 1000, instead: ill };
    const endpoints = await Promise.all([newest, chainWith(2), chainWith(2)].map(serve));
    const seen = await openChain({ endpoints, now: () => now, limits }).ask(provider);
    expect(seen).toMatchObject({ kind: "read", passedOver: [expect.stringMatching(says)] });
    expect(seen.kind === "read" && seen.endpoints).toHaveLength(2);
    expect(dseqs(seen)).toEqual(["1", "2", "9001"]);
  });

  test("says nothing, and one lease is looked for", async () => {
    const endpoints = [
      await serve({ ...chainWith(1), instead: silent }),
      await serve(chainWith(1)),
    ];
    const found = await openChain({ endpoints, now: () => now, limits }).find(leaseId(9002));
    expect(found).toMatchObject({ kind: "read", value: { state: "closed" } });
  });
});
