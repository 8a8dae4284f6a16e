import { describe, expect, test } from "vitest";
import { noChain } from "./chain.testkit.ts";
import { runWindow } from "./engine.ts";
import type { Journal } from "./journal.ts";
import {
  exited,
  journalOf,
  journalOfPlan,
  newLamps,
  planned,
  planOf,
  registry,
  runLamps,
  runOf,
  switched,
} from "./lamps.testkit.ts";
import { lookAt } from "./look.ts";

const on1 = planned("lamp@node1", "on");
const on2 = planned("lamp@node2", "on");

describe("a step that is needed", () => {
  test("is noted before it is carried out, and verified by looking afterwards", async () => {
    const lamps = newLamps();
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(end).toEqual({ kind: "completed", how: "completed" });
    expect(lamps.happened).toEqual([
      "note began lamp@node1",
      "look node1",
      "note sending lamp@node1",
      "drydock-fence w1 3: switch unplug on node1",
      "note ran lamp@node1",
      "note sending lamp@node1",
      "drydock-fence w1 3: switch on on node1",
      "note ran lamp@node1",
      "look node1",
      "note settled lamp@node1",
      "note closed",
    ]);
  });

  test("notes the act as people would type it, and never the output", async () => {
    const lamps = newLamps();
    lamps.answers.push(() => exited(0, "a secret"));
    const { records } = await runLamps(lamps, journalOf(on1));
    expect(records).toContainEqual(
      expect.objectContaining({ kind: "sending", key: "lamp@node1", act: "switch unplug" }),
    );
    expect(JSON.stringify(records)).not.toContain("a secret");
  });

  test("is settled with the time from the first look to the verdict", async () => {
    const lamps = newLamps({ node1: "unclear" });
    lamps.beforeLook = (looks) => looks === 3 && lamps.shown.set("node1", "on");
    const { records } = await runLamps(lamps, journalOf(on1));
    expect(records).toContainEqual(
      expect.objectContaining({ kind: "settled", key: "lamp@node1", ms: 2000 }),
    );
  });
});

describe("a step that is not needed", () => {
  test("is settled without a command", async () => {
    const lamps = newLamps({ node1: "on" });
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual([]);
  });
});

describe("a step that is blocked", () => {
  test("stops the window with its remedy, and nothing after it is begun", async () => {
    const lamps = newLamps({ node1: "broken" });
    const { end, records } = await runLamps(lamps, journalOf(on1, on2));
    const why = { key: "lamp@node1", because: "it is broken", remedy: "Buy another lamp." };
    expect(end).toEqual({ kind: "stopped", ...why });
    expect(records.at(-1)).toMatchObject({ kind: "stopped", ...why });
    expect(lamps.happened).not.toContain("look node2");
    expect(switched(lamps)).toEqual([]);
  });
});

describe("a step that cannot be judged", () => {
  test("changes nothing, waits, and stops when its patience is over", async () => {
    const lamps = newLamps({ node1: "unclear" });
    const { end, events } = await runLamps(lamps, journalOf(on1));
    expect(end).toMatchObject({ kind: "stopped", because: "it flickers" });
    expect(switched(lamps)).toEqual([]);
    expect(lamps.now).toBe(10_000);
    expect(events.filter(({ kind }) => kind === "waiting")).toHaveLength(1);
  });
});

test("a clock that is set back meanwhile makes a step wait no longer", async () => {
  const lamps = newLamps({ node1: "unclear" });
  const hourMs = 3_600_000;
  lamps.beforeLook = (looks) => {
    if (looks === 5) lamps.now -= hourMs;
  };
  const { end } = await runLamps(lamps, journalOf(on1));
  expect(end).toMatchObject({ kind: "stopped", because: "it flickers" });
  expect(lamps.now + hourMs).toBe(10_000);
});

