import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReadCommand } from "../core/command.ts";
import { askApiServer, askHealth, askOutside, awaitHealth } from "./curl.ts";
import { makeTree, runHere } from "./fake-node.testkit.ts";
import { parseOk } from "./kubectl.ts";
import { transcript } from "./transcript.testkit.ts";

describe("a health endpoint", () => {
  test.each(["readyz", "scheduler"])("of a real %s that is well says ok", (name) => {
    expect(parseOk(transcript("curl", name), name)).toEqual({ kind: "read", value: true });
  });

  test.each([
    ["refused", "curl: (7) Failed to connect"],
    ["unauthorized", "error: 401"],
  ])("that is %s says so", (name, words) => {
    const seen = parseOk(transcript("curl", name), "it");
    expect(seen).toMatchObject({ kind: "unreadable", because: expect.stringContaining(words) });
  });

  test("of an API server must show a certificate of the cluster's CA", () => {
    expect(askApiServer("https://10.0.0.1:6443/readyz").argv).not.toContain("--insecure");
    expect(askHealth("https://127.0.0.1:10259/healthz").argv).toContain("--insecure");
  });
});

test("root's .curlrc has no say where the cluster's own addresses are asked, since no proxy knows them", () => {
  const first = (ask: ReadCommand) => ask.argv.slice(0, 2);
  expect(first(askHealth("https://127.0.0.1:10257/healthz"))).toEqual(["curl", "--disable"]);
  expect(first(askApiServer("https://10.0.0.1:6443/readyz"))).toEqual(["curl", "--disable"]);
  expect(first(askOutside("https://rpc.example"))).not.toContain("--disable");
});

test("a key in the address of a server outside is in no list of processes", () => {
  const ask = askOutside("http://127.0.0.1:1/status?key=secret[1]");
  expect(ask.argv.join(" ")).not.toContain("secret");
  const tree = makeTree();
  tree.write("curl", '#!/bin/sh\nexec /usr/bin/curl --write-out "%{url}" "$@"\n');
  chmodSync(join(tree.root, "curl"), 0o755);
  const asked = runHere(ask, `${tree.root}:/usr/bin:/bin`);
  tree.remove();
  expect(asked).toMatchObject({ code: 7, stdout: "http://127.0.0.1:1/status?key=secret[1]" });
});

describe("waiting for it", () => {
  let tree: ReturnType<typeof makeTree>;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(() => tree.remove());

  /** A curl that fails until it was called so often. */
  function play(okAfter: number, failure: string): void {
    const calls = join(tree.root, "calls");
    tree.write(
      "curl",
      `#!/bin/sh\necho >>${calls}; [ $(wc -l <${calls}) -gt ${okAfter} ] && { echo ok; exit; }\n${failure}`,
    );
    chmodSync(join(tree.root, "curl"), 0o755);
  }

  const waited = () =>
    runHere(awaitHealth(askHealth("https://127.0.0.1:1/healthz")), `${tree.root}:/usr/bin:/bin`);
  const calls = () => readFileSync(join(tree.root, "calls"), "utf8").length;

  test("asks again until it is well", () => {
    play(3, "echo no >&2; exit 7");
    expect(waited()).toMatchObject({ code: 0, stdout: "ok\n", stderr: "" });
    expect(calls()).toBe(4);
  });

  test("ends after its tries, with curl's own code and words", () => {
    play(1000, "echo not yet >&2; exit 22");
    expect(waited()).toMatchObject({ code: 22, stdout: "", stderr: "not yet\n" });
    expect(calls()).toBe(51);
  });

  test("does not wait where nobody may ask", () => {
    play(1000, "echo 'curl: (22) The requested URL returned error: 401' >&2; exit 22");
    expect(waited()).toMatchObject({ code: 22 });
    expect(calls()).toBe(1);
  });
});
