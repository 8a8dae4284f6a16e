import { describe, expect, it } from "vitest";
import { address, base32hex, leaseNamespace } from "./lease.ts";

describe("lease namespace", () => {
  it("is the one in the provider documentation's example", () => {
    const id = {
      owner: "akash15745vczur53teyxl4k05u250tfvp0lvdcfqx27",
      dseq: "5950031",
      gseq: 1,
      oseq: 1,
      provider: "akash1xmz9es9ay9ln9x2m3q8dlu0alxf0ltce7ykjfx",
    };
    expect(leaseNamespace(id)).toBe("h644k9qp92e0qeakjsjkk8f3piivkuhgc6baon9tccuqo");
  });
});

describe("base32hex", () => {
  it.each([
    ["", ""],
    ["f", "co"],
    ["fo", "cpng"],
    ["foo", "cpnmu"],
    ["foobar", "cpnmuoj1e8"],
  ])("of %j is %j, as in RFC 4648 but lower-case and unpadded", (text, encoded) => {
    expect(base32hex(Buffer.from(text))).toBe(encoded);
  });
});

it("an address has the length of the chain's", () => {
  expect(address("anybody")).toMatch(/^akash1[0-9a-v]{38}$/);
});