describe("a step with a last word", () => {
  const count = planned("count-lamps@node1", "on");

  test("says it when its time is over and nothing could be told, and the window goes on", async () => {
    const { end, records } = await runLamps(newLamps({ node1: "unclear" }), journalOf(count, on2));
    expect(end.kind).toBe("completed");
    const verdict = { kind: "satisfied", because: "nobody knows", detail: { seen: "unclear" } };
    expect(records).toContainEqual(expect.objectContaining({ key: count.key, verdict }));
  });

  test("does not say it of what is clear", async () => {
    const { end } = await runLamps(newLamps({ node1: "broken" }), journalOf(count));
    expect(end).toMatchObject({ kind: "stopped", because: "it is broken" });
  });

  test("does not say it of what is seen not to be reached", async () => {
    const { end } = await runLamps(newLamps(), journalOf(count));
    expect(end).toMatchObject({ kind: "stopped", because: "it shows off, not on" });
  });
});

describe("a check", () => {
  const check = planned("check-lamp@node1", "on");

  test("waits for others to reach its goal, and sends nothing", async () => {
    const lamps = newLamps();
    lamps.beforeLook = (looks) => looks === 4 && lamps.shown.set("node1", "on");
    const { end } = await runLamps(lamps, journalOf(check));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual([]);
  });

  test("stops the window when its goal is not reached in time", async () => {
    const { end } = await runLamps(newLamps(), journalOf(check, on2));
    expect(end).toMatchObject({ kind: "stopped", because: "it shows off, not on" });
  });
});

describe("a command", () => {
  test("that certainly did not arrive is sent again", async () => {
    const lamps = newLamps();
    const away = () => ({ kind: "not-sent", because: "no route" }) as const;
    lamps.answers.push(away, away);
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual([
      "unplug on node1",
      "unplug on node1",
      "unplug on node1",
      "on on node1",
    ]);
    expect(lamps.now).toBe(4000);
  });

  test("that never arrives is sent five times, and the reason is told", async () => {
    const lamps = newLamps();
    for (let i = 0; i < 10; i++) lamps.answers.push(() => ({ kind: "not-sent", because: "gone" }));
    const { end, records } = await runLamps(lamps, journalOf(on1));
    expect(end).toMatchObject({
      kind: "stopped",
      because: "it shows off, not on (switch unplug: not sent: gone)",
    });
    expect(records.filter(({ kind }) => kind === "sending")).toHaveLength(5);
  });

  test("with a lost answer is not sent again: looking shows that it had happened", async () => {
    const lamps = newLamps();
    lamps.answers.push(
      (go) => go(),
      (go) => {
        go();
        return { kind: "unknown", because: "connection lost" };
      },
    );
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual(["unplug on node1", "on on node1"]);
  });

  test("with a lost answer is only sent again when a look shows that it had not happened", async () => {
    const lamps = newLamps();
    lamps.answers.push(() => ({ kind: "unknown", because: "connection lost" }));
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(switched(lamps)).toEqual(["unplug on node1", "unplug on node1", "on on node1"]);
    const second = lamps.happened.indexOf("note sending lamp@node1", 5);
    expect(lamps.happened.slice(5, second)).toContain("look node1");
    expect(end.kind).toBe("completed");
  });

  test("whose answer is always lost is given up, and the reason is told", async () => {
    const lamps = newLamps();
    for (let i = 0; i < 9; i++) {
      lamps.answers.push(() => ({ kind: "unknown", because: "connection lost" }));
    }
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(switched(lamps)).toHaveLength(3);
    expect(end).toMatchObject({
      kind: "stopped",
      because: expect.stringContaining("(switch unplug: no answer: connection lost"),
    });
  });

  test("that says no keeps the rest of its step from being sent, and is asked three times", async () => {
    const lamps = newLamps();
    const no = () => exited(1, "", "error: it is screwed tight");
    lamps.answers.push(no, no, no);
    const { end, records } = await runLamps(lamps, journalOf(on1));
    expect(switched(lamps)).toEqual(Array.from({ length: 3 }, () => "unplug on node1"));
    expect(end).toMatchObject({ because: expect.stringContaining("it is screwed tight") });
    expect(records).toContainEqual(
      expect.objectContaining({ kind: "ran", outcome: expect.objectContaining({ code: 1 }) }),
    );
  });

  test("that says no is sent again after a while where a look shows it needed still", async () => {
    const lamps = newLamps();
    const sentAt: number[] = [];
    lamps.answers.push((go) => {
      sentAt.push(lamps.now);
      return go();
    });
    lamps.answers.push(() => exited(1, "", "error: etcdserver: request timed out"));
    lamps.answers.push((go) => {
      sentAt.push(lamps.now);
      return go();
    });
    expect((await runLamps(lamps, journalOf(on1))).end.kind).toBe("completed");
    expect(sentAt).toEqual([0, 5000]);
    expect(switched(lamps)).toEqual(["unplug", "on", "unplug", "on"].map((to) => `${to} on node1`));
  });

  test("that says no is still told of where nothing is left to send, and the goal does not come", async () => {
    const lamps = newLamps();
    lamps.answers.push(() => {
      lamps.shown.set("node1", "warming");
      return exited(1, "", "error: the fuse");
    });
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(switched(lamps)).toEqual(["unplug on node1"]);
    expect(end).toMatchObject({
      because: "it shows warming, not on (switch unplug: exit code 1: error: the fuse)",
    });
  });

  test("that says no is believed less than a look", async () => {
    const lamps = newLamps();
    lamps.answers.push((go) => go());
    lamps.answers.push((go) => {
      go();
      return exited(1, "", "error");
    });
    expect((await runLamps(lamps, journalOf(on1))).end.kind).toBe("completed");
  });

  test("that the fence refused ends the run, and nothing more is sent", async () => {
    const lamps = newLamps();
    const refusal = "drydock-fence: the lock is held by: w2 4 0 bob@desk";
    lamps.answers.push(() => exited(97, "", refusal));
    const { end, records } = await runLamps(lamps, journalOf(on1, on2));
    expect(end).toEqual({
      kind: "fenced-out",
      key: "lamp@node1",
      because: "the lock is held by: w2 4 0 bob@desk",
    });
    expect(switched(lamps)).toEqual(["unplug on node1"]);
    expect(records.map(({ kind }) => kind)).not.toContain("stopped");
  });
});

