import { describe, expect, test } from "vitest";
import type { JournalRecord, RecordBody } from "./journal.ts";
import { planned, planOf } from "./lamps.testkit.ts";
import {
  foldJournal,
  operatorsCommand,
  stepsToRun,
  upheldSinceBefore,
  type WindowState,
} from "./window.ts";

const plan = planOf(planned("lamp@node1", "on"), planned("lamp@node2", "on", { closing: true }));
const verdict = { kind: "satisfied", because: "it shows on" } as const;
const abandoned: RecordBody = { kind: "abandoned" };
const superseded: RecordBody = { kind: "abandoned", superseded: true };
const overtaken: RecordBody = { kind: "overtaken" };
const stopped = { key: "lamp@node1", because: "it is broken", remedy: "Buy another." };

function records(...bodies: readonly RecordBody[]): readonly JournalRecord[] {
  const all: readonly RecordBody[] = [{ kind: "planned", window: "w1", plan }, ...bodies];
  return all.map((body, i) => ({ seq: i + 1, at: (i + 1) * 10, ...body }));
}

function folded(...bodies: readonly RecordBody[]) {
  return foldJournal(records(...bodies));
}

describe("a window's journal", () => {
  test.each([
    ["is empty", []],
    [
      "begins with something else",
      records()
        .slice(1)
        .concat(records({ kind: "abandoned" })[1] ?? []),
    ],
  ])("that %s tells of no window", (_, list) => {
    expect(foldJournal(list)).toBeUndefined();
  });

  test("with only a plan tells of a window that was not begun", () => {
    expect(folded()).toMatchObject({
      id: "w1",
      plan,
      plannedAt: 10,
      lastAt: 10,
      epoch: 0,
      abandoned: false,
      closed: undefined,
      current: undefined,
    });
  });

  test("tells the highest epoch asked for, in vain or not; of an older journal the one it had", () => {
    const opened = { kind: "opened", epoch: 3, holder: "ann@desk" } as const;
    expect(
      folded({ kind: "taking", epoch: 3 }, opened, { kind: "taking", epoch: 5 }),
    ).toMatchObject({
      epoch: 3,
      asked: 5,
    });
    expect(folded(opened)?.asked).toBe(3);
  });

  test("tells who works on it, with the latest epoch", () => {
    const first = { kind: "opened", epoch: 1, holder: "ann@desk" } as const;
    const then = { kind: "opened", epoch: 4, holder: "bob@desk" } as const;
    expect(folded(first, then)).toMatchObject({ epoch: 4, holder: "bob@desk" });
  });

  test("tells which step is at work, and when and how each was settled", () => {
    const key = "lamp@node1";
    expect(folded({ kind: "began", key })).toMatchObject({ current: key, lastAt: 20 });
    const state = folded({ kind: "began", key }, { kind: "settled", key, verdict, ms: 7 });
    expect(state?.current).toBeUndefined();
    expect(state?.settled.get(key)).toEqual({ verdict, at: 30, seq: 3, ms: 7 });
  });

  test("tells for which steps something was sent to a host", () => {
    const key = "lamp@node1";
    expect(folded({ kind: "began", key })?.acted).toEqual(new Map());
    const state = folded({ kind: "began", key }, { kind: "sending", key, act: "switch on" });
    expect(state?.acted).toEqual(new Map([[key, 3]]));
  });

  test("keeps the latest verdict of a step that was run over again, and the time of both", () => {
    const key = "lamp@node1";
    const again = { kind: "satisfied", because: "again" } as const;
    const state = folded(
      { kind: "settled", key, verdict, ms: 7 },
      { kind: "settled", key, verdict: again, ms: 1 },
    );
    expect(state?.settled.get(key)).toMatchObject({ verdict: again, ms: 8 });
  });

  test("tells why it stopped, until something is begun after that", () => {
    const stop = { kind: "stopped", ...stopped } as const;
    expect(folded(stop)).toMatchObject({ stopped, current: "lamp@node1" });
    expect(folded(stop, { kind: "began", key: "lamp@node1" })?.stopped).toBeUndefined();
    expect(folded(stop, { kind: "opened", epoch: 2, holder: "a" })?.stopped).toBeUndefined();
  });

  test("keeps all that others undid", () => {
    const key = "lamp@node1";
    const state = folded({ kind: "lost", key, because: "a" }, { kind: "lost", key, because: "b" });
    expect(state?.lost.map(({ because, at }) => [because, at])).toEqual([
      ["a", 20],
      ["b", 30],
    ]);
  });

  test.each(["completed", "abandoned"] as const)("tells that it was closed as %s", (how) => {
    expect(folded({ kind: "began", key: "lamp@node1" }, { kind: "closed", how })).toMatchObject({
      closed: how,
      current: undefined,
    });
  });

  test("tells of all gates that were left out, at whatever time", () => {
    const state = folded(
      { kind: "skipping", gates: ["a"] },
      { kind: "skipping", gates: ["b", "a"] },
    );
    expect(state?.skipped).toEqual(["a", "b"]);
  });

  test.each<[string, readonly RecordBody[], { overtaken: boolean; superseded: boolean }]>([
    ["nothing of others", [], { overtaken: false, superseded: false }],
    ["that another window held the lock", [overtaken], { overtaken: true, superseded: false }],
    ["that it was abandoned first", [abandoned], { overtaken: false, superseded: false }],
    [
      "that it was abandoned after another had worked",
      [overtaken, superseded],
      { overtaken: false, superseded: true },
    ],
    [
      "the same when it is abandoned once more",
      [superseded, abandoned],
      { overtaken: false, superseded: true },
    ],
  ])("tells %s", (_, bodies, told) => {
    expect(folded(...bodies)).toMatchObject(told);
  });

  const begun = { kind: "sending", key: operatorsCommand, act: "make upgrade" } as const;
  const sent = { kind: "sending", key: "lamp@node1", act: "switch on" } as const;
  const ran = (key: string): RecordBody => ({
    kind: "ran",
    key,
    outcome: { kind: "exited", code: 0 },
  });

  test.each<[string, readonly RecordBody[], string | undefined]>([
    ["that has begun", [begun], "make upgrade"],
    [
      "whose end is not known, whatever else has ended",
      [begun, sent, ran(sent.key)],
      "make upgrade",
    ],
    ["but of none that has ended", [begun, ran(operatorsCommand)], undefined],
    ["but of none where only a step's was sent", [sent], undefined],
    ["but of none once it is abandoned: that says it is over", [begun, abandoned], undefined],
  ])("tells of an operator's command %s", (_, bodies, command) => {
    const state = folded(...bodies);
    expect(state).toMatchObject({ id: "w1" });
    expect(state?.command).toBe(command);
  });

  test("does not change what an earlier fold gave out", () => {
    const before = folded();
    folded({ kind: "settled", key: "lamp@node1", verdict, ms: 1 });
    expect(before?.settled.size).toBe(0);
  });
});

