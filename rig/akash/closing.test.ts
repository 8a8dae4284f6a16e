import { afterEach, expect, it } from "vitest";
import { type ChainEntry, newChain, serveChain } from "./chain.ts";
import { closingPath } from "./closing.ts";
import { sampleLeases } from "./leases.ts";

const close: (() => void)[] = [];

afterEach(() => {
  for (const one of close.splice(0)) one();
});

async function chainWith(state: ChainEntry["state"]) {
  const [lease] = sampleLeases(1);
  if (lease === undefined) throw new Error("there is no lease");
  const entry: ChainEntry = {
    id: lease.id,
    state,
    reason: "lease_closed_invalid",
    createdHeight: 1,
  };
  const { server, url } = await serveChain(newChain([entry], 0));
  close.push(() => server.close());
  const ask = async (body: string) =>
    (await fetch(`${url}${closingPath}`, { method: "POST", body })).status;
  return { entry, ask };
}

function message({ id }: ChainEntry): string {
  return JSON.stringify({ id, reason: "lease_closed_reason_unstable" });
}

it("an active lease is closed once, with its reason", async () => {
  const { entry, ask } = await chainWith("active");
  expect(await ask(message(entry))).toBe(200);
  expect(entry).toMatchObject({ state: "closed", reason: "lease_closed_reason_unstable" });
  expect(await ask(message(entry))).toBe(400);
});

it("a lease that is being reclaimed cannot be closed by its provider", async () => {
  const { entry, ask } = await chainWith("reclaiming");
  expect(await ask(message(entry))).toBe(400);
  expect(entry.state).toBe("reclaiming");
});

it.each(["", "{}", '{"id":{"owner":"somebody"},"reason":"any"}'])(
  "%j closes nothing",
  async (body) => {
    const { entry, ask } = await chainWith("active");
    expect(await ask(body)).toBe(400);
    expect(entry.state).toBe("active");
  },
);