describe("a run that is killed", () => {
  /**
   * Takes the records up to the `last` one; then the process is gone, before or after it is
   * written.
   */
  function dying(journal: Journal, last: number, written: boolean): Journal {
    let appended = 0;
    return {
      records: () => journal.records(),
      append: async (at, body) => {
        appended += 1;
        if (appended === last && !written) throw new Error("killed");
        const record = await journal.append(at, body);
        if (appended === last) throw new Error("killed");
        return record;
      },
    };
  }

  const cases = Array.from({ length: 13 }, (_, i) => [i + 1, true] as const).flatMap(([last]) => [
    [last, true] as const,
    [last, false] as const,
  ]);

  test.each(cases)("at record %i (written: %s) is gone on with by the same code", async (at, w) => {
    const lamps = newLamps();
    const journal = journalOf(on1, on2);
    await expect(runLamps(lamps, dying(journal, at, w))).rejects.toThrow("killed");
    const { end, records } = await runLamps(lamps, journal);
    expect(end.kind).toBe("completed");
    expect(records.at(-1)).toMatchObject({ kind: "closed", how: "completed" });
    expect(switched(lamps).filter((one) => one === "on on node1")).toHaveLength(1);
    expect(switched(lamps).filter((one) => one === "on on node2")).toHaveLength(1);
  });

  test("finds by looking what somebody undid in between", async () => {
    const lamps = newLamps();
    const journal = journalOf(on1, on2);
    await expect(runLamps(lamps, dying(journal, 8, true))).rejects.toThrow("killed");
    expect(lamps.shown.get("node1")).toBe("on");
    lamps.shown.set("node1", "off");
    await runLamps(lamps, journal);
    expect([...lamps.shown]).toEqual([
      ["node1", "on"],
      ["node2", "on"],
    ]);
  });
});

