import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { read, unreadable } from "../core/outcome.ts";
import { compareLedger, type LeaseRow } from "./comparison.ts";
import { active, chainOf, ledgerOf, manifestOf, namespaceOf } from "./ledger.testkit.ts";
import type { Ledger } from "./ledger.ts";

const limits = { manifestTimeoutMs: 300_000 };

function rowOf(more: Partial<Ledger>): LeaseRow | undefined {
  return compareLedger(ledgerOf(1, more), limits)?.[0];
}

const nothing = { manifests: read([]), namespaces: read([]) };
const notAsked = { kind: "not-asked", because: "--no-chain" } as const;

describe("a lease", () => {
  test("that is in all three sets with its replicas agrees", () => {
    expect(rowOf({})).toMatchObject({ standing: "agrees", because: "", countsDown: false });
  });

  test("that is being reclaimed is still a lease", () => {
    const chain = chainOf([active(1, { state: "reclaiming" })]);
    expect(rowOf({ chain })).toMatchObject({ standing: "agrees", onChain: "reclaiming" });
  });

  test.each([
    ["won a minute ago, without manifest: in flight", { ageMs: 60_000 }, nothing, "in-flight"],
    ["won an hour ago, without manifest: dangling", { ageMs: 3_600_000 }, nothing, "dangling"],
    ["of unknown age, without manifest: dangling", {}, nothing, "dangling"],
    [
      "whose namespace is gone: dangling, however young",
      { ageMs: 1000 },
      { namespaces: read([]) },
      "dangling",
    ],
    [
      "without its Manifest object, which the provider starts from: dangling",
      { ageMs: 1000 },
      { manifests: read([]) },
      "dangling",
    ],
  ] as const)("on the chain %s", (_, lease, more, standing) => {
    expect(rowOf({ chain: chainOf([active(1, lease)]), ...more })?.standing).toBe(standing);
  });

  test("that is not on the chain any more, and still works here, is leaked", () => {
    expect(rowOf({ chain: chainOf([]) })).toMatchObject({ standing: "leaked", onChain: "absent" });
    expect(rowOf({ chain: chainOf([]), manifests: read([]) })?.standing).toBe("leaked");
  });

  test("is never called dangling or leaked when the chain was not asked", () => {
    expect(rowOf({ chain: notAsked })?.standing).toBe("agrees");
    expect(rowOf({ chain: notAsked, manifests: read([]) })?.standing).toBe("incomplete");
  });
});

describe("a lease's health", () => {
  const workload = { name: "web", desired: 1, available: 1, ready: 1, current: 1 };
  const ill = (one: object) =>
    rowOf({
      namespaces: read([
        namespaceOf(1, { workloads: [{ kind: "Deployment", ...workload, ...one }] }),
      ]),
    });

  test("is what is ready: a Deployment that lacks a replica is unhealthy, and counts down", () => {
    expect(ill({ available: 0, ready: 0 })).toMatchObject({
      standing: "unhealthy",
      because: "web 0 of 1 ready",
      countsDown: true,
    });
  });

  test("of a StatefulSet that is not ready is hidden from the provider: nothing counts down", () => {
    const row = ill({ kind: "StatefulSet", available: 0, ready: 0 });
    expect(row).toMatchObject({ standing: "unhealthy", countsDown: false });
    expect(row?.because).toContain("which the provider does not see");
  });

  test("counts the manifest's replicas, not what somebody scaled the workload to", () => {
    const manifests = read([manifestOf(1, 2)]);
    expect(rowOf({ manifests })).toMatchObject({ standing: "unhealthy", countsDown: true });
  });

  test("misses a service whose workload is gone", () => {
    const namespaces = read([namespaceOf(1, { workloads: [] })]);
    expect(rowOf({ namespaces })).toMatchObject({
      because: "web is missing",
      countsDown: true,
    });
  });

  test("tells a volume that is not bound, and a namespace that ends", () => {
    const claims = [{ name: "data", phase: "Pending" }];
    const namespaces = read([namespaceOf(1, { claims, phase: "Terminating" })]);
    expect(rowOf({ namespaces })?.because).toBe(
      "its namespace is Terminating; volume data is Pending",
    );
  });
});

describe("the comparison", () => {
  test("has nothing to say when a set of the cluster could not be read", () => {
    expect(compareLedger(ledgerOf(1, { manifests: unreadable("no") }), limits)).toBeUndefined();
    expect(compareLedger(ledgerOf(1, { namespaces: unreadable("no") }), limits)).toBeUndefined();
  });

  test("names every lease of every set once, and only those in all three agree", () => {
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(some, some, some, (onChain, withManifest, withNamespace) => {
        const rows = compareLedger(
          ledgerOf(0, {
            chain: chainOf(onChain.map((one) => active(one))),
            manifests: read(withManifest.map((one) => manifestOf(one))),
            namespaces: read(withNamespace.map((one) => namespaceOf(one))),
          }),
          limits,
        );
        const all = new Set([...onChain, ...withManifest, ...withNamespace]);
        expect(rows?.map((row) => Number(row.id.dseq)).sort()).toEqual([...all].sort());
        for (const row of rows ?? []) {
          const number = Number(row.id.dseq);
          const sets = [onChain, withManifest, withNamespace].map((set) => set.includes(number));
          expect(row.standing === "agrees").toBe(sets.every(Boolean));
          expect(row.standing === "leaked").toBe(!sets[0]);
        }
      }),
    );
  });
});
