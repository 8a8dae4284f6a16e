// After a lost answer the engine sends `true` behind the fence: it is answered when nothing that
// was sent before runs on the host any more.

import { describe, expect, test } from "vitest";
import { runWindow } from "./engine.ts";
import { exited, journalOf, newLamps, planned, runOf, switched } from "./lamps.testkit.ts";
import type { Outcome } from "./outcome.ts";
import type { Host } from "./world.ts";

const busy = exited(96, "", "an earlier command is still running on this host");
const takenOver = exited(97, "", "drydock-fence: the lock is held by: w2 4 0 bob@desk");

/**
 * Runs one step whose first answer is lost; `answers` are what its host says to the waiting after
 * it.
 */
async function runAfterLoss(answers: readonly Outcome[], interruptedAt?: number) {
  const lamps = newLamps();
  lamps.answers.push(() => ({ kind: "unknown", because: "connection lost" }));
  const { run } = runOf(lamps, journalOf(planned("lamp@node1", "on")));
  const waits: string[] = [];
  const waiting = (host: Host): Host => ({
    ...host,
    run: async (command) => {
      if (command.argv.at(-1) !== "true") return host.run(command);
      waits.push(`wait for ${host.name} at ${lamps.now}`);
      lamps.happened.push(waits.at(-1) ?? "");
      lamps.interrupted = waits.length === interruptedAt;
      return answers[waits.length - 1] ?? exited(0);
    },
  });
  const hosts = new Map([...run.world.hosts].map(([name, host]) => [name, waiting(host)]));
  const end = await runWindow({ ...run, world: { ...run.world, hosts } });
  return { end, waits, lamps };
}

describe("a host on which a command with a lost answer still runs", () => {
  test("is neither looked at nor sent anything before that has ended", async () => {
    const { end, waits, lamps } = await runAfterLoss([busy, busy]);
    expect(end.kind).toBe("completed");
    expect(waits).toEqual([0, 2000, 4000].map((at) => `wait for node1 at ${at}`));
    const first = lamps.happened.indexOf(waits[0] ?? "");
    expect(lamps.happened.slice(first, first + 4)).toEqual([...waits, "look node1"]);
    expect(switched(lamps)).toEqual(["unplug on node1", "unplug on node1", "on on node1"]);
  });

  test("and that was taken over meanwhile ends the run", async () => {
    const { end, lamps } = await runAfterLoss([busy, takenOver]);
    const because = "the lock is held by: w2 4 0 bob@desk";
    expect(end).toEqual({ kind: "fenced-out", key: "lamp@node1", because });
    expect(switched(lamps)).toEqual(["unplug on node1"]);
  });

  test("is waited for no longer than the step has patience", async () => {
    const { waits } = await runAfterLoss(Array.from({ length: 9 }, () => busy));
    expect(waits).toHaveLength(5);
  });

  test("does not keep an operator waiting who interrupts", async () => {
    const { end, waits } = await runAfterLoss([busy, busy, busy], 1);
    expect(end.kind).toBe("interrupted");
    expect(waits).toHaveLength(1);
  });
});