describe("a standing goal", () => {
  const off1 = planned("lamp:standing@node1", "off", { standing: true });
  const close = planned("lamp:closing@node1", "on", { closing: true });

  test("is looked at before every later change, and restored when somebody undid it", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.beforeLook = (looks) => looks === 2 && lamps.shown.set("node1", "on");
    const { end, records, events } = await runLamps(lamps, journalOf(off1, on2));
    expect(end.kind).toBe("completed");
    expect(switched(lamps)).toEqual([
      "unplug on node1",
      "off on node1",
      "unplug on node2",
      "on on node2",
    ]);
    const lost = { kind: "lost", key: "lamp:standing@node1", because: "it shows on, not off" };
    expect(records).toContainEqual(expect.objectContaining(lost));
    const settled = lamps.happened.filter((one) => one === `note settled ${lost.key}`);
    expect(settled).toHaveLength(2);
    expect(events).toContainEqual(expect.objectContaining(lost));
  });

  test("that cannot be seen stops the window before the next change", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.beforeLook = (looks) => looks === 2 && lamps.shown.set("node1", "unclear");
    const { end, records } = await runLamps(lamps, journalOf(off1, on2));
    expect(end).toMatchObject({ kind: "stopped", key: off1.key, because: "it flickers" });
    expect(switched(lamps)).toEqual([]);
    expect(records.map(({ kind }) => kind)).not.toContain("sending");
  });

  test("is not looked at for a check that is content at once: nothing is changed for it", async () => {
    const lamps = newLamps({ node1: "off", node2: "on", node3: "off" });
    const check2 = planned("check-lamp@node2", "on");
    const on3 = planned("lamp@node3", "on");
    const { end } = await runLamps(lamps, journalOf(off1, check2, on3));
    expect(end.kind).toBe("completed");
    const looks = lamps.happened.filter((one) => one === "look node1" || /note began/.test(one));
    expect(looks).toEqual([
      "note began lamp:standing@node1",
      "look node1",
      "note began check-lamp@node2",
      "note began lamp@node3",
      "look node1",
    ]);
  });

  test("that cannot be restored stops the window before the change", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.beforeLook = (looks) => looks === 2 && lamps.shown.set("node1", "broken");
    const { end, records } = await runLamps(lamps, journalOf(off1, on2));
    expect(end).toMatchObject({ kind: "stopped", key: off1.key, because: "it is broken" });
    expect(switched(lamps)).toEqual([]);
    expect(records.map(({ kind }) => kind)).not.toContain("lost");
  });

  test("that is undone while another step is waited for is restored within seconds", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    lamps.beforeLook = () => {
      if (lamps.now === 2000) lamps.shown.set("node1", "on");
      if (lamps.now === 9000) lamps.shown.set("node2", "on");
    };
    const { end, records } = await runLamps(lamps, journalOf(off1, on2));
    expect(end.kind).toBe("completed");
    const lost = records.find(({ kind }) => kind === "lost");
    expect(lost).toMatchObject({ key: "lamp:standing@node1", because: "it shows on, not off" });
    expect(lost?.at).toBe(5000);
    expect(switched(lamps)).toEqual(["unplug on node1", "off on node1"]);
  });

  test("is not waited for while it cannot be told, and is no reason to act", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    lamps.beforeLook = () => {
      if (lamps.now > 0) lamps.shown.set("node1", "unclear");
      if (lamps.now === 9000) lamps.shown.set("node2", "on");
    };
    const { end, records } = await runLamps(lamps, journalOf(off1, on2));
    expect(end.kind).toBe("completed");
    expect(lamps.now).toBe(9000);
    expect(records.map(({ kind }) => kind)).not.toContain("lost");
  });

  test("costs nothing of the patience with which another step is waited for", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    let undone = 0;
    lamps.beforeLook = () => {
      if (lamps.now === 5000 && undone++ === 0) lamps.shown.set("node1", "on");
      if (switched(lamps).length > 0 && lamps.now < 12_000) lamps.shown.set("node1", "unclear");
      if (lamps.now === 12_000) lamps.shown.set("node1", "off");
    };
    const { end } = await runLamps(lamps, journalOf(off1, on2));
    expect(end).toMatchObject({ kind: "stopped", because: "it flickers" });
    expect(lamps.now).toBe(17_000);
  });

  test("is upheld among the closing steps until the one that lifts it", async () => {
    const lamps = newLamps({ node1: "off", node2: "unclear" });
    lamps.beforeLook = () => {
      if (lamps.now === 2000) lamps.shown.set("node1", "on");
      if (lamps.now === 8000) lamps.shown.set("node2", "on");
    };
    const check2 = planned("check-lamp@node2", "on", { closing: true });
    const lifting = { ...close, lifts: "lamp:standing@node1" };
    const last = planned("lamp:last@node3", "on", { closing: true });
    const { end, records } = await runLamps(lamps, journalOf(off1, check2, lifting, last));
    expect(end.kind).toBe("completed");
    expect(records.filter(({ kind }) => kind === "lost")).toHaveLength(1);
    expect([...lamps.shown]).toEqual([
      ["node1", "on"],
      ["node2", "on"],
      ["node3", "on"],
    ]);
  });

  test("that was lifted is not brought about again by a run that goes on", async () => {
    const lamps = newLamps({ node1: "off" });
    const lifting = { ...close, lifts: "lamp:standing@node1" };
    const last = planned("lamp:last@node3", "on", { closing: true });
    const journal = journalOf(off1, lifting, last);
    lamps.shown.set("node3", "broken");
    expect((await runLamps(lamps, journal)).end.kind).toBe("stopped");
    lamps.shown.set("node3", "on");
    expect((await runLamps(lamps, journal)).end.kind).toBe("completed");
    expect(switched(lamps)).toEqual(["unplug on node1", "on on node1"]);
  });

  test("is not upheld against closing steps of which none lifts it", async () => {
    const lamps = newLamps();
    const last = planned("lamp:last@node3", "on", { closing: true });
    const { end, records } = await runLamps(lamps, journalOf(off1, on2, close, last));
    expect(end.kind).toBe("completed");
    expect(lamps.shown.get("node1")).toBe("on");
    expect(records.map(({ kind }) => kind)).not.toContain("lost");
  });

  test("that is lost is left alone by a step that changes nothing", async () => {
    const lamps = newLamps({ node2: "on" });
    lamps.beforeLook = () => {
      if (lamps.happened.includes("note settled lamp:standing@node1"))
        lamps.shown.set("node1", "on");
    };
    const standing = planned("lamp:standing@node1", "off", { standing: true });
    const { records } = await runLamps(lamps, journalOf(standing, on2));
    expect(records.map(({ kind }) => kind)).not.toContain("lost");
    expect(switched(lamps)).toEqual([]);
  });
});

