// The lease clock where Drydock shows it: watched, in the survey, before a window, of the provider.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { Tool } from "../src/simulator/tool.ts";
import { drydock, type Ran, type Sandbox, sandbox } from "./scenarios/simulated.ts";

/** The only pod of the first lease with a Deployment becomes, or is not any more, ready. */
function makeReady({ site }: Sandbox, ready: boolean): void {
  const pod = site.model.pods.find((one) => one.uid.endsWith("-web"));
  if (pod !== undefined) pod.ready = ready;
}

/** Watches for `minutes` on the simulated clock; `at` happens at the end of each of them. */
async function watching(
  box: Sandbox,
  words: string,
  at: readonly (() => void)[],
): Promise<readonly string[]> {
  let tool: Tool | undefined;
  const opened = (one: Tool) => {
    tool = one;
  };
  let ran: Promise<Ran> | undefined;
  // Until then modules are loaded, which takes no simulated time.
  await new Promise<void>((resolve) => {
    const told = () => resolve() as undefined;
    ran = drydock(box, words, { opened, told });
  });
  for (const happens of at) {
    await box.site.clock.wait(60_000);
    happens();
  }
  await box.site.clock.wait(60_000);
  if (tool !== undefined) tool.interrupted = true;
  const ended = await ran;
  expect(ended?.code).toBe(exitCodes.interrupted);
  return ended?.out.trimEnd().split("\n") ?? [];
}

/** And without the cluster's name. */
function withoutTime(line: string): string {
  return line.replace(/^.*?: /, "");
}

test("drydock leases --watch ends once nobody reads it any more", async () => {
  let lines = 0;
  const terminal = { isUnread: () => lines > 3 };
  const told = () => {
    lines += 1;
    return undefined;
  };
  const ended = await drydock(sandbox(), "leases --watch --json", { told, terminal });
  expect(ended.code).toBe(exitCodes.ok);
  expect(ended.out.trimEnd().split("\n")).toHaveLength(4);
});

describe("drydock leases --watch", () => {
  test("counts down from the look that first saw a lease unwell, until the provider has surely seen it well", async () => {
    const box = sandbox();
    const ill = () => makeReady(box, false);
    const well = () => makeReady(box, true);
    const lines = await watching(box, "leases --watch", [ill, well]);
    const news = lines.filter((line) => line.includes(" leases agree ")).map(withoutTime);
    expect(news).toEqual([
      "12 of 12 leases agree in all three sets",
      "11 of 12 leases agree in all three sets, 1 unhealthy",
      "12 of 12 leases agree in all three sets",
    ]);
    const counting = lines.filter((line) => line.includes("COUNTING DOWN"));
    expect(counting.length).toBeGreaterThan(5);
    expect(counting[0]).toMatch(/not well for \d s; closed in 41\.\d min at the earliest/);
    const unwell = counting.filter((line) => line.includes("not well for"));
    expect(unwell.at(-1)).toMatch(/not well for 5\d s; closed in 40\.\d min at the earliest/);
    // A retry period and its jitter are 19 s.
    expect(counting.at(-1)).toMatch(/well again for 1\d s, which the provider may not have seen/);
  });

  test("is honest about what was unwell when it began", async () => {
    const box = sandbox();
    makeReady(box, false);
    const lines = await watching(box, "leases --watch", []);
    expect(lines[1]).toMatch(/not well at the first look already, \d s ago: since when cannot be/);
  });

  test("as JSON is an object a line", async () => {
    const lines = await watching(sandbox(), "leases --watch --json", []);
    expect(lines.map((line) => JSON.parse(line)).at(-1)).toMatchObject({
      verdict: "12 of 12 leases agree in all three sets",
      looks: lines.length,
      countdowns: [],
    });
  });
});

describe("the lease clock is shown", () => {
  const clock = "41.7 min at the earliest, 2 h 0 min on average";

  test.each(["survey", "plan", "provider status"])("by %s", async (words) => {
    const { out } = await drydock(sandbox({ controlPlane: 1 }), words);
    expect(out).toContain(clock);
    expect(out).not.toContain("COUNTING DOWN");
  });

  test("before a run begins", async () => {
    const box = sandbox({ controlPlane: 1 });
    let shown = "";
    const out = (text: string) => {
      shown += text;
    };
    const terminal = { interactive: true, out, ask: async () => false };
    expect((await drydock(box, "run", { terminal })).code).toBe(exitCodes.declined);
    expect(shown).toContain(
      `Were the provider left running while the API is away, it would close leases after ${clock}.`,
    );
  });

  test("as counting by provider status, when a lease is not well", async () => {
    const box = sandbox({ controlPlane: 1 });
    makeReady(box, false);
    const { out } = await drydock(box, "provider status");
    expect(out).toMatch(/COUNTING DOWN NOW: 1 not well; since when cannot be known from one look/);
    const json = JSON.parse((await drydock(box, "provider status --json")).out);
    expect(json).toMatchObject({ clock: { maxRetries: 626 }, countsDown: [expect.any(String)] });
  });
});
