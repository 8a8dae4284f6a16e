// A window killed before and after every record of its journal: a second run must always complete
// it.

import { expect } from "vitest";
import type { Shape } from "../../src/simulator/build/cluster.ts";
import { atEach } from "../simulate/pairs.ts";
import { seenBefore, wrongLater } from "../simulate/verdict.ts";
import { drydock, forked, type Sandbox, sandbox, swift } from "./simulated.ts";

const replicas = 2;

/** `every`: how many of the moments are tried; 1 for all of them. */
export async function survivesEveryCrash(
  shape: Partial<Shape>,
  words: string,
  every = 1,
): Promise<void> {
  const box = sandbox({ ...shape, ...swift, replicas });
  const before = seenBefore(box);
  const futures: { readonly name: string; readonly box: Sandbox }[] = [];
  // Copied as it is for whoever comes after a kill at that moment.
  const faults = atEach(({ moment, number }) => {
    futures.push({ name: `killed ${moment} record ${number}`, box: forked(box) });
  });
  expect((await drydock(box, words, { faults })).code).toBe(0);
  expect(box.site.violations).toEqual([]);
  expect(futures.length).toBeGreaterThan(60);
  const trouble: string[] = [];
  for (const [index, future] of futures.entries()) {
    if (index % every !== 0) continue;
    const ran = await drydock(future.box, words);
    const stopped = ran.code === 0 ? [] : [`exit code ${ran.code}: ${ran.err}`];
    const wrong = await wrongLater(future.box, before, { renewed: true, replicas });
    trouble.push(...[...stopped, ...wrong].map((line) => `${future.name}: ${line}`));
  }
  expect(trouble).toEqual([]);
}