describe("an operator who interrupts", () => {
  test("before a step ends the run there, and the window stays open", async () => {
    const lamps = newLamps();
    lamps.beforeLook = () => {
      lamps.interrupted = lamps.shown.get("node1") === "on";
    };
    const { end, records } = await runLamps(lamps, journalOf(on1, on2));
    expect(end).toEqual({ kind: "interrupted", key: "lamp@node2" });
    expect(records.at(-1)).toMatchObject({ kind: "settled", key: "lamp@node1" });
  });

  test("during a command has the whole change finished, and the next step is not begun", async () => {
    const lamps = newLamps();
    lamps.answers.push((go) => {
      lamps.interrupted = true;
      return go();
    });
    const { end, records } = await runLamps(lamps, journalOf(on1, on2));
    expect(end).toEqual({ kind: "interrupted", key: "lamp@node2" });
    expect(records.at(-1)).toMatchObject({ kind: "settled", key: "lamp@node1" });
    expect(switched(lamps)).toEqual(["unplug on node1", "on on node1"]);
  });

  test("while it waits does not have to wait for the end of its patience", async () => {
    const lamps = newLamps({ node1: "unclear" });
    lamps.beforeLook = (looks) => {
      lamps.interrupted = looks === 3;
    };
    const { end } = await runLamps(lamps, journalOf(on1));
    expect(end.kind).toBe("interrupted");
    expect(lamps.now).toBe(2000);
  });

  test("has nothing sent again that did not arrive", async () => {
    const lamps = newLamps();
    lamps.answers.push(() => {
      lamps.interrupted = true;
      return { kind: "not-sent", because: "no route" };
    });
    await runLamps(lamps, journalOf(on1));
    expect(switched(lamps)).toEqual(["unplug on node1"]);
  });
});

