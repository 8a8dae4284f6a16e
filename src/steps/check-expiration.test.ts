import { expect, test } from "vitest";
import { type CheckExpirationGoal, checkExpiration } from "./check-expiration.ts";
import { certificate, cutOff, entry, read, said, today, year } from "./seen.testkit.ts";

const goal: CheckExpirationGoal = {
  names: ["apiserver", "admin.conf"],
  renewedUntil: today + year,
};
const leaves = [
  entry(certificate("apiserver", "A1", today + 5 * 24 * 3600 * 1000)),
  entry(certificate("admin.conf", "B1", today + year)),
];

function authority(notAfter: number) {
  return entry(certificate("ca", "C1", notAfter, { kind: "authority" }), "authorities");
}

test.each([
  [
    "all can be read",
    read([...leaves, authority(today + 9 * year)]),
    "satisfied: 2 certificates; apiserver expires first, 2026-11-27 00:00 UTC",
  ],
  [
    "one cannot be read",
    read([...leaves.slice(1), authority(today + 9 * year)]),
    "blocked: apiserver cannot be read",
  ],
  [
    "the authority ends before what it would sign",
    read([...leaves, authority(today + year - 1)]),
    "blocked: certificate authority ca expires before the certificates it would sign",
  ],
  ["the node does not answer", cutOff, "unclear: no answer: cut off"],
])("expiration when %s", (_, seen, words) => {
  expect(said(checkExpiration.judge(seen, goal))).toBe(words);
});

test("checking changes nothing", () => {
  expect(checkExpiration.change(read(leaves), goal)).toEqual([]);
});
