import { expect, test } from "vitest";
import { guardWhile } from "./guard.ts";
import {
  exited,
  journalOf,
  type Lamps,
  newLamps,
  planned,
  runOf,
  switched,
} from "./lamps.testkit.ts";

const off1 = planned("lamp:standing@node1", "off", { standing: true });

/** Guards until the clock of the lamps stands at `untilMs`. */
async function guarded(lamps: Lamps, untilMs: number) {
  const journal = journalOf(off1);
  const { run, events } = runOf(lamps, journal);
  let end = () => {};
  const work = new Promise<void>((resolve) => {
    end = resolve;
  }).then(() => "ended");
  const clock = {
    ...run.world.clock,
    wait: async (ms: number) => {
      await run.world.clock.wait(ms);
      if (lamps.now >= untilMs) end();
    },
  };
  const gave = await guardWhile({ ...run, world: { ...run.world, clock } }, work);
  return { gave, events, kinds: journal.records().map(({ kind }) => kind) };
}

test("a goal that somebody undoes is restored at the next look, also after Ctrl-C", async () => {
  const lamps = newLamps({ node1: "off" });
  lamps.interrupted = true;
  lamps.beforeLook = () => lamps.now === 10_000 && lamps.shown.set("node1", "on");
  const { gave, events, kinds } = await guarded(lamps, 20_000);
  expect(gave).toBe("ended");
  expect(switched(lamps)).toEqual(["unplug on node1", "off on node1"]);
  expect(kinds).toEqual(["planned", "opened", "lost", "sending", "ran", "sending", "ran"]);
  expect(events).toContainEqual(expect.objectContaining({ kind: "lost", at: 10_000 }));
});

test("a goal that stands, or cannot be told, is left alone", async () => {
  const lamps = newLamps({ node1: "off" });
  lamps.beforeLook = () => lamps.now === 10_000 && lamps.shown.set("node1", "unclear");
  const { kinds } = await guarded(lamps, 20_000);
  expect(switched(lamps)).toEqual([]);
  expect(kinds).not.toContain("lost");
});

test("a goal that could not be restored is tried again", async () => {
  const lamps = newLamps({ node1: "on" });
  lamps.answers.push(() => exited(1, "", "no"));
  await guarded(lamps, 30_000);
  expect(switched(lamps)).toEqual(["unplug on node1", "unplug on node1", "off on node1"]);
});

test("a journal that cannot be written is said when the work has ended, and not before", async () => {
  const lamps = newLamps({ node1: "on" });
  const { run } = runOf(lamps, journalOf(off1));
  let ended = false;
  let end = () => {};
  const work = new Promise<void>((resolve) => {
    end = resolve;
  }).then(() => {
    ended = true;
  });
  const append = async () => {
    setImmediate(end);
    throw new Error("no space left");
  };
  const world = { ...run.world, journal: { ...run.world.journal, append } };
  await expect(guardWhile({ ...run, world }, work)).rejects.toThrow("no space left");
  expect(ended).toBe(true);
  expect(switched(lamps)).toEqual([]);
});

test("a window that lost its lock changes nothing more, and waits for the end", async () => {
  const lamps = newLamps({ node1: "on" });
  let end = () => {};
  const work = new Promise<void>((resolve) => {
    end = resolve;
  }).then(() => Promise.reject(new Error("the command could not be run")));
  lamps.answers.push(() => {
    // Whoever went on guarding would have acted many times by then: the lamps' clock waits for
    // nobody.
    setImmediate(() => setImmediate(end));
    return exited(97, "", "drydock-fence: the lock is held by: w2");
  });
  const { run } = runOf(lamps, journalOf(off1));
  await expect(guardWhile(run, work)).rejects.toThrow("could not be run");
  expect(switched(lamps)).toEqual(["unplug on node1"]);
});
