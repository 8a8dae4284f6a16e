import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "./store.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

test.each([0, 1, 31, 32, 33, 8192, 8193, 1024 * 1024 + 16, 3_500_032])(
  "describes a file of %i bytes",
  async (sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    await writeFile(join(folder, "snapshot.db"), bytes, { mode: 0o600 });
    const bodyEnd = Math.max(0, sizeBytes - 32);
    expect(await openStore(folder).stat("snapshot.db")).toEqual({
      sizeBytes,
      mode: 0o600,
      sha256: hash(bytes),
      bodySha256: hash(bytes.subarray(0, bodyEnd)),
      trailerHex: bytes.subarray(bodyEnd).toString("hex"),
      headHex: bytes.subarray(0, 8192).toString("hex"),
    });
  },
);

test("knows nothing of a file that is not there", async () => {
  expect(await openStore(folder).stat("snapshot.db")).toBeUndefined();
  expect(await openStore(join(folder, "not-made-yet")).stat("snapshot.db")).toBeUndefined();
});

test("does not look outside of its folder", async () => {
  await expect(openStore(folder).stat("../passwd")).rejects.toThrow("not the name of a file");
});
