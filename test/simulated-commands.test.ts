// Any command with --simulated: what it does, what is kept of it, and that nothing real is touched.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { scenarios } from "../src/cli/simulated-names.ts";
import { tell } from "./scenarios/person.ts";

let state = "";

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "drydock-simulated-"));
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

/** `words`, with --simulated and a state folder of its own. */
function simulated(words: string, scenario = "healthy") {
  const [before = "", ...after] = words.split(" -- ");
  const own = after.length === 0 ? [] : ["--", ...after];
  return tell([...before.split(" "), "--simulated", scenario, "--state", state, ...own]);
}

const kept = (scenario = "healthy") => join(state, ".simulated", scenario, "world.json");

describe("with --simulated", () => {
  test.each([
    ["certs", 0, "apiserver-kubelet-client"],
    ["certs --json", 0, '"notAfter"'],
    ["survey", 0, "Nothing stands in the way of a window."],
    ["plan", 0, "renew-certificates@node3"],
    ["run --yes", 0, " is completed: "],
    ["status", 0, "no window yet"],
    ["hold -- true", 0, "start-provider@node1: ok"],
    ["hold -- false", exitCodes.commandFailed, "stop-provider@node1: ok"],
    ["abandon", 0, ""],
    ["backup etcd", 0, "In (simulated)/state/"],
    ["backup certs", 0, "node3.tar.gz"],
    ["provider status", 0, "running"],
    ["provider stop", 0, "The provider is stopped."],
    ["provider start", 0, ""],
  ])("drydock %s ends with %i and says %s", async (words, code, part) => {
    const ran = await simulated(words);
    expect(ran.code, ran.both).toBe(code);
    expect(ran.out).toContain(part);
    expect(ran.err).toMatch(/^SIMULATED cluster "healthy": nothing real is touched\.\n/);
  });

  test("JSON stays pure: the label is on stderr", async () => {
    const { out, err } = await simulated("survey --json");
    expect(JSON.parse(out)).toMatchObject({
      facts: { hosts: [{ name: "node1" }, { name: "node2" }, { name: "node3" }] },
      blockers: [],
    });
    expect(err).toContain("SIMULATED");
  });

  test.each([
    "certs",
    "survey",
    "leases",
    "plan",
    "provider status",
    "run --yes",
    "status",
    "backup etcd",
  ])("drydock %s --json tells every instant as ISO 8601 in UTC", async (words) => {
    if (words === "status") await simulated("run --yes");
    const { out } = await simulated(`${words} --json`);
    const year2020 = Date.UTC(2020);
    const numbers = [...out.matchAll(/"(\w+)": ?(\d+)/g)];
    const bare = numbers.filter(([, , digits]) => Number(digits) > year2020);
    expect(bare.map(([text]) => text)).toEqual([]);
    if (words === "provider status") return;
    expect(out).toMatch(/"\w+": ?"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
  });

  test("a later command finds what an earlier one has done, until --fresh", async () => {
    expect((await simulated("run --yes")).code).toBe(0);
    expect((await simulated("status")).out).toContain("It is completed.");
    expect((await simulated("certs")).out).toContain("Nov 22, 2027");
    expect((await simulated("status", "one-node")).out).toContain("no window yet");
    const fresh = await simulated("status --fresh");
    expect(fresh.out).toContain("no window yet");
    expect((await simulated("certs")).out).not.toContain("Nov 22, 2027");
  });

  test("a command that only looks keeps nothing", async () => {
    for (const words of ["certs", "survey", "status"]) await simulated(words);
    expect(existsSync(kept())).toBe(false);
  });

  test("what is kept is labelled, and for its owner only", async () => {
    await simulated("provider stop");
    expect(statSync(kept()).mode & 0o777).toBe(0o600);
    expect(statSync(join(kept(), "..")).mode & 0o777).toBe(0o700);
    expect(readFileSync(kept(), "utf8")).toMatch(/^\{"label":"A SIMULATED cluster/);
  });

  test("what was kept and then changed by hand is refused, and --fresh helps", async () => {
    await simulated("provider stop");
    writeFileSync(kept(), "{}");
    const broken = await simulated("status");
    expect(broken.code).toBe(exitCodes.journal);
    expect(broken.err).toContain("Say --fresh");
    expect((await simulated("status --fresh")).code).toBe(0);
  });

  test("hold runs nothing on this machine", async () => {
    const proof = join(state, "touched");
    const held = await simulated(`hold -- touch ${proof}`);
    expect([held.code, existsSync(proof)]).toEqual([0, false]);
    expect(held.err).toContain("was not run");
  });

  test("that cannot be kept says so, and where else to keep it", async () => {
    const file = join(state, "file");
    writeFileSync(file, "");
    for (const words of ["certs", "run --yes"]) {
      const ran = await tell([...words.split(" "), "--simulated", "--state", `${file}/x`]);
      expect([words, ran.code]).toEqual([words, exitCodes.journal]);
      expect(ran.err).toMatch(/cannot be kept there: ENOTDIR.*\nSay --state FOLDER/);
    }
  });

  test("and an inventory is refused", async () => {
    const ran = await tell(["certs", "--simulated", "-i", "inventory.ini"]);
    expect([ran.code, ran.out]).toEqual([exitCodes.usage, ""]);
    expect(ran.err).toContain("--simulated needs no inventory, and inventory.ini was given");
  });

  test("init is refused: there is nothing to write down", async () => {
    expect((await simulated("init")).code).toBe(exitCodes.usage);
  });
});

describe("the scenario", () => {
  test.each([
    ["healthy", 0, 0],
    ["expiring", exitCodes.critical, 0],
    ["expired", exitCodes.critical, exitCodes.unauthorized],
    ["one-node", 0, 0],
    ["static-etcd", 0, 0],
    ["kube-vip", 0, 0],
    ["workers", 0, 0],
    ["member-down", exitCodes.warning, exitCodes.etcd],
    ["provider-stopped", 0, 0],
    ["disk-full", 0, exitCodes.noSpace],
    ["window-left", 0, 0],
  ])("%s: certs ends with %i, run with %i", async (name, certs, run) => {
    expect((await simulated("certs", name)).code).toBe(certs);
    const ran = await simulated("run --yes", name);
    expect(ran.code, ran.err).toBe(run);
  });

  test("window-left is gone on with, where it was left", async () => {
    expect((await simulated("status", "window-left")).code).toBe(exitCodes.stopped);
    const { err } = await simulated("run --yes", "window-left");
    expect(err).toMatch(/Window \S+ was left at renew-certificates@node2; going on with it\./);
  });

  test("window-left keeps another command out, which prints what can be pasted", async () => {
    const own = join(state, "my state");
    const ran = await tell(["backup", "etcd", "--simulated", "window-left", "--state", own]);
    expect(ran.code).toBe(exitCodes.locked);
    expect(ran.err.trimEnd().split("\n").at(-1)).toBe(
      `Finish it first: drydock run --simulated window-left --state '${own}'`,
    );
  });

  test("that does not exist is answered with those that do", async () => {
    const ran = await tell(["certs", "--simulated", "atlantis"]);
    expect([ran.code, ran.out]).toEqual([exitCodes.usage, ""]);
    for (const name of Object.keys(scenarios)) expect(ran.err).toContain(name);
  });
});