describe("the steps that are left to a run", () => {
  test("are all, for each is looked at again", () => {
    const state = folded({ kind: "settled", key: "lamp@node1", verdict, ms: 7 });
    expect(state && stepsToRun(state).map(({ key }) => key)).toEqual(["lamp@node1", "lamp@node2"]);
  });

  test("are only the closing ones of an abandoned window", () => {
    const state = folded({ kind: "abandoned" });
    expect(state && stepsToRun(state).map(({ key }) => key)).toEqual(["lamp@node2"]);
  });

  test.each([
    ["none where it was left before it took anything", [], []],
    [
      "the closing ones once something was sent to take it",
      [{ kind: "sending", key: "lamp@node1", act: "switch off" }],
      ["lamp@node2"],
    ],
    [
      "the closing ones once it was seen to be taken",
      [{ kind: "settled", key: "lamp@node1", verdict, ms: 1 }],
      ["lamp@node2"],
    ],
  ] as const)("are of an abandoned window %s", (_, bodies, left) => {
    const plan = planOf(
      { ...planned("lamp@node1", "off"), standing: true },
      { ...planned("lamp@node2", "on", { closing: true }), lifts: "lamp@node1" },
    );
    const all = [{ kind: "planned", window: "w1", plan } as const, ...bodies];
    const abandoned = [
      ...all,
      { kind: "began", key: "lamp@node1" },
      { kind: "abandoned" },
    ] as const;
    const state = foldJournal(abandoned.map((body, i) => ({ seq: i + 1, at: i + 1, ...body })));
    expect(state && stepsToRun(state).map(({ key }) => key)).toEqual(left);
  });
});

