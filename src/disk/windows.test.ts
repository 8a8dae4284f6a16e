import { appendFile, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "./durable.ts";
import { openJournal } from "./journal.ts";
import {
  isSafeName,
  listClusters,
  listWindows,
  readRecords,
  stateFolder,
  windowPlace,
} from "./windows.ts";

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

test("a relative DRYDOCK_STATE is refused: windows would be elsewhere for each working folder", () => {
  expect(() => stateFolder({ DRYDOCK_STATE: "state", HOME: "/root" })).toThrow(
    'DRYDOCK_STATE: "state" is relative',
  );
});

async function window(id: string): Promise<void> {
  const place = windowPlace(state, "prod", id);
  await makeFolder(place.folder);
  await (await openJournal(place.journal)).close();
  await laterThan((await stat(place.journal)).birthtimeMs);
}

/**
 * A file system tells times in ticks of some milliseconds: waits until it would tell a later one.
 */
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

test("a state folder that is a link leading nowhere is no place without windows", async () => {
  await symlink(join(state, "..", "unmounted"), state);
  await expect(listWindows(state, "prod")).rejects.toMatchObject({
    name: "StateError",
    message: `${state}: it is a link that leads nowhere`,
  });
  await mkdir(join(state, "..", "unmounted"));
  expect(await listWindows(state, "prod")).toEqual([]);
  await symlink(join(state, "..", "other disk"), join(state, "prod"));
  await expect(listWindows(state, "prod")).rejects.toThrow("prod: it is a link that leads nowhere");
});

test("the clusters of a state are its folders, but not what is kept apart or moved aside", async () => {
  for (const name of ["prod", "lab", ".simulated", "old~"]) await makeFolder(join(state, name));
  await writeFile(join(state, "notes"), "");
  expect(await listClusters(state)).toEqual(["lab", "prod"]);
});

describe("a window without a record", () => {
  const id = "w20261122-0301-zzzz";
  const place = () => windowPlace(state, "prod", id);
  const beside = (name: string) => writeFile(join(place().folder, name), "");

  test("is nothing where it was ended before its plan was written down", async () => {
    await makeFolder(place().folder);
    await beside("claim-1.json");
    expect(await listWindows(state, "prod")).toEqual([]);
    // Killed, and cut off, while the journal was made.
    for (const text of ["", "\0\0\0", '{"journal":"dry']) {
      await writeFile(place().journal, text);
      expect(await readRecords(place())).toEqual([]);
    }
    await rm(place().journal);
    await (await openJournal(place().journal)).close();
    expect(await readRecords(place())).toEqual([]);
  });

  test.each(["etcd-snapshot.db", "node1.tar.gz", "node1.tar.gz.list", "node1.tar.gz.part"])(
    "is a lost one where %s was made in it",
    async (backup) => {
      await window(id);
      await beside(backup);
      const lost = { name: "JournalError", isDamaged: true };
      await expect(readRecords(place())).rejects.toMatchObject({
        ...lost,
        message: `${place().journal}: it holds no record, and beside it lies ${backup}, which is only made after the plan was written down`,
      });
      await writeFile(place().journal, "junk");
      await expect(readRecords(place())).rejects.toMatchObject(lost);
      await rm(place().journal);
      expect(await listWindows(state, "prod")).toEqual([place()]);
      await expect(readRecords(place())).rejects.toMatchObject({
        ...lost,
        message: expect.stringContaining(": it is not there, and beside it lies"),
      });
      // As the remedy says.
      await rename(place().folder, `${place().folder}~`);
      expect(await listWindows(state, "prod")).toEqual([]);
    },
  );

  test("is none where somebody keeps backups of his own", async () => {
    await makeFolder(join(state, "prod", "backups"));
    await appendFile(join(state, "prod", "backups", "node1.tar.gz"), "");
    expect(await listWindows(state, "prod")).toEqual([]);
  });
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