describe("the steps of a gate", () => {
  const gate = planned("lamp:gate@node2", "on", { gate: "rpc" });

  test("are carried out like any other", async () => {
    const lamps = newLamps();
    await runLamps(lamps, journalOf(on1, gate));
    expect([...lamps.shown.keys()]).toEqual(["node1", "node2"]);
  });

  test("are left out once the operator has said so, of that gate only", async () => {
    const lamps = newLamps();
    const other = planned("lamp:other@node3", "on", { gate: "operators" });
    const journal = journalOf(on1, gate, other);
    await journal.append(1, { kind: "skipping", gates: ["rpc"] });
    const { end } = await runLamps(lamps, journal);
    expect(end.kind).toBe("completed");
    expect([...lamps.shown.keys()]).toEqual(["node1", "node3"]);
  });

  test.each([
    ["broken", "Buy another lamp.\n--skip rpc leaves this out."],
    ["unclear", "Look at node2, mend it, and run again.\n--skip rpc leaves this out."],
  ])("say how to leave them out where the lamp is %s", async (shown, remedy) => {
    const { end } = await runLamps(newLamps({ node2: shown }), journalOf(on1, gate));
    expect(end).toMatchObject({ kind: "stopped", key: gate.key, remedy });
  });

  test("do not say so of a standing goal that falls meanwhile", async () => {
    const lamps = newLamps({ node1: "on" });
    lamps.beforeLook = () => {
      if (lamps.happened.includes("look node2")) lamps.shown.set("node1", "broken");
    };
    const { end } = await runLamps(lamps, journalOf({ ...on1, standing: true }, gate));
    expect(end).toMatchObject({ key: on1.key, remedy: "Buy another lamp." });
  });
});

test("the lock is given back before the window is closed", async () => {
  const lamps = newLamps({ node1: "on" });
  const { run } = runOf(lamps, journalOf(on1));
  const release = async () => {
    lamps.happened.push("release");
  };
  await runWindow({ ...run, release });
  expect(lamps.happened.slice(-2)).toEqual(["release", "note closed"]);
});

describe("the closing steps", () => {
  const close = planned("lamp:closing@node3", "on", { closing: true });

  test("are left for a hold, which goes on with them later", async () => {
    const lamps = newLamps();
    const journal = journalOf(on1, close);
    const held = await runLamps(lamps, journal, { stopBeforeClosing: true });
    expect(held.end).toEqual({ kind: "holding" });
    expect(lamps.shown.get("node3")).toBeUndefined();
    expect((await runLamps(lamps, journal)).end.kind).toBe("completed");
    expect(lamps.shown.get("node3")).toBe("on");
  });

  test("are where a hold is interrupted whose own command has not begun", async () => {
    const lamps = newLamps({ node1: "on" });
    lamps.beforeLook = () => {
      lamps.interrupted = true;
    };
    const journal = journalOf(on1, close);
    const { end } = await runLamps(lamps, journal, { stopBeforeClosing: true });
    expect(end).toEqual({ kind: "interrupted", key: close.key });
  });

  test("are all that an abandoned window still carries out", async () => {
    const lamps = newLamps();
    const journal = journalOf(on1, on2, close);
    await journal.append(1, { kind: "abandoned" });
    const { end, records } = await runLamps(lamps, journal);
    expect(end).toEqual({ kind: "completed", how: "abandoned" });
    expect(records.at(-1)).toMatchObject({ kind: "closed", how: "abandoned" });
    expect([...lamps.shown]).toEqual([["node3", "on"]]);
  });
});

