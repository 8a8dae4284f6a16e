// The search itself: it is repeatable, its slices are all of it, and it sees what is wrong.

import { describe, expect, test } from "vitest";
import {
  closeByTenant,
  fillDisk,
  scaleProvider,
  stopMember,
  useUpDeposit,
} from "../src/simulator/interference.ts";
import { closeLease } from "../src/simulator/nature/provider.ts";
import { drydock, sandbox, swift } from "./scenarios/simulated.ts";
import { readOptions } from "./simulate/options.ts";
import { courseOf, playPair } from "./simulate/pairs.ts";
import { playSeed } from "./simulate/seed.ts";
import { isIn } from "./simulate/tally.ts";
import { seenBefore, wrongAfter, wrongLater } from "./simulate/verdict.ts";

describe("a seed", () => {
  test("plays the same window each time", async () => {
    const first = await playSeed(7);
    expect(await playSeed(7)).toEqual(first);
    expect(first.trouble).toEqual([]);
    expect(first.runs).toBeGreaterThan(0);
  });
});

describe("slices of the pairs", () => {
  test.each([1, 6, 7, 400])("are disjoint, and together all of them: %i", (of) => {
    for (let first = 0; first < 30; first++) {
      for (let second = 0; second < 50; second++) {
        const owners = Array.from({ length: of }, (_, number) =>
          isIn({ number, of }, first, second) ? 1 : 0,
        );
        expect(owners.reduce((sum: number, one) => sum + one, 0)).toBe(1);
      }
    }
  });
});

describe("a course", () => {
  test("has every record and every command of the window", async () => {
    const { moments, losses } = await courseOf({ controlPlane: 1, way: "all" });
    // Each replica that is waited for has its own looks.
    const box = sandbox({ ...swift, controlPlane: 1, replicas: 2 });
    const { counted } = await drydock(box, "run --yes");
    const after = moments.filter((one) => one.moment === "after");
    expect(after).toHaveLength(counted.records);
    expect(losses).toHaveLength(2 * counted.changes + counted.reads);
  });

  test("is cut before each record that follows a change, also of the lock", async () => {
    const { moments } = await courseOf({ controlPlane: 1, way: "all" });
    const box = sandbox({ ...swift, controlPlane: 1, replicas: 2 });
    await drydock(box, "run --yes");
    const kinds = [...box.desk.windows.values()][0]?.records.map(({ kind }) => kind) ?? [];
    const before = moments.filter(({ moment }) => moment === "before");
    const cut = before.map(({ number }) => kinds[number - 1]);
    expect([cut[0], new Set(cut.slice(1, -1)), cut.at(-1)]).toEqual([
      "opened",
      new Set(["ran"]),
      "closed",
    ]);
  });
});

describe("a pair that is played again", () => {
  test.each([
    "1/all/after-99999",
    "1/all/change-9999-answer-lost",
    "1/all/after-20/read-9999-answer-lost",
  ])("is no success when %s never struck", async (name) => {
    const trouble = (await playPair(name))?.failures.flatMap((one) => one.trouble) ?? [];
    expect(trouble.join("\n")).toContain("not all of it struck");
  });

  test("may be a crash alone, after which the very next run completes", async () => {
    expect((await playPair("1/all/after-20"))?.failures).toEqual([]);
  });
});

describe("words that contradict each other", () => {
  test("are refused", () => {
    expect(() => readOptions(["--seeds", "2", "--seed", "3"])).toThrow(
      "--seed and --seeds are given together",
    );
  });
});

describe("the verdict on a window", () => {
  const wanted = { renewed: true, replicas: 1 };

  test("is content after a whole one", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
  });

  test("names what was not renewed, a provider that is not back, and a lock that is left", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    const faults = [
      { at: "record", number: 8, moment: "after", does: () => fillDisk(box.site, "node1") },
    ] as const;
    expect((await drydock(box, "run --yes", { faults })).code).not.toBe(0);
    const wrong = wrongAfter(box, before, wanted).join("\n");
    expect(wrong).toContain("node1/apiserver was not renewed");
    expect(wrong).toContain("the provider is at 0/0, not at 1");
    expect(wrong).toContain("the lock is still held by");
  });

  test("names a lease that the provider closes after the window, and none that ends otherwise", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    closeByTenant(box.site, 0);
    useUpDeposit(box.site, 0, "tenant");
    expect(wrongAfter(box, before, wanted)).toEqual([]);
    const [key = ""] =
      [...box.site.model.leases].findLast(([, one]) => one.state === "active") ?? [];
    closeLease(box.site, key, 10_000);
    const wrong = `lease ${key} was closed by the provider (reason 10000)`;
    expect(wrongAfter(box, before, wanted)).toEqual([wrong]);
  });

  test("is asked for when monitors that began to count in the window have counted out", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    stopMember(box.site, "node1");
    expect(wrongAfter(box, before, { ...wanted, renewed: false })).toEqual([]);
    expect((await wrongLater(box, before, wanted)).join("\n")).toMatch(/lease \S+ was closed by/);
  });

  test("names a provider that somebody has scaled", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const before = seenBefore(box);
    scaleProvider(box.site, 3);
    expect(wrongAfter(box, before, { renewed: false, replicas: 1 })).toHaveLength(1);
    expect(wrongAfter(box, before, { renewed: false, replicas: 1, theirsToSay: true })).toEqual([]);
  });
});

describe("one pair", () => {
  test("is played by its name, whichever of the two comes first", async () => {
    for (const name of [
      "1/all/after-30/read-9-answer-lost",
      "1/needed/change-5-never-arrives/after-30",
    ]) {
      expect(await playPair(name)).toMatchObject({ windows: 1, failures: [] });
    }
    expect(await playPair("2/all/after-30")).toBeUndefined();
    expect(await playPair("1/all/somewhere")).toBeUndefined();
  });
});

describe("the words of npm run simulate", () => {
  test("are understood", () => {
    expect(readOptions(["--seeds", "50", "--from", "7", "--jobs", "2"])).toMatchObject({
      wanted: { kind: "seeds", from: 7, count: 50 },
      jobs: 2,
    });
    expect(readOptions(["--exhaustive", "--slice", "3/9"]).wanted).toEqual({
      kind: "exhaustive",
      slice: { number: 3, of: 9 },
    });
  });

  test.each([
    [],
    ["--seeds", "x"],
    ["--seeds", "0"],
    ["--exhaustive", "--slice", "9/9"],
    ["--seeds", "4", "--slice", "0/9"],
    ["--sedes", "1"],
  ])("are refused when they make no sense: %s %s %s", (...argv) =>
    expect(() => readOptions(argv)).toThrow(),
  );
});
