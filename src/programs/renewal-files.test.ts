import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  holdsKey,
  makePki,
  makeTree,
  markedKey,
  type Pki,
  runHere,
  type Tree,
} from "./fake-node.testkit.ts";
import { parseRenewalFiles, readRenewalFiles } from "./renewal-files.ts";
import { printed } from "./transcript.testkit.ts";

describe("the files of a renewal", () => {
  let pki: Pki;
  let tree: Tree;
  beforeAll(() => {
    pki = makePki();
    tree = makeTree();
    const leaf = pki.leaf("kubernetes", "/CN=kube-apiserver");
    const own = readFileSync(join(pki.folder, "leaf.key"), "utf8");
    const other = readFileSync(join(pki.folder, "kubernetes.key"), "utf8");
    const pair = (name: string, certificate: string, key: string) => {
      tree.write(`${name}.crt`, certificate);
      tree.write(`${name}.key`, key);
    };
    pair("whole", leaf, own);
    pair("other", leaf, other);
    pair("emptied", leaf, "");
    pair("marked", leaf, markedKey);
    tree.write("keyless.crt", leaf);
    pair("blank", "", own);
  });
  afterAll(() => {
    pki.remove();
    tree.remove();
  });

  test("are said to differ where a key is not its certificate's, is empty, or is not there", () => {
    const names = ["whole", "other", "emptied", "marked", "keyless", "blank", "nothing"];
    const pairs = names.map((name) => join(tree.root, name));
    const outcome = runHere(readRenewalFiles(tree.root, pairs));
    const seen = parseRenewalFiles(outcome, pairs);
    const differing = seen.kind === "read" ? [...seen.value.differing] : [];
    expect(differing).toEqual(pairs.slice(1));
    expect(seen.kind === "read" && seen.value.freeBytes).toBeGreaterThan(0);
  });

  test("are compared without a key leaving the node", () => {
    const pairs = ["whole", "marked"].map((name) => join(tree.root, name));
    const said = JSON.stringify(runHere(readRenewalFiles(tree.root, pairs)));
    expect(said).not.toContain("PRIVATE");
    expect(holdsKey(said)).toBe(false);
  });

  test.each([
    ["says nothing of a pair", "free 100\nfits /a\n"],
    ["does not say what is free", "fits /a\nfits /b\n"],
    ["says something else", "free 100\nfits /a\nmaybe /b\n"],
    ["is empty", ""],
  ])("are unreadable when the answer %s", (_, text) => {
    expect(parseRenewalFiles(printed(text), ["/a", "/b"]).kind).toBe("unreadable");
  });

  test("are unreadable in a folder that is not there", () => {
    const nowhere = join(tree.root, "nowhere");
    expect(parseRenewalFiles(runHere(readRenewalFiles(nowhere, [])), []).kind).toBe("unreadable");
  });
});
