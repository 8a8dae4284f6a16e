import { describe, expect, test } from "vitest";
import { active, chainOf, keyOf, ledgerOf } from "../akash/ledger.testkit.ts";
import { rememberLedger } from "../akash/ledger-before.ts";
import { read, unreadable } from "../core/outcome.ts";
import { accountForLeases } from "./account-for-leases.ts";

const twelve = ledgerOf(12);
const eleven = ledgerOf(12, { chain: chainOf(twelveButOne()) });
const goal = rememberLedger(twelve);
const noAnswer = unreadable("kubectl: no answer");
const closed = (reason: number) =>
  new Map([[keyOf(12), read(active(12, { state: "closed", reason }))]]);

function twelveButOne() {
  return Array.from({ length: 11 }, (_, index) => active(index + 1));
}

describe("the account of the leases", () => {
  test.each([
    [
      "all are there",
      { after: twelve, gone: new Map() },
      { kind: "satisfied", detail: { kind: "kept", countedBy: "chain", lines: [] } },
    ],
    [
      "a tenant closed one",
      { after: eleven, gone: closed(1) },
      { kind: "satisfied", detail: { kind: "kept" } },
    ],
    [
      "the provider closed one",
      { after: eleven, gone: closed(10_000) },
      { kind: "satisfied", detail: { kind: "lost", lines: [expect.stringContaining("10000")] } },
    ],
    [
      "the chain does not answer why one is gone",
      { after: eleven, gone: new Map([[keyOf(12), unreadable("https://one: HTTP 502")]]) },
      { kind: "unclear", because: "https://one: HTTP 502" },
    ],
    [
      "the chain cannot be read now",
      { after: { ...twelve, chain: unreadable("nobody answers") }, gone: new Map() },
      { kind: "unclear", because: "nobody answers" },
    ],
    [
      "the chain is not asked now",
      { after: { ...twelve, chain: { kind: "not-asked", because: "" } }, gone: new Map() },
      { kind: "satisfied", detail: { kind: "unknown", countedBy: "manifests" } },
    ],
    [
      "the cluster's objects cannot be read",
      { after: { ...twelve, manifests: noAnswer, namespaces: noAnswer }, gone: new Map() },
      { kind: "unclear", because: "kubectl: no answer" },
    ],
  ])("when %s", (_, seen, verdict) => {
    expect(accountForLeases.judge(seen, goal)).toMatchObject(verdict);
  });

  test("does not wait for what was not known before", () => {
    const chain = { kind: "not-asked", because: "--no-chain" } as const;
    const blind = rememberLedger({ ...twelve, chain, namespaces: noAnswer });
    const after = { ...twelve, chain: unreadable("nobody answers"), namespaces: noAnswer };
    expect(accountForLeases.judge({ after, gone: new Map() }, blind)).toMatchObject({
      kind: "satisfied",
      because: expect.stringContaining("tenants' pods could not be compared"),
      detail: { kind: "unknown" },
    });
  });

  test("never stops a window: at last it says what it does not know", () => {
    const chain = unreadable("nobody answers");
    const after = { ...twelve, chain, manifests: noAnswer, namespaces: noAnswer };
    expect(accountForLeases.atLast?.({ after, gone: new Map() }, goal)).toEqual({
      kind: "satisfied",
      because: "leases could not be counted: kubectl: no answer",
      detail: { kind: "unknown", countedBy: "none", lines: [] },
    });
  });
});
