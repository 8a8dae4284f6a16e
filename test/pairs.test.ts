// A crash and a lost answer in one window: of all pairs, the slice that belongs to this commit.

import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type Setting, settings } from "./simulate/pairs.ts";
import { add, newTally } from "./simulate/tally.ts";
import { carryOut, pairTasks } from "./simulate/task.ts";

const of = 2500;

/** Another one with each commit; the first where this is no clone. */
function ofThisCommit(): number {
  try {
    const head = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", stdio: "pipe" });
    return Number.parseInt(head.slice(0, 8), 16) % of;
  } catch {
    return 0;
  }
}

const slice = { number: ofThisCommit(), of };

async function played(setting: Setting) {
  const tally = newTally();
  for (const task of await pairTasks(setting, slice)) add(tally, await carryOut(task));
  return tally;
}

describe(`pairs of a crash and a lost answer (npm run simulate -- --exhaustive --slice ${slice.number}/${of})`, () => {
  test.each(settings.map((one) => [one.controlPlane, one.way, one] as const))(
    "are survived on %i nodes, restarting %s",
    async (_, __, setting) => {
      const { failures, befell } = await played(setting);
      expect(failures).toEqual([]);
      // Few of them on one node, but never none.
      expect(befell.crash).toBeGreaterThan(2);
    },
    300_000,
  );
});
