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
  [
    "without its first meta page",
    { headHex: page("00000000") + page(magic) },
    "has no bbolt meta page 0",
  ],
  [
    "without its second meta page",
    { headHex: page(magic) + page("edda0cee") },
    "has no bbolt meta page 1",
  ],
  ["shorter than two pages", { headHex: page(magic) }, "has no bbolt meta page 1"],
  ["readable by others", { mode: 0o644 }, "has mode 644, not 600"],
])("a snapshot that is %s", (_, but, flaw) => {
  expect(snapshotFlaw(storedFile(but))).toBe(flaw);
});
