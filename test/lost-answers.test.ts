// Every change of a window, with its answer lost, its sending failed, its end never come, or the
// tool killed while it runs: the window is completed, at the latest by running it again.

import { describe, expect, test } from "vitest";
import type { SendFault } from "../src/simulator/faults.ts";
import { drydock, sandbox, swift } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

async function withFault(
  controlPlane: number,
  words: string,
  fault: SendFault,
): Promise<readonly string[]> {
  const box = sandbox({ ...swift, controlPlane });
  const before = seenBefore(box);
  const first = await drydock(box, words, { faults: [fault] });
  const again = first.code === 0 ? first : await drydock(box, words);
  const name = `${fault.what} of ${fault.of} ${fault.number}`;
  const ended = again.code === 0 ? [] : [`exit code ${again.code}: ${again.err}`];
  const wrong = wrongAfter(box, before, { renewed: true, replicas: 1 });
  return [...ended, ...wrong].map((line) => `${name}: ${line}`);
}

const faults = ["not-sent", "never-arrives", "answer-lost", "refused", "hangs", "killed"] as const;

/** Each of `of`, from the first to the last, `step` apart. */
async function everyOne(
  controlPlane: number,
  words: string,
  cut: { readonly of: SendFault["of"]; readonly what: SendFault["what"]; readonly step: number },
): Promise<readonly string[]> {
  const { counted } = await drydock(sandbox({ ...swift, controlPlane }), words);
  const last = cut.of === "change" ? counted.changes : counted.reads;
  const { of, what } = cut;
  const trouble: string[] = [];
  for (let number = 1; number <= last; number += cut.step) {
    trouble.push(...(await withFault(controlPlane, words, { at: "send", of, number, what })));
  }
  return trouble;
}

describe("a window in which one change is cut off", () => {
  test.each(faults)(
    "is completed on one node, whatever became of it: %s",
    async (what) => {
      const words = "run --yes --restart-etcd";
      expect(await everyOne(1, words, { of: "change", what, step: 1 })).toEqual([]);
    },
    300_000,
  );

  test.each(["answer-lost", "killed"] as const)(
    "is completed on three nodes: %s",
    async (what) => {
      expect(await everyOne(3, "run --yes", { of: "change", what, step: 1 })).toEqual([]);
    },
    300_000,
  );
});

test("a window in which one change is refused once is completed at once, but for the lock", async () => {
  const words = "run --yes --restart-etcd";
  const { counted } = await drydock(sandbox({ ...swift, controlPlane: 1 }), words);
  const stopped: number[] = [];
  for (let number = 1; number <= counted.changes; number++) {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const faults = [{ at: "send", of: "change", number, what: "refused" }] as const;
    if ((await drydock(box, words, { faults })).code !== 0) stopped.push(number);
  }
  expect(stopped).toEqual([1]);
});

describe("a window in which one look is cut off", () => {
  test.each(faults)(
    "is completed all the same: %s",
    async (what) => {
      // Looks are many and alike; a step that shares no factor with their pattern meets every kind.
      expect(await everyOne(1, "run --yes", { of: "read", what, step: 11 })).toEqual([]);
    },
    300_000,
  );
});