describe("what must not happen", () => {
  test("a plan with an unknown step or host is a bug, before anything is sent", async () => {
    const lamps = newLamps();
    const unknownStep = journalOf(planned("dance@node1", "on"));
    await expect(runLamps(lamps, unknownStep)).rejects.toThrow("unknown step dance");
    const unknownHost = journalOf(planned("lamp@node9", "on"));
    await expect(runLamps(lamps, unknownHost)).rejects.toThrow("unknown host node9");
    expect(switched(lamps)).toEqual([]);
    expect(registry.has("dance")).toBe(false);
  });

  test("a look at a host knows that host, the time, and what is stored", async () => {
    const stored = { location: "here", stat: async () => undefined };
    const clock = { now: () => 42, wait: async () => undefined };
    const host = { name: "node1", run: async () => exited(0, "on"), fetch: async () => exited(0) };
    const hosts = new Map([["node1", host]]);
    const look = lookAt({ hosts, clock, store: stored, chain: noChain }, "node1");
    expect(look).toMatchObject({ host: "node1", now: 42 });
    expect(await look.stored("a")).toBeUndefined();
    expect(await look.run({ argv: ["look"], reads: true, timeoutMs: 1 })).toEqual(exited(0, "on"));
  });
});

describe("a mending", () => {
  const off1 = planned("lamp:standing@node1", "off", { standing: true });
  const between = ["lamp@node2", "check-lamp@node2"] as const;
  const mending = { ...planned("lamp:mending@node3", "on"), between };
  const plan = { ...planOf(off1, on2), mendings: [mending] };
  const sent = { kind: "sending", key: "lamp@node2", act: "switch on" } as const;

  test("is carried out before all else where something was sent for the step it mends", async () => {
    const lamps = newLamps({ node1: "off" });
    const { end } = await runLamps(lamps, journalOfPlan(plan, sent));
    expect(end.kind).toBe("completed");
    const settled = lamps.happened.filter((one) => one.startsWith("note settled"));
    expect(settled).toEqual([
      "note settled lamp:mending@node3",
      "note settled lamp:standing@node1",
      "note settled lamp@node2",
    ]);
  });

  test("is no step of a window in which nothing was sent for it", async () => {
    const lamps = newLamps({ node1: "off" });
    await runLamps(lamps, journalOfPlan(plan));
    expect(lamps.happened.join("\n")).not.toContain("node3");
  });

  test("waits for no standing goal that cannot be seen", async () => {
    const lamps = newLamps({ node1: "unclear" });
    const { end } = await runLamps(lamps, journalOfPlan(plan, sent));
    expect(switched(lamps).slice(0, 2)).toEqual(["unplug on node3", "on on node3"]);
    expect(end).toMatchObject({ kind: "stopped", key: "lamp:standing@node1" });
  });

  test("comes after a standing goal that somebody undid, and that can be seen", async () => {
    const lamps = newLamps({ node1: "on" });
    await runLamps(lamps, journalOfPlan(plan, sent));
    expect(switched(lamps).slice(0, 4)).toEqual([
      "unplug on node1",
      "off on node1",
      "unplug on node3",
      "on on node3",
    ]);
  });

  test("is carried out again, at most three times, where its goal is seen lost after it", async () => {
    const lamps = newLamps({ node1: "off" });
    lamps.answers.push(...Array.from({ length: 6 }, () => () => exited(0)));
    const { end } = await runLamps(lamps, journalOfPlan(plan, sent));
    expect(switched(lamps)).toEqual(
      Array.from({ length: 3 }, () => ["unplug on node3", "on on node3"]).flat(),
    );
    expect(end).toMatchObject({ kind: "stopped", key: "lamp:mending@node3" });
  });
});
