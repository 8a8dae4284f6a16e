// Standing goals that somebody undoes, and that come back or change while the engine is busy with
// them.

import { describe, expect, test } from "vitest";
import {
  exited,
  journalOf,
  journalOfPlan,
  newLamps,
  planned,
  planOf,
  runLamps,
  switched,
} from "./lamps.testkit.ts";

const on1 = planned("lamp@node1", "on");
const on2 = planned("lamp@node2", "on");
const off1 = planned("lamp:standing@node1", "off", { standing: true });
const lifting = planned("lamp:closing@node1", "on", { closing: true, lifts: off1.key });

describe("a standing goal that was undone", () => {
  test("and restored by somebody else is not restored again: the next step is carried out", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.beforeLook = (looks) => {
      const looksAt1 = lamps.happened.filter((one) => one === "look node1").length;
      if (looks === 2 && looksAt1 === 1) lamps.shown.set("node1", "on");
      if (looks === 3) lamps.shown.set("node1", "off");
    };
    const { end, records } = await runLamps(lamps, journalOf(off1, on2));
    expect(end.kind).toBe("completed");
    expect(records.map(({ kind }) => kind)).not.toContain("lost");
    expect(switched(lamps)).toEqual(["unplug on node2", "on on node2"]);
  });

  test("takes time to restore: what somebody did meanwhile for the next step is not done again", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.beforeLook = (looks) => {
      const restored = switched(lamps).includes("off on node1");
      if (looks === 2 && !restored) lamps.shown.set("node1", "on");
      if (restored) lamps.shown.set("node2", "on");
    };
    const { end } = await runLamps(lamps, journalOf(off1, on2));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual(["unplug on node1", "off on node1"]);
  });

  test("and cannot be restored while another step is waited for stops the window, and not that step", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    lamps.answers.push(...Array.from({ length: 9 }, () => () => exited(1, "", "no")));
    lamps.beforeLook = () => {
      if (lamps.now === 5000) lamps.shown.set("node1", "on");
    };
    const { end } = await runLamps(lamps, journalOf(off1, on2));
    expect(end).toMatchObject({
      kind: "stopped",
      key: off1.key,
      because: expect.stringContaining("it shows on, not off (switch unplug:"),
      remedy: "Look at node1, mend it, and run again.",
    });
  });

  test("while nobody worked on the window is restored before anything else happens", async () => {
    const lamps = newLamps({ node1: "on", node2: "unclear" });
    const check2 = planned("check-lamp@node2", "on");
    const verdict = { kind: "satisfied", because: "" } as const;
    const settled = { kind: "settled", key: off1.key, verdict, ms: 1 } as const;
    const { end } = await runLamps(lamps, journalOfPlan(planOf(check2, off1), settled));
    expect(lamps.happened.slice(0, 2)).toEqual(["look node1", "look node1"]);
    expect(lamps.happened).not.toContain("note began lamp:standing@node1");
    expect(lamps.shown.get("node1")).toBe("off");
    const at = (what: string) => lamps.happened.indexOf(what);
    expect(at(`note settled ${off1.key}`)).toBeLessThan(at(`note began ${check2.key}`));
    expect(end).toMatchObject({ kind: "stopped", key: check2.key });
  });

  test("while nobody worked on the window, and cannot be restored, stops it at once", async () => {
    const lamps = newLamps({ node1: "on", node2: "off" });
    lamps.answers.push(...Array.from({ length: 3 }, () => () => exited(1, "", "no")));
    const verdict = { kind: "satisfied", because: "" } as const;
    const settled = { kind: "settled", key: off1.key, verdict, ms: 1 } as const;
    const { end } = await runLamps(lamps, journalOfPlan(planOf(on2, off1), settled));
    expect(end).toMatchObject({ kind: "stopped", key: off1.key });
    expect(lamps.shown.get("node2")).toBe("off");
  });

  test("is restored for a window that was abandoned after it was reached, until it is lifted", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    lamps.beforeLook = () => {
      if (lamps.now === 2000) lamps.shown.set("node1", "on");
      if (lamps.now === 8000) lamps.shown.set("node2", "on");
    };
    const check2 = planned("check-lamp@node2", "on", { closing: true });
    const verdict = { kind: "satisfied", because: "" } as const;
    const journal = journalOfPlan(
      planOf(off1, check2, lifting),
      { kind: "settled", key: off1.key, verdict, ms: 1 },
      { kind: "abandoned" },
    );
    const { end, records } = await runLamps(lamps, journal);
    expect(end).toEqual({ kind: "completed", how: "abandoned" });
    expect(records.filter(({ kind }) => kind === "lost")).toHaveLength(1);
  });
});

test("a standing goal is not held against the step that lifts it, while that is waited for", async () => {
  const lamps = newLamps({ node1: "off" });
  lamps.beforeLook = () => {
    if (!switched(lamps).includes("on on node1")) return;
    lamps.shown.set("node1", lamps.now < 8000 ? "unclear" : "on");
    if (lamps.now === 5000) lamps.shown.set("node1", "dim");
  };
  const { end, records } = await runLamps(lamps, journalOf(off1, lifting));
  expect(end.kind).toBe("completed");
  expect(records.map(({ kind }) => kind)).not.toContain("lost");
});

test("a goal that is not standing is not restored once it was reached", async () => {
  const lamps = newLamps({ node1: "on" });
  lamps.beforeLook = () => {
    if (lamps.happened.includes("note settled lamp@node1")) lamps.shown.set("node1", "off");
  };
  const { records } = await runLamps(lamps, journalOf(on1, on2));
  expect(records.map(({ kind }) => kind)).not.toContain("lost");
  expect(switched(lamps)).toEqual(["unplug on node2", "on on node2"]);
});

test("a mending is looked at again after the standing goals: what mended itself is left alone", async () => {
  const between = [on2.key, "check-lamp@node2"] as const;
  const mending = { ...planned("lamp:mending@node3", "on"), between };
  const plan = { ...planOf(off1, on2), mendings: [mending] };
  const lamps = newLamps({ node1: "off" });
  lamps.beforeLook = () => {
    if (lamps.happened.includes("look node3")) lamps.shown.set("node3", "on");
  };
  await runLamps(lamps, journalOfPlan(plan, { kind: "sending", key: on2.key, act: "switch on" }));
  expect(switched(lamps).filter((one) => one.endsWith("node3"))).toEqual([]);
});
