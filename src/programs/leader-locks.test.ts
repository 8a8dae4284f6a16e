import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTree, runHere } from "./fake-node.testkit.ts";
import { getLeaderLocks, parseLeaderLocks } from "./leader-locks.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const now = Date.parse("2026-11-22T16:00:00Z") / 1000;

function lock(name: string, renewTime: string | undefined) {
  return { metadata: { name }, spec: { holderIdentity: `${name}_1`, renewTime } };
}

describe("the leaders' locks", () => {
  test("of a real cluster tell both leaders", () => {
    const { stdout } = transcript("kubectl", "get-leader-leases");
    const times = [...stdout.matchAll(/"renewTime": "([^"]+)"/g)].map(([, at = ""]) =>
      Date.parse(at),
    );
    const clock = Math.floor(Math.max(...times) / 1000) + 3;
    const seen = parseLeaderLocks(printed(`${clock}\n${stdout}`));
    const locks = seen.kind === "read" ? seen.value : [];
    expect(locks.map((one) => one.name)).toEqual(["kube-scheduler", "kube-controller-manager"]);
    for (const { holder, silentSeconds } of locks) {
      expect(holder).toMatch(/^node[123]_/);
      expect(silentSeconds).toBeGreaterThan(1);
      expect(silentSeconds).toBeLessThan(20);
    }
  });

  test("are as old as the host's own clock says", () => {
    const items = [lock("kube-scheduler", "2026-11-22T15:59:58.500000Z")];
    expect(parseLeaderLocks(printed(`${now}\n${JSON.stringify({ items })}`))).toEqual({
      kind: "read",
      value: [{ name: "kube-scheduler", holder: "kube-scheduler_1", silentSeconds: 1.5 }],
    });
  });

  test("that were never renewed have been silent for longer than any limit", () => {
    const items = [lock("kube-scheduler", undefined)];
    const seen = parseLeaderLocks(printed(`${now}\n${JSON.stringify({ items })}`));
    expect(seen).toMatchObject({ value: [{ silentSeconds: now }] });
  });

  test("are unreadable without kubectl's answer", () => {
    expect(parseLeaderLocks(printed(`${now}\n`)).kind).toBe("unreadable");
    expect(parseLeaderLocks(transcript("kubectl", "get-unauthorized")).kind).toBe("unreadable");
  });

  test("are asked for with the clock of the same host in front", () => {
    const tree = makeTree();
    try {
      tree.write("kubectl", `#!/bin/sh\necho '{"items":[]}'; echo "$@" >&2\n`);
      chmodSync(join(tree.root, "kubectl"), 0o755);
      const outcome = runHere(getLeaderLocks, `${tree.root}:/usr/bin:/bin`);
      expect(outcome).toMatchObject({
        stdout: expect.stringMatching(/^\d{10}\.\d{9}\n\{"items":\[\]\}\n$/),
        stderr: expect.stringContaining("kube-scheduler kube-controller-manager -o json"),
      });
      expect(parseLeaderLocks(outcome)).toEqual({ kind: "read", value: [] });
    } finally {
      tree.remove();
    }
  });
});
