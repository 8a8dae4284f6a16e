import { describe, expect, test } from "vitest";
import { keyOf, ledgerOf } from "../akash/ledger.testkit.ts";
import { type BeforeStop, nothingRemembered } from "../akash/stop-memory.ts";
import type { JournalRecord, RecordBody } from "../core/journal.ts";
import type { Plan } from "../core/plan.ts";
import { healthyFacts } from "../readiness/facts.testkit.ts";
import { etcdBackup, plan, planHold, planProviderStart, planProviderStop } from "../runbook.ts";
import { cutOff, provider, stoppedProvider } from "../steps/seen.testkit.ts";
import { findBeforeStop } from "./stop-memory.ts";

function factsOf(leases: number) {
  const seen = { ledger: ledgerOf(leases), provider: cutOff, manifestTimeoutMs: 300_000 };
  return { ...healthyFacts, leases: seen };
}

const facts = factsOf(0);
const stop = planProviderStop(factsOf(1));
const laterStop = planProviderStop(factsOf(2));
const start = planProviderStart(facts, { replicas: 1 }, { skip: [] });
const hold = planHold(facts, { skip: [] });
const backup = plan(facts, "backup", etcdBackup(facts, "w1"));
const started: RecordBody = {
  kind: "settled",
  key: "start-provider@node1",
  verdict: { kind: "satisfied", because: "" },
  ms: 0,
};
const sent: RecordBody = { kind: "sending", key: "start-provider@node1", act: "kubectl" };
const completed: RecordBody = { kind: "closed", how: "completed" };
const dropped: RecordBody = { kind: "closed", how: "abandoned" };

function windowOf(made: Plan, ...more: readonly RecordBody[]) {
  const bodies: readonly RecordBody[] = [{ kind: "planned", window: "w1", plan: made }, ...more];
  const records = bodies.map((body, seq): JournalRecord => ({ ...body, seq, at: seq }));
  return { id: "w1", records };
}

/** The windows newest first; how many leases are remembered as whole. */
async function found(
  windows: readonly ReturnType<typeof windowOf>[],
  seen = stoppedProvider,
): Promise<number | "nothing" | undefined> {
  const before: BeforeStop | undefined = await findBeforeStop(
    { windows: async () => windows },
    { facts, provider: seen },
  );
  if (before === nothingRemembered) return "nothing";
  return before === undefined ? undefined : Object.keys(before.leases).length;
}

const old = { ...stop, steps: stop.steps.filter(({ step }) => step === "stop-provider") };

describe("what is remembered for a provider that is stopped", () => {
  test.each([
    ["the newest stop's", [windowOf(laterStop, completed), windowOf(stop, completed)], 2],
    ["nothing on another machine", [], "nothing"],
    ["of a stop that was cut off", [windowOf(stop)], 1],
    ["nothing of an older release's stop", [windowOf(old, completed)], "nothing"],
    ["of the first of two stops", [windowOf(old, completed), windowOf(stop, completed)], 1],
    ["of a stop before a backup", [windowOf(backup, completed), windowOf(stop, completed)], 1],
    [
      "of a stop before a start that found something missing",
      [windowOf(start, dropped), windowOf(stop, completed)],
      1,
    ],
    [
      "nothing of a stop before a start that completed",
      [windowOf(start, started, completed), windowOf(stop, completed)],
      "nothing",
    ],
    [
      "nothing of a stop before a hold that started it",
      [windowOf(hold, started, completed), windowOf(stop, completed)],
      "nothing",
    ],
    [
      "nothing of another cluster of this name",
      [windowOf({ ...stop, clusterId: "another" }, completed)],
      "nothing",
    ],
  ] as const)("is %s", async (_, windows, leases) => {
    expect(await found(windows)).toBe(leases);
  });

  test("is by lease and service", async () => {
    const windows = async () => [windowOf(stop, completed)];
    const before = await findBeforeStop({ windows }, { facts, provider: stoppedProvider });
    expect(before?.leases).toEqual({ [keyOf(1)]: { web: 1 } });
  });
});

describe("what is remembered for a provider that runs", () => {
  test.each([
    ["nothing that counts", [windowOf(stop, completed)], undefined],
    [
      "nothing that counts once a start has completed",
      [windowOf(start, started, completed), windowOf(stop, completed)],
      undefined,
    ],
    [
      "what it was for a start that saw it run, and then stopped",
      [windowOf(start, started, dropped), windowOf(stop, completed)],
      1,
    ],
    [
      "what it was for a start that was killed while it started it",
      [windowOf(start, sent, dropped), windowOf(stop, completed)],
      1,
    ],
  ] as const)("is %s", async (_, windows, leases) => {
    expect(await found(windows, provider())).toBe(leases);
  });
});
