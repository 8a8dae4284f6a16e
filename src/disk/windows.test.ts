import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./durable.ts";
import { openJournal } from "./journal.ts";
import { isSafeName, listWindows, stateFolder, windowPlace } from "./windows.ts";

let state: string;

beforeEach(async () => {
  state = join(await mkdtemp(join(tmpdir(), "drydock-state-")), "drydock");
});
afterEach(() => rm(join(state, ".."), { recursive: true, force: true }));

test.each([
  [{ DRYDOCK_STATE: "/srv/drydock", XDG_STATE_HOME: "/x", HOME: "/root" }, "/srv/drydock"],
  [{ XDG_STATE_HOME: "/x", HOME: "/root" }, "/x/drydock"],
  [{ XDG_STATE_HOME: "relative", HOME: "/root" }, "/root/.local/state/drydock"],
  [{ HOME: "/root" }, "/root/.local/state/drydock"],
])("the state of %j is in %s", (env, folder) => {
  expect(stateFolder(env)).toBe(folder);
});

async function window(id: string): Promise<void> {
  const place = windowPlace(state, "prod", id);
  await makeFolder(place.folder);
  await (await openJournal(place.journal)).close();
  await laterThan((await stat(place.journal)).birthtimeMs);
}

/** A file system tells times in ticks of some milliseconds: waits until it would tell a later one. */
async function laterThan(birthMs: number): Promise<void> {
  const probe = join(state, "..", "probe");
  let bornMs: number;
  do {
    await rm(probe, { force: true });
    await writeFile(probe, "");
    bornMs = (await stat(probe)).birthtimeMs;
  } while (bornMs <= birthMs);
}

test("lists windows newest first, within a minute too", async () => {
  await window("w20261122-0301-zzzz");
  await window("w20261122-0301-aaaa");
  await window("w20261121-2359-kkkk");
  await mkdir(join(state, "prod", "w20261123-0000-empty"));
  expect((await listWindows(state, "prod")).map(({ id }) => id)).toEqual([
    "w20261122-0301-aaaa",
    "w20261122-0301-zzzz",
    "w20261121-2359-kkkk",
  ]);
});

test("without any window there is nothing to list", async () => {
  expect(await listWindows(state, "prod")).toEqual([]);
});

test("folders are for their owner only", async () => {
  await window("w20261122-0301-zzzz");
  for (const folder of [state, join(state, "prod"), join(state, "prod", "w20261122-0301-zzzz")]) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
});

test("a name that could leave the folder is not safe", () => {
  expect(["prod", "a.b-c_1"].every(isSafeName)).toBe(true);
  expect(["", "..", ".x", "a/b", "a b", "-x"].some(isSafeName)).toBe(false);
  expect(() => windowPlace(state, "..", "w1")).toThrow("no name for a folder");
});
