import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimFolder } from "./claim.ts";
import { makeFolder, writeNew } from "./durable.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-durable-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** From now on no file takes a byte. */
async function fillDisk(): Promise<void> {
  const probe = await open(join(folder, "probe"), "w");
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, "writeFile").mockRejectedValue(full);
  await probe.close();
  await rm(join(folder, "probe"));
}

test("folders are made with what is missing above them, and once they are there left as they are", async () => {
  const deep = join(folder, "a", "b", "c");
  await Promise.all([makeFolder(deep), makeFolder(deep)]);
  await writeFile(join(deep, "file"), "");
  await makeFolder(deep);
  expect(await readdir(deep)).toEqual(["file"]);
});

test("no folder is made in place of a file", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file"))).rejects.toThrow("EEXIST");
  await expect(makeFolder(join(folder, "file", "x"))).rejects.toThrow("ENOTDIR");
});

test.skipIf(!existsSync("/proc/self"))("where no folder can be made it says so", async () => {
  await expect(makeFolder("/proc/x/y")).rejects.toThrow("ENOENT");
});

test("a file that does not fit on the disk leaves nothing behind", async () => {
  await fillDisk();
  await expect(writeNew(join(folder, "new"), "text")).rejects.toThrow("no space");
  expect(await readdir(folder)).toEqual([]);
});

test("a file that is there already is left as it was", async () => {
  await mkdir(join(folder, "there"));
  await expect(writeNew(join(folder, "there"), "text")).rejects.toThrow("EEXIST");
  expect(await readdir(folder)).toEqual(["there"]);
});

test("a claim that does not fit on the disk leaves no draft behind", async () => {
  await fillDisk();
  const me = { pid: process.pid, holder: "alice@bastion", machine: "bastion" };
  await expect(claimFolder(folder, me)).rejects.toThrow("no space");
  expect(await readdir(folder)).toEqual([]);
});
