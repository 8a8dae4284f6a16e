import { mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freeBytes } from "./free-bytes.ts";

test("the room in a folder that is not there is that of the nearest above it, and none is made", async () => {
  const there = await mkdtemp(join(tmpdir(), "drydock-free-"));
  try {
    expect(await freeBytes(join(there, "not", "yet"))).toBeGreaterThan(0);
    expect(await readdir(there)).toEqual([]);
    // Where no folder can be made.
    expect(await freeBytes("/proc/not/yet")).toBe((await statfs("/proc")).bavail);
  } finally {
    await rm(there, { recursive: true });
  }
});

test("a file in the folder's place is an error: no folder above it tells of it", async () => {
  await expect(freeBytes("/etc/passwd/x")).rejects.toMatchObject({ code: "ENOTDIR" });
});
