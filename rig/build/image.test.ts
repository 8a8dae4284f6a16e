import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { dockerArchive } from "./image.ts";
import { tar } from "./tar.ts";

const dir = mkdtempSync(join(tmpdir(), "rig-image-"));
afterAll(() => rmSync(dir, { recursive: true }));

function listed(archive: Buffer): string[] {
  const file = join(dir, "archive.tar");
  writeFileSync(file, archive);
  return execFileSync("tar", ["tvf", file], { encoding: "utf8" }).trim().split("\n");
}

it("tar reads the archives, with modes and sizes", () => {
  const lines = listed(
    tar([
      { name: "tmp/", mode: 0o1777 },
      { name: "a/file", mode: 0o755, content: Buffer.from("x".repeat(513)) },
    ]),
  );
  expect(lines[0]).toMatch(/^drwxrwxrwt 0\/0 +0 .* tmp\/$/);
  expect(lines[1]).toMatch(/^-rwxr-xr-x 0\/0 +513 .* a\/file$/);
});

it("an image is one layer, its config named by its digest, and a manifest", () => {
  const spec = {
    reference: "rig.drydock/x:1",
    binary: Buffer.from("#!"),
    path: "/usr/local/bin/x",
  };
  const names = listed(dockerArchive(spec)).map((line) => line.split(" ").at(-1));
  expect(names).toEqual([
    "layer.tar",
    expect.stringMatching(/^[0-9a-f]{64}\.json$/),
    "manifest.json",
  ]);
});

it("the same binary makes the same image", () => {
  const spec = { reference: "rig.drydock/x:1", binary: Buffer.from("#!"), path: "/pause" };
  expect(dockerArchive(spec).equals(dockerArchive(spec))).toBe(true);
});

it("refuses a name that ustar cannot hold", () => {
  expect(() => tar([{ name: "n".repeat(101), mode: 0o644 }])).toThrow("name too long");
});
