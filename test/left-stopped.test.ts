// A provider that a lost window has left at 0: nobody knows what it had, so it is left there, and
// that is said.

import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { newDesk } from "../src/simulator/desk.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, killedCode, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

const beware = /^Beware: the provider is at 0, and no `drydock provider stop` says that it is/m;
const command = /: (drydock provider start .* --replicas 1)$/m;
const sentence = /^the provider is at 0, and .* --replicas 1$/;

/** The machine of the window is lost, and another one has its lock to take away. */
async function lostMachine(): Promise<{ readonly box: Sandbox; readonly window: string }> {
  const lost = sandbox(swift);
  const told = (text: string) => (text.includes("stop-provider@node1: ok") ? "kill" : undefined);
  expect((await drydock(lost, "run --yes", { told })).code).toBe(killedCode);
  const [window = ""] = [...lost.desk.windows.keys()];
  return { box: { site: lost.site, desk: newDesk("rival@laptop") }, window };
}

async function leftAtZero(): Promise<Sandbox> {
  const { box, window } = await lostMachine();
  expect((await drydock(box, `abandon --break-lock ${window}`)).code).toBe(0);
  expect(providerReplicas(box.site.model)).toBe("0/0");
  return box;
}

function lastLine(text: string): string {
  return stripVTControlCharacters(text).trimEnd().split("\n").at(-1) ?? "";
}

function lastJson(text: string): unknown {
  return JSON.parse(lastLine(text));
}

describe("a provider that a lost window has left at 0", () => {
  test("is named by abandon --break-lock, with the command that starts it", async () => {
    const { box, window } = await lostMachine();
    const { out } = await drydock(box, `abandon --break-lock ${window}`);
    expect(lastLine(out)).toMatch(beware);
    const [, words = ""] = command.exec(out) ?? [];
    const started = await drydock(box, words.replace(/^drydock /, ""));
    expect(started.code, started.err).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("is named by the plan, before the question, and at the end of the report", async () => {
    const box = await leftAtZero();
    expect((await drydock(box, "plan")).out).toMatch(beware);
    let asked = "";
    const ran = await drydock(box, "run", {
      told: (text) => {
        asked += text;
        return undefined;
      },
      terminal: {
        interactive: true,
        ask: async () => {
          expect(asked).toMatch(beware);
          return true;
        },
      },
    });
    expect(ran.code, ran.err).toBe(0);
    expect(lastLine(ran.out)).toMatch(beware);
    expect(lastLine(ran.out)).toMatch(command);
    expect(ran.out).not.toContain("gets back the replicas it had");
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect(box.site.violations).toEqual([]);
  });

  test("is named by hold, before and after its command", async () => {
    const ran = await drydock(await leftAtZero(), "hold -- true");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.err).toMatch(beware);
    expect(lastLine(ran.out)).toMatch(beware);
  });

  test("is a field where JSON is asked for", async () => {
    const { box, window } = await lostMachine();
    const field = { beware: [expect.stringMatching(sentence)] };
    const broken = await drydock(box, `abandon --break-lock ${window} --json`);
    expect(lastJson(broken.out)).toMatchObject(field);
    const plan: unknown = JSON.parse((await drydock(box, "plan --json")).out);
    expect(plan).toMatchObject({
      beware: expect.arrayContaining([expect.stringMatching(sentence)]),
    });
    expect(lastJson((await drydock(box, "run --yes --json")).out)).toMatchObject(field);
    expect(lastJson((await drydock(box, "hold --json -- true")).out)).toMatchObject(field);
  });

  test("is named by abandon, of a window that has found it so", async () => {
    const box = await leftAtZero();
    const told = (text: string) => (text.includes("stop-provider@node1: ok") ? "kill" : undefined);
    await drydock(box, "run --yes", { told });
    const abandoned = await drydock(box, "abandon");
    expect([abandoned.code, lastLine(abandoned.out)]).toEqual([0, expect.stringMatching(beware)]);
  });
});

describe("a provider that is meant to be at 0", () => {
  test("stays there, and each end says how to start it", async () => {
    const box = sandbox(swift);
    await drydock(box, "provider stop");
    for (const words of ["plan", "run --yes", "hold -- true"]) {
      const ran = await drydock(box, words);
      expect(ran.code, ran.err).toBe(0);
      expect(ran.out + ran.err).not.toMatch(beware);
      expect(ran.out).toMatch(
        /^Beware: the provider stays stopped, as .* left it\. .*: drydock provider start --inventory inventory\.ini$/m,
      );
      expect(ran.out).not.toContain("gets back the replicas it had");
    }
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect((await drydock(box, "provider start")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });
});

test("a provider that runs is given back, and nothing is said of it", async () => {
  const ran = await drydock(sandbox(swift), "run --yes");
  expect(ran.out).toContain("The provider gets back the replicas it had, not 1.");
  expect(ran.out).not.toMatch(beware);
});
