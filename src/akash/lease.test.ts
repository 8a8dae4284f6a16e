import { describe, expect, test } from "vitest";
import { isLeaseId, leaseKey } from "./lease.ts";

const owner = `akash1${"q".repeat(38)}`;
const id = { owner, dseq: "18205484", gseq: 1, oseq: 2, provider: owner };

describe("a lease's identity", () => {
  test("is shown as Akash's tools do, without the provider", () => {
    expect(leaseKey(id)).toBe(`${owner}/18205484/1/2`);
  });

  test.each([
    ["an owner that is no address", { owner: "someone" }],
    ["an owner with an escape sequence", { owner: `akash1${"q".repeat(37)}\u001b` }],
    ["a dseq with more than 64 bits could hold", { dseq: "1".repeat(21) }],
    ["a dseq that is negative", { dseq: "-1" }],
    ["a gseq that is not whole", { gseq: 1.5 }],
    ["an oseq that was not there", { oseq: Number.NaN }],
  ])("is refused with %s", (_, wrong) => {
    expect(isLeaseId(id)).toBe(true);
    expect(isLeaseId({ ...id, ...wrong })).toBe(false);
  });
});
