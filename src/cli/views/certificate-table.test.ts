import { describe, expect, it } from "vitest";
import { alignColumns, fold, nodeRange } from "./certificate-table.ts";

describe("node names", () => {
  it.each([
    [["node1"], "node1"],
    [["node3", "node1", "node2"], "node[1-3]"],
    [["node1", "node3"], "node1 node3"],
    [["w9", "w10", "w11", "db1"], "db1 w[9-11]"],
    [["w08", "w09", "w10"], "w[08-10]"],
    [["w9", "w010"], "w9 w010"],
    [["a1.example", "a2.example"], "a[1-2].example"],
    [["alpha", "beta"], "alpha beta"],
    [["10.0.0.1", "10.0.0.2"], "10.0.0.[1-2]"],
  ])("%j read %s", (names, text) => {
    expect(nodeRange(names)).toBe(text);
  });
});

describe("columns", () => {
  it("are three apart, as wide as their widest cell, without trailing blanks", () => {
    expect(
      alignColumns([
        ["A", "BB", "C"],
        ["aaaa", "", "c"],
        ["", "", ""],
      ]),
    ).toEqual(["A      BB   C", "aaaa        c", ""]);
  });
});

describe("a fold", () => {
  it("keeps the order of the keys, and shows the first to expire", () => {
    const seen = [
      { node: "n1", expiresAt: 5, value: "x" },
      { node: "n2", expiresAt: undefined, value: "y" },
      { node: "n3", expiresAt: 2, value: "x" },
    ];
    const groups = fold(seen, (one) => one.value);
    expect(groups.map(({ first, nodes }) => [first.node, nodes])).toEqual([
      ["n3", ["n1", "n3"]],
      ["n2", ["n2"]],
    ]);
  });
});
