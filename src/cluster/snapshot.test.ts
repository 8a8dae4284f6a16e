import { expect, test } from "vitest";
import { storedFile } from "../steps/seen.testkit.ts";
import { snapshotFlaw } from "./snapshot.ts";

const magic = "edda0ced";
const page = (mark: string) => `${"00".repeat(16)}${mark}${"00".repeat(4096 - 20)}`;

test.each([
  ["whole", {}, undefined],
  ["empty", { sizeBytes: 0 }, "is 0 bytes"],
  [
    "without its checksum",
    { sizeBytes: 512 * 40 },
    "has 20480 bytes: its end, with the checksum, is missing",
  ],
  [
    "cut off",
    { sizeBytes: 512 * 40 + 31 },
    "has 20511 bytes: its end, with the checksum, is missing",
  ],
  ["damaged", { bodySha256: "cc" }, "does not match the checksum at its end"],
  ["without its meta page", { headHex: page("edda0cee") }, "has no bbolt meta page"],
  ["of pages of 64 KiB", { headHex: `${page(magic)}${"00".repeat(4096)}` }, undefined],
  ["readable by others", { mode: 0o644 }, "has mode 644, not 600"],
])("a snapshot that is %s", (_, but, flaw) => {
  expect(snapshotFlaw(storedFile(but))).toBe(flaw);
});
