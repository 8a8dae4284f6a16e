import { chmodSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../core/outcome.ts";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import { parseProcessStarts, readProcessStarts } from "./process-starts.ts";

const system = "/usr/sbin:/usr/bin:/sbin:/bin";

describe("the starts of processes", () => {
  let tree: Tree;
  beforeAll(() => {
    tree = makeTree();
  });
  afterAll(() => tree.remove());

  /** As crictl tells the process of a container; `words` may end it with another code. */
  function ask(words: string, ids: readonly string[]): Outcome {
    tree.write("crictl", `#!/bin/sh\n${words}\n`);
    chmodSync(join(tree.root, "crictl"), 0o755);
    return runHere(readProcessStarts(ids), `${tree.root}:${system}`);
  }

  test("are those of the kernel, as the clock counts now", () => {
    const began = Date.now() - process.uptime() * 1000;
    const seen = parseProcessStarts(ask(`echo ${process.pid}`, ["a"]), ["a"]);
    const at = seen.kind === "read" ? seen.value.get("a") : undefined;
    expect(Math.abs((at ?? 0) - began)).toBeLessThan(2000);
  });

  test("are left out where the runtime does not tell the process", () => {
    const seen = parseProcessStarts(ask("echo '<no value>'", ["a", "b"]), ["a", "b"]);
    expect(seen).toEqual({ kind: "read", value: new Map() });
  });

  test("are asked for in a way that gives nothing, and no error, where the runtime tells nothing", () => {
    const words = `case "$*" in *'index . "info"'*'index . "pid"'*) ;; *) exit 1 ;; esac`;
    expect(parseProcessStarts(ask(words, ["a"]), ["a"])).toEqual({
      kind: "read",
      value: new Map(),
    });
  });

  test("cannot be read where crictl fails, a process has ended, or nothing is said of one", () => {
    expect(parseProcessStarts(ask("echo 0", ["a"]), ["a"]).kind).toBe("unreadable");
    expect(parseProcessStarts(ask("exit 1", ["a"]), ["a"]).kind).toBe("unreadable");
    expect(parseProcessStarts(ask(`echo ${process.pid}`, ["a"]), ["a", "b"]).kind).toBe(
      "unreadable",
    );
  });
});
