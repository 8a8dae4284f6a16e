import { describe, expect, test } from "vitest";
import type { ChainLease } from "../core/chain.ts";
import { read, unreadable } from "../core/outcome.ts";
import { active, chainOf, keyOf, ledgerOf, manifestOf, namespaceOf } from "./ledger.testkit.ts";
import { compareWindow } from "./verdict.ts";

const none: ReadonlyMap<string, ChainLease> = new Map();
const twelve = ledgerOf(12);
/** Lease 12 is not on the chain any more. */
const eleven = ledgerOf(12, {
  chain: chainOf(Array.from({ length: 11 }, (_, i) => active(i + 1))),
});

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function manifestsOf(count: number) {
  return numbers(count).map((number) => manifestOf(number));
}

function namespacesOf(count: number) {
  return numbers(count).map((number) => namespaceOf(number));
}

function closedWith(reason: number): ReadonlyMap<string, ChainLease> {
  return new Map([[keyOf(12), active(12, { state: "closed", reason })]]);
}

describe("the verdict on a window", () => {
  test("in which nothing happened is one sentence", () => {
    const verdict = compareWindow(twelve, twelve, none);
    expect(verdict).toMatchObject({
      kind: "kept",
      sentence: "12 of 12 leases kept, no tenant pod restarted",
      lines: [],
    });
  });

  test.each([
    [1, "kept", "closed by its tenant"],
    [20_000, "kept", "out of funds"],
    [10_000, "lost", "closed by this provider as unstable (reason 10000)"],
    [10_001, "lost", "decommissioned"],
    [10_002, "lost", "reason 10002"],
    [10_003, "lost", "no manifest in time"],
    [10_004, "lost", "closed by this provider (reason 10004 or later)"],
    [10_017, "lost", "closed by this provider (reason 10004 or later)"],
    [4711, "kept", "closed by its tenant"],
    [20_001, "kept", "closed by the network"],
    [30_000, "lost", "the chain does not say why"],
  ])("gives a lease that was closed with reason %i its right name", (reason, kind, says) => {
    const verdict = compareWindow(twelve, eleven, closedWith(reason));
    expect(verdict.kind).toBe(kind);
    expect(verdict.sentence).toContain("11 of 12 leases kept, 1 ");
    expect(verdict.sentence).toContain(says);
    expect(verdict.lines).toEqual([expect.stringContaining(`${keyOf(12)}: `)]);
  });

  test("on an old network, which has no reasons, knows a lease that ran out of funds", () => {
    const broke = new Map([[keyOf(12), active(12, { state: "insufficient_funds" })]]);
    const { fates } = compareWindow(twelve, eleven, broke);
    expect(fates.find((one) => one.key === keyOf(12))?.fate).toBe("out-of-funds");
  });

  test("does not take a lease for harmless when the chain does not tell of it", () => {
    expect(compareWindow(twelve, eleven, none)).toMatchObject({ kind: "lost" });
  });

  test("counts a lease whose namespace is gone as torn down, though the chain has it", () => {
    const namespaces = read(Array.from({ length: 11 }, (_, i) => namespaceOf(i + 1)));
    const verdict = compareWindow(twelve, ledgerOf(12, { namespaces }), none);
    expect(verdict).toMatchObject({ kind: "lost" });
    expect(verdict.sentence).toContain("1 active on the chain, and its workload is gone");
  });

  test("counts a lease whose Manifest object is gone as lost: the provider would not know it", () => {
    const after = ledgerOf(12, { manifests: read(manifestsOf(11)) });
    const verdict = compareWindow(twelve, after, none);
    expect(verdict.kind).toBe("lost");
    expect(verdict.lines).toEqual([
      `${keyOf(12)}: active on the chain, and its Manifest object is gone`,
    ]);
    // Counted by Manifest objects, with the chain asked about the one that is gone.
    const unread = { chain: { kind: "unreadable", because: "no answer" } } as const;
    const asked = compareWindow(
      ledgerOf(12, unread),
      ledgerOf(12, { ...unread, manifests: read(manifestsOf(11)) }),
      new Map([[keyOf(12), active(12)]]),
    );
    expect(asked.lines).toEqual(verdict.lines);
  });

  test("does not count a lease as kept of which nothing was there before", () => {
    const some = { manifests: read(manifestsOf(11)), namespaces: read(namespacesOf(11)) };
    const verdict = compareWindow(ledgerOf(12, some), ledgerOf(12, some), none);
    expect(verdict.kind).toBe("kept");
    expect(verdict.sentence).toBe(
      "11 of 12 leases kept, 1 without a workload already before (dangling), no tenant pod restarted",
    );
  });

  test("names new leases, and does not count them among the old ones", () => {
    const verdict = compareWindow(eleven, twelve, none);
    expect(verdict).toMatchObject({ kind: "kept", lines: [`${keyOf(12)}: new during the window`] });
    expect(verdict.sentence).toContain("11 of 11 leases kept, 1 new during the window");
  });

  test("tells a new lease that nobody serves from one that has its workload", () => {
    const late = ledgerOf(12, { chain: chainOf([...Array(13)].map((_, i) => active(i + 1))) });
    const verdict = compareWindow(twelve, late, none);
    expect(verdict).toMatchObject({
      kind: "kept",
      lines: [`${keyOf(13)}: new during the window, without a workload so far`],
    });
  });

  test("names the workload that a lease has left behind, and not that of one that took it along", () => {
    const stays = compareWindow(twelve, eleven, closedWith(1));
    expect(stays.sentence).toContain("1 workload left behind (leaked)");
    expect(stays.lines[0]).toContain("its workload is still here");
    const namespaces = read(Array.from({ length: 11 }, (_, i) => namespaceOf(i + 1)));
    const gone = compareWindow(twelve, { ...eleven, namespaces }, closedWith(1));
    expect(gone.sentence).not.toContain("leaked");
  });

  test("does not take what it could not see for torn down", () => {
    const blind = ledgerOf(12, { namespaces: unreadable("kubectl was not let in") });
    expect(compareWindow(twelve, blind, none)).toMatchObject({
      kind: "unknown",
      countedBy: "chain",
      sentence: "12 of 12 leases kept, tenants' pods could not be compared",
    });
  });

  test.each([
    ["restarted in place", { restarts: 1 }],
    ["replaced by another", { uid: "another" }],
  ])("tells a pod that was %s", (_, change) => {
    const namespaces = read(
      Array.from({ length: 12 }, (_, i) => {
        const one = namespaceOf(i + 1);
        return i === 4 ? { ...one, pods: one.pods.map((pod) => ({ ...pod, ...change })) } : one;
      }),
    );
    const verdict = compareWindow(twelve, ledgerOf(12, { namespaces }), none);
    expect(verdict.sentence).toBe("12 of 12 leases kept, 1 tenant pod restarted");
    expect(verdict.lines).toEqual([`${keyOf(5)}: kept, restarted: web-1`]);
  });

  test("does not miss a pod that had failed before", () => {
    const failed = namespaceOf(1, {
      pods: [{ name: "old", uid: "old", node: "", phase: "Failed", restarts: 0 }],
    });
    const gone = namespaceOf(1, { pods: [] });
    const verdict = compareWindow(
      ledgerOf(1, { namespaces: read([failed]) }),
      ledgerOf(1, { namespaces: read([gone]) }),
      none,
    );
    expect(verdict.sentence).toContain("no tenant pod restarted");
  });

  test("says that the chain was not asked, and then does not promise", () => {
    const chain = { kind: "not-asked", because: "--no-chain" } as const;
    const verdict = compareWindow(twelve, ledgerOf(12, { chain }), none);
    expect(verdict.kind).toBe("unknown");
    expect(verdict.sentence).toContain("counted by Manifest objects");
  });

  test("says why when nothing could be counted", () => {
    const chain = { kind: "not-asked", because: "--no-chain" } as const;
    const blind = ledgerOf(12, { chain, manifests: unreadable("kubectl was not let in") });
    expect(compareWindow(twelve, blind, none)).toMatchObject({
      kind: "unknown",
      sentence: "leases could not be counted: kubectl was not let in",
    });
  });
});