describe("a window with standing goals", () => {
  const paused = planned("lamp@node1", "off", { standing: true, gate: "automation" });
  const held = planned("lamp@node3", "off", { standing: true });
  const passing = planned("lamp@node2", "off");
  const resumed = planned("lamp:lift@node1", "on", {
    ...{ closing: true, lifts: paused.key, gate: "resume" },
  });
  const freed = planned("lamp:lift@node3", "on", { closing: true, lifts: held.key });
  const close = planned("lamp:close@node2", "on", { closing: true });
  const settled = ({ key }: { key: string }): RecordBody => {
    return { kind: "settled", key, verdict, ms: 1 };
  };
  const sending = ({ key }: { key: string }): RecordBody => {
    return { kind: "sending", key, act: "switch" };
  };
  const sent = sending(paused);
  const leftOut: RecordBody = { kind: "skipping", gates: ["automation"] };

  function stateOf(...bodies: readonly RecordBody[]): WindowState {
    const all = planOf(paused, held, passing, resumed, freed, close);
    const begun: readonly RecordBody[] = [{ kind: "planned", window: "w1", plan: all }, ...bodies];
    const state = foldJournal(begun.map((body, i) => ({ seq: i + 1, at: i, ...body })));
    if (state === undefined) throw new Error("no plan");
    return state;
  }

  test.each<[string, readonly RecordBody[], readonly string[], readonly string[]]>([
    ["what has settled, abandoned or not", [settled(paused)], [], [paused.key]],
    ["nothing that it never came to", [abandoned], [], []],
    [
      "what has settled, if standing",
      [settled(paused), settled(passing), abandoned],
      [],
      [paused.key],
    ],
    ["what something was sent for", [sent, abandoned], [], [paused.key]],
    ["nothing once that was lifted", [settled(paused), settled(resumed), abandoned], [], []],
    [
      "nothing once something was sent to lift it",
      [sending(held), settled(held), sending(freed)],
      [],
      [],
    ],
    [
      "it again once it was reached anew after that",
      [sending(held), settled(held), sending(freed), sending(held)],
      [],
      [held.key],
    ],
    ["nothing of a gate that is left out", [settled(paused), leftOut, abandoned], [], []],
    [
      "nothing that can only be resumed on a host that is away",
      [settled(paused), abandoned],
      ["node1"],
      [],
    ],
    [
      "what was stopped through a host that is away, and is resumed elsewhere too",
      [settled(held), abandoned],
      ["node3"],
      [held.key],
    ],
    ["the same while another host is away", [settled(paused), abandoned], ["node2"], [paused.key]],
  ])("upholds from its beginning, when it was left: %s", (_, bodies, away, keys) => {
    expect(upheldSinceBefore(stateOf(...bodies), away).map(({ key }) => key)).toEqual(keys);
  });

  test("resumes only what it paused, when it was abandoned after another had worked", () => {
    const keys = stepsToRun(stateOf(overtaken, superseded)).map(({ key }) => key);
    expect(keys).toEqual([resumed.key]);
  });

  test("resumes then nothing that is left out", () => {
    const without: RecordBody = { kind: "skipping", gates: ["resume"] };
    expect(stepsToRun(stateOf(overtaken, superseded, without))).toEqual([]);
  });
});

describe("what mends a window that was cut off", () => {
  const between = ["lamp@node1", "check-lamp@node1"] as const;
  const mending = { ...planned("mend-lamp@node1", "on"), between };
  const mended = {
    ...planOf(planned("lamp@node1", "on"), planned("check-lamp@node1", "on"), {
      ...planned("lamp@node2", "on", { closing: true }),
      lifts: "lamp@node1",
    }),
    mendings: [mending, { ...mending, key: "mend-lamp:gated@node1", gate: "mending" }],
  };
  const sent = { kind: "sending", key: "lamp@node1", act: "switch on" } as const;
  const proven = { kind: "settled", key: "check-lamp@node1", verdict, ms: 1 } as const;
  const given = { kind: "settled", key: "lamp@node2", verdict, ms: 1 } as const;
  const opened = { kind: "opened", epoch: 1, holder: "ann@desk" } as const;
  const lampOnly = { kind: "settled", key: "lamp@node1", verdict, ms: 1 } as const;

  function due(bodies: readonly RecordBody[], away: readonly string[] = []): readonly string[] {
    const all: readonly RecordBody[] = [{ kind: "planned", window: "w1", plan: mended }, ...bodies];
    const state = foldJournal(all.map((body, i) => ({ seq: i + 1, at: (i + 1) * 10, ...body })));
    if (state === undefined) throw new Error("no plan");
    const keys = stepsToRun(state, away).map(({ key }) => key);
    return keys.filter((key) => key.startsWith("mend"));
  }

  test.each([
    ["is left out before anything was sent", [opened], []],
    ["comes once something was sent", [sent], ["mend-lamp@node1", "mend-lamp:gated@node1"]],
    [
      "comes also when that step has settled",
      [sent, lampOnly],
      [mending.key, "mend-lamp:gated@node1"],
    ],
    ["is left out once it is proven", [sent, proven], []],
    [
      "comes again when something was sent after the proof",
      [sent, proven, opened, sent],
      [mending.key, "mend-lamp:gated@node1"],
    ],
    [
      "comes also when it is abandoned",
      [sent, { kind: "abandoned" }],
      [mending.key, "mend-lamp:gated@node1"],
    ],
    ["is left out with its gate", [sent, { kind: "skipping", gates: ["mending"] }], [mending.key]],
    ["is left out once the closing step was done", [sent, given], []],
  ] as const)("%s", (_, bodies, keys) => {
    expect(due(bodies)).toEqual(keys);
  });

  test("is told by the order of the records, also where the operator's clock was set back", () => {
    const all = [{ kind: "planned", window: "w1", plan: mended } as const, sent, proven, sent];
    const state = foldJournal(all.map((body, i) => ({ seq: i + 1, at: 100 - i, ...body })));
    expect(state && stepsToRun(state)[0]?.key).toBe(mending.key);
    const whole = foldJournal(
      all.slice(0, 3).map((body, i) => ({ seq: i + 1, at: 100 - i, ...body })),
    );
    expect(whole && stepsToRun(whole)[0]?.key).not.toBe(mending.key);
  });

  test("comes before all else, and not on a host that is away", () => {
    expect(due([sent], ["node1"])).toEqual([]);
    expect(due([sent], ["node2"])).toEqual([mending.key, "mend-lamp:gated@node1"]);
  });
});
