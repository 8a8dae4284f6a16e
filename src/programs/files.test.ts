import { utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import { parseLatestWrite, readWriteTimes } from "./files.ts";
import { printed, transcript } from "./transcript.testkit.ts";

describe("the time of the last write", () => {
  let tree: Tree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(() => tree.remove());

  function written(name: string, atSeconds: number): string {
    tree.write(name, "secret content");
    utimesSync(join(tree.root, name), atSeconds, atSeconds);
    return join(tree.root, name);
  }

  test("is that of the file which was written last, to the millisecond", () => {
    const paths = [written("a", 1_795_362_651.5), written("b", 1_795_362_652.25), written("c", 1)];
    const outcome = runHere(readWriteTimes(paths));
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(parseLatestWrite(outcome)).toEqual({ kind: "read", value: 1_795_362_652_250 });
  });

  test("is unreadable when one of the files is not there", () => {
    const outcome = runHere(readWriteTimes([written("a", 1), join(tree.root, "nothing")]));
    expect(parseLatestWrite(outcome)).toMatchObject({
      kind: "unreadable",
      because: expect.stringContaining("No such file"),
    });
    expect(parseLatestWrite(transcript("stat", "missing-file")).kind).toBe("unreadable");
  });

  test("is unreadable without files, and with an answer that is no time", () => {
    expect(parseLatestWrite(runHere(readWriteTimes([]))).kind).toBe("unreadable");
    expect(parseLatestWrite(printed("1795362651.5\nyesterday\n")).kind).toBe("unreadable");
  });
});
