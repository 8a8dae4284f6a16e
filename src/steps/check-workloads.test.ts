import { describe, expect, test } from "vitest";
import { compareLedger } from "../akash/comparison.ts";
import {
  active,
  chainOf,
  keyOf,
  ledgerOf,
  manifestOf,
  namespaceOf,
} from "../akash/ledger.testkit.ts";
import type { LeasesSeen, Ledger, Workload } from "../akash/ledger.ts";
import { baselineOf } from "../akash/workloads.ts";
import type { Look } from "../core/step.ts";
import { type CheckWorkloadsGoal, checkWorkloads } from "./check-workloads.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

const timeout = { manifestTimeoutMs: 300_000 };
const notAsked = { kind: "not-asked", because: "no endpoint" } as const;

function seen(ledger: Ledger): LeasesSeen {
  return { ledger, provider: cutOff, ...timeout };
}

function baseline(ledger: Ledger) {
  return baselineOf(compareLedger(ledger, timeout) ?? []);
}

function goal(more: Partial<CheckWorkloadsGoal> = {}): CheckWorkloadsGoal {
  return { leases: baseline(ledgerOf(2)), others: 0, unread: "", ...more };
}

function web(more: Partial<Workload>): readonly Workload[] {
  const whole = { kind: "Deployment", name: "web", desired: 1, available: 1, ready: 1 } as const;
  return [{ ...whole, current: 1, ...more }];
}

/** The second of two leases, with another workload. */
function withSecond(workloads: readonly Workload[]): Partial<Ledger> {
  return { namespaces: read([namespaceOf(1), namespaceOf(2, { workloads })]) };
}

const without2 = { manifests: read([manifestOf(1)]), namespaces: read([namespaceOf(1)]) };
const set = { kind: "StatefulSet" } as const;

describe("what was available before", () => {
  test.each([
    ["well", {}, ["1", "2"]],
    ["short of a replica", withSecond(web({ available: 0 })), ["1"]],
    ["a StatefulSet that is not ready", withSecond(web({ ...set, ready: 0 })), ["1"]],
    ["a StatefulSet that is ready", withSecond(web({ ...set, available: 0 })), ["1", "2"]],
    ["without its workload", withSecond([]), ["1"]],
    ["leaked", { chain: chainOf([active(1)]) }, ["1"]],
    ["not known to the chain that was not asked", { chain: notAsked }, ["1", "2"]],
    ["dangling", without2, ["1"]],
  ] as const)("of two leases with the second %s", (_, more, numbers) => {
    const leases = Object.keys(baseline(ledgerOf(2, more)));
    expect(leases).toEqual(numbers.map((number) => keyOf(Number(number))));
  });

  test("is counted by service, as the Manifest object wants it", () => {
    const manifests = read([manifestOf(1, 3)]);
    const namespaces = read([namespaceOf(1, { workloads: web({ available: 3 }) })]);
    expect(baseline(ledgerOf(1, { manifests, namespaces }))).toEqual({ [keyOf(1)]: { web: 3 } });
  });
});

describe("the leases' workloads", () => {
  const key = keyOf(2);
  test.each([
    ["as before", {}, "satisfied: 2 of 2 leases have all replicas that they had"],
    ["a replica is missing", withSecond(web({ available: 0 })), `unclear: ${key}: web has 0 of 1`],
    [
      "a StatefulSet's pod hangs, which the provider itself would not see",
      withSecond(web({ ...set, ready: 0 })),
      `unclear: ${key}: web has 0 of 1`,
    ],
    ["a workload is gone", withSecond([]), `unclear: ${key}: web has 0 of 1`],
    [
      "a Manifest object is gone, and its lease lives",
      { manifests: read([manifestOf(1)]) },
      `unclear: ${key}: its Manifest object is gone`,
    ],
    ["both are gone, and the lease lives", without2, `unclear: ${key}: its namespace is gone`],
    [
      "both are gone, and the chain says closed",
      { ...without2, chain: chainOf([active(1)]) },
      "satisfied: 1 of 2 leases have all replicas that they had, 1 closed meanwhile",
    ],
    [
      "both are gone, and the chain was not read",
      { ...without2, chain: notAsked },
      "satisfied: 1 of 2 leases have all replicas that they had, 1 gone, and the chain was not read",
    ],
    [
      "only the namespace is gone, and the chain was not read",
      { namespaces: read([namespaceOf(1)]), chain: notAsked },
      `unclear: ${key}: its namespace is gone`,
    ],
    [
      "ill, and closed on the chain: the provider was stopped when its tenant left",
      { ...withSecond(web({ available: 0 })), chain: chainOf([active(1)]) },
      "satisfied: 1 of 2 leases have all replicas that they had, 1 closed meanwhile",
    ],
    ["they cannot be read", { namespaces: cutOff }, "unclear: no answer: cut off"],
  ])("%s", (_, more, verdict) => {
    expect(said(checkWorkloads.judge(seen(ledgerOf(2, more)), goal()))).toBe(verdict);
  });

  test("that were ill before need not be well", () => {
    const ill = ledgerOf(2, withSecond(web({ available: 0 })));
    const verdict = checkWorkloads.judge(seen(ill), goal({ leases: baseline(ill), others: 1 }));
    expect(said(verdict)).toBe(
      "satisfied: 1 of 1 leases have all replicas that they had, 1 had not all before",
    );
  });

  test("of which nothing is known from before are not waited for, and it is said", () => {
    const verdict = checkWorkloads.judge(seen(ledgerOf(0)), goal({ unread: "no answer" }));
    expect(said(verdict)).toBe(
      "satisfied: passed unseen: what was available before is not known: no answer",
    );
  });

  test("of many leases are named up to five", () => {
    const ledger = ledgerOf(9, { namespaces: read([]) });
    const verdict = checkWorkloads.judge(seen(ledger), goal({ leases: baseline(ledgerOf(9)) }));
    expect(verdict.because).toContain(`${keyOf(5)}: its namespace is gone; and of 4 more leases`);
  });
});

