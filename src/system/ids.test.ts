import { expect, test } from "vitest";
import { holderName, newWindowId } from "./ids.ts";

const at = Date.UTC(2026, 10, 22, 3, 1, 59);

test("a window id names the minute of its start and is safe as a file name", () => {
  expect(newWindowId(at)).toMatch(/^w20261122-0301-[2-9a-z]{4}$/);
});

test("window ids sort by time", () => {
  const later = newWindowId(at + 60_000);
  expect([later, newWindowId(at)].sort()[1]).toBe(later);
});

test("two windows of the same minute have different ids", () => {
  expect(new Set(Array.from({ length: 50 }, () => newWindowId(at))).size).toBeGreaterThan(45);
});

test("the holder is the person behind sudo, at this machine", () => {
  expect(holderName({ SUDO_USER: "alice" })).toMatch(/^alice@.+/);
  expect(holderName({})).toMatch(/^[^@]+@.+/);
});
