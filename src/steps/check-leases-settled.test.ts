import { describe, expect, test } from "vitest";
import {
  active,
  chainOf,
  keyOf,
  ledgerOf,
  manifestOf,
  namespaceOf,
} from "../akash/ledger.testkit.ts";
import type { Ledger } from "../akash/ledger.ts";
import type { Command } from "../core/command.ts";
import { type Look, settleMsOf } from "../core/step.ts";
import { checkLeasesSettled } from "./check-leases-settled.ts";
import { cutOff, provider, read, said } from "./seen.testkit.ts";

const goal = {
  namespace: "akash-services",
  name: "akash-provider",
  settleSeconds: 300,
  chainWasRead: false,
};

function judge(more: Partial<Ledger>) {
  const leases = { ledger: ledgerOf(1, more), provider: cutOff, manifestTimeoutMs: 300_000 };
  return checkLeasesSettled.judge({ provider: read(provider()), leases }, goal);
}

const both = chainOf([active(1), active(2, { ageMs: 20_000 })]);
const bids = [active(7), active(8), active(9), active(10)].map(({ id }) => id);

describe("leases and bids before the stop", () => {
  test.each([
    ["are settled", {}, "satisfied: no lease is in flight, and no bid is open"],
    [
      "with a lease whose manifest has not come",
      { chain: both },
      `unclear: ${keyOf(2)}: won 20 s ago, no manifest yet`,
    ],
    [
      "with one that is too old to get its manifest: it is not waited for",
      { chain: chainOf([active(1), active(2, { ageMs: 301_000 })]) },
      `satisfied: no lease is in flight, and no bid is open; without a workload (dangling): ${keyOf(2)}`,
    ],
    [
      "with one whose manifest has come",
      {
        chain: both,
        manifests: read([manifestOf(1), manifestOf(2)]),
        namespaces: read([namespaceOf(1), namespaceOf(2)]),
      },
      "satisfied: no lease is in flight, and no bid is open",
    ],
    [
      "with open bids",
      { chain: { ...chainOf([active(1)]), openBids: bids } },
      `unclear: bid on ${keyOf(7)} is open; bid on ${keyOf(8)} is open; bid on ${keyOf(9)} is open; and 1 more`,
    ],
    [
      "are not known where the chain is not asked",
      { chain: { kind: "not-asked", because: "no endpoint" } },
      "satisfied: passed unseen: the chain was not asked: no endpoint",
    ],
    [
      "are not known where the chain cannot be read",
      { chain: { kind: "unreadable", because: "two endpoints, two answers" } },
      "satisfied: passed unseen: the chain could not be read: two endpoints, two answers",
    ],
    [
      "cannot be told without the Manifest objects",
      { manifests: cutOff },
      "unclear: no answer: cut off",
    ],
  ] as const)("%s", (_, more, verdict) => {
    expect(said(judge(more))).toBe(verdict);
  });

  test("are waited for as long as the operator says", () => {
    expect(settleMsOf(checkLeasesSettled, { ...goal, settleSeconds: 20 })).toBe(20_000);
  });
});

test("a provider that is stopped already is not waited for, and no endpoint is asked", async () => {
  const commands: Command[] = [];
  const item = { kind: "StatefulSet", metadata: { name: goal.name }, spec: { replicas: 0 } };
  const look: Look = {
    host: "node1",
    now: 0,
    run: async (command) => {
      commands.push(command);
      return { kind: "exited", code: 0, stdout: JSON.stringify({ items: [item] }), stderr: "" };
    },
    stored: async () => undefined,
    chain: {
      ask: () => Promise.reject(new Error("asked")),
      find: () => Promise.reject(new Error("asked")),
    },
  };
  const seen = await checkLeasesSettled.observe(look, goal);
  expect(commands).toHaveLength(1);
  expect(said(checkLeasesSettled.judge(seen, goal))).toBe(
    "satisfied: not looked at: the provider is stopped already",
  );
});

describe("a chain that the plan's survey has read", () => {
  const asked = { ...goal, chainWasRead: true };
  const leases = {
    ledger: ledgerOf(1, { chain: { kind: "unreadable", because: "no answer in time" } }),
    provider: cutOff,
    manifestTimeoutMs: 300_000,
  };
  const seen = { provider: read(provider()), leases };

  test("is asked again when it gives no answer, and gone on without at last", () => {
    expect(said(checkLeasesSettled.judge(seen, asked))).toBe(
      "unclear: the chain could not be read: no answer in time",
    );
    const last = checkLeasesSettled.atLast?.(seen, asked);
    expect(last === undefined ? "" : said(last)).toBe(
      "satisfied: passed unseen: the chain could not be read: no answer in time",
    );
  });
});
