import { describe, expect, test } from "vitest";
import { read, unreadable } from "../core/outcome.ts";
import { active, chainOf, keyOf, ledgerOf, manifestOf, namespaceOf } from "./ledger.testkit.ts";
import { recallLedger, rememberLedger } from "./ledger-before.ts";
import { compareWindow } from "./verdict.ts";

/** As a journal gives it back. */
function throughJournal<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

describe("a ledger in a plan", () => {
  test("comes back as it was, where the window compares it", () => {
    const ledger = ledgerOf(12);
    const { chain, manifests, namespaces } = recallLedger(throughJournal(rememberLedger(ledger)));
    const byNumber = [1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(chain).toEqual(chainOf(byNumber.map((number) => active(number))));
    expect(manifests).toEqual(read(byNumber.map((number) => manifestOf(number))));
    expect(namespaces).toEqual(read(byNumber.map((number) => namespaceOf(number))));
  });

  test("keeps what is only in one set, and reclaiming leases", () => {
    const ledger = ledgerOf(0, {
      chain: chainOf([active(1, { state: "reclaiming" })]),
      manifests: read([manifestOf(2)]),
      namespaces: read([namespaceOf(3)]),
    });
    const before = rememberLedger(ledger);
    expect(before.leases).toMatchObject([
      { dseq: "1", onChain: "reclaiming", services: null, namespace: null },
      { dseq: "2", onChain: null, services: { web: 1 }, namespace: null },
      { dseq: "3", onChain: null, services: null, namespace: { name: "ns3" } },
    ]);
    const verdict = compareWindow(recallLedger(throughJournal(before)), ledger, new Map());
    expect(verdict).toMatchObject({
      kind: "kept",
      lines: [`${keyOf(1)}: without a workload already before (dangling)`],
    });
  });

  test("remembers which set was not known, and why", () => {
    const chain = { kind: "not-asked", because: "--no-chain" } as const;
    const ledger = ledgerOf(2, { chain, namespaces: unreadable("kubectl was cut off") });
    const back = recallLedger(throughJournal(rememberLedger(ledger)));
    expect(back.chain).toEqual({ kind: "unreadable", because: "--no-chain" });
    expect(back.namespaces).toEqual(unreadable("kubectl was cut off"));
    expect(back.manifests).toMatchObject({ kind: "read", value: [{}, {}] });
  });

  test("of 5,000 leases is a few megabytes", () => {
    const bytes = JSON.stringify(rememberLedger(ledgerOf(5000))).length;
    expect(bytes).toBeLessThan(3_000_000);
  });
});