describe("the leases' workloads, where the plan was made after the maintenance,", () => {
  const key = keyOf(2);
  const after = goal({ leases: {}, excused: [] });
  const all = "satisfied: 2 of 2 leases have all replicas that they want";
  const bid = { chain: chainOf([active(1), active(2), active(3)]) };
  test.each([
    ["all are well", {}, after, all],
    [
      "one lacks a replica",
      withSecond(web({ available: 0 })),
      after,
      `unclear: ${key}: web has 0 of 1`,
    ],
    [
      "one lacks a replica, as it did before the stop",
      withSecond(web({ available: 0 })),
      goal({ leases: baseline(ledgerOf(1)), excused: [key], others: 1 }),
      "satisfied: 1 of 1 leases have all replicas that they want, 1 had not all before",
    ],
    [
      "one has no namespace",
      { namespaces: read([namespaceOf(1)]) },
      after,
      "its namespace is gone",
    ],
    [
      "one has no Manifest object",
      { manifests: read([manifestOf(1)]) },
      after,
      `unclear: ${key}: its Manifest object is gone`,
    ],
    ["one was won while the provider was stopped, and nothing is here", bid, after, all],
    [
      "one has left nothing, and is remembered from before the stop",
      without2,
      goal({ excused: [] }),
      `unclear: ${key}: its namespace is gone`,
    ],
    [
      "one has no Manifest object, and is remembered from before the stop",
      { ...withSecond([]), manifests: read([manifestOf(1)]) },
      goal({ excused: [] }),
      `unclear: ${key}: its Manifest object is gone, web has 0 of 1`,
    ],
    [
      "one that is ill is closed on the chain",
      { ...withSecond(web({ available: 0 })), chain: chainOf([active(1)]) },
      after,
      "satisfied: 1 of 1 leases have all replicas that they want",
    ],
    ["they cannot be read", { namespaces: cutOff }, after, "unclear: no answer: cut off"],
  ])("%s", (_, more, wanted, words) => {
    expect(said(checkWorkloads.judge(seen(ledgerOf(2, more)), wanted))).toContain(words);
  });

  test("leave the operator with what is excused", () => {
    expect(checkWorkloads.remedy?.(after)).toContain("known to have been ill before");
    expect(checkWorkloads.remedy?.(goal())).not.toContain("known to have been ill");
  });
});

test("the chain is only asked when something is missing", async () => {
  let asked = 0;
  const chain = {
    ask: async () => {
      asked += 1;
      return notAsked;
    },
    find: async () => cutOff,
  };
  const stdout = `ns1 ${keyOf(1).replaceAll("/", " ")} akash1${"p".repeat(38)}`;
  const run = async (command: { readonly argv: readonly string[] }) => {
    const words = command.argv.join(" ");
    const lines = words.includes("manifests.akash")
      ? `${stdout} web 1\n`
      : words.includes("get namespaces")
        ? `${stdout} Active\n`
        : words.includes("deployments.apps")
          ? "Deployment ns1 web 1 1 1 0 1\n"
          : "";
    return { kind: "exited", code: 0, stdout: lines, stderr: "" } as const;
  };
  const look: Look = { host: "node1", now: 0, run, stored: async () => undefined, chain };
  await checkWorkloads.observe(look, goal({ leases: baseline(ledgerOf(1)) }));
  expect(asked).toBe(0);
  await checkWorkloads.observe(look, goal());
  expect(asked).toBe(1);
});
