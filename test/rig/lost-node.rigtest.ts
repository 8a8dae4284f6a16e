// A control plane node that nobody can log in to any more, half-way through a window.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { poll } from "../../rig/command.ts";
import { codeOn, mended, on, providerReplicas, rootOf } from "./cluster.ts";
import { drydock, freshState } from "./drydock.ts";

beforeEach(mended);

/** On the node, which sees what this machine writes below its root. */
const mayLogIn = "/root/drydock-may-log-in";

/**
 * No test can call for its sshd then: the node waits for a file, and gives up after a quarter of an
 * hour.
 */
async function loseLogins(node: string): Promise<void> {
  const waits = `timeout 900 sh -c "until [ -e ${mayLogIn} ]; do sleep 0.5; done"`;
  const start = `rm -f ${mayLogIn} && systemd-run --quiet sh -c '${waits}; systemctl start ssh'`;
  onTestFinished(() => letIn(node));
  await on(node, `${start} && systemctl stop ssh.socket ssh.service 2>/dev/null; true`);
}

function letIn(node: string): void {
  writeFileSync(join(rootOf(node), mayLogIn), "");
}

function holder(node: string): Promise<string> {
  return on(node, "cat /var/lib/drydock/lock/holder 2>/dev/null || true");
}

test("a window is closed without a node that is lost, and its lock is taken away when it is back", async () => {
  const state = freshState();
  const killed = await drydock(state, ["run", "--yes", "--json"], (event, { child }) => {
    if (event.kind === "acting" && event.key === "renew-certificates@node2") child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  const [window = ""] = (await holder("node2")).split(" ");
  expect(window).not.toBe("");
  await loseLogins("node2");

  const refused = await drydock(state, ["run", "--yes"]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(`Window ${window} is still open`);
  const closed = await drydock(state, ["abandon"]);
  expect(closed.code, closed.stderr).toBe(0);
  expect(closed.stderr).toContain("Going on without it.");
  expect(closed.stderr).toContain("node2: the lock could not be released there");
  expect(await providerReplicas()).toBe("1/1");
  expect([await holder("node1"), await holder("node3")]).toEqual(["", ""]);

  letIn("node2");
  const limits = { timeoutMs: 90_000, everyMs: 1000 };
  await poll("node2 lets people in again", limits, async () =>
    (await codeOn("node2", "true")) === 0 ? true : undefined,
  );
  expect(await holder("node2")).toContain(window);
  const broken = await drydock(state, ["abandon", "--break-lock", window]);
  expect(broken.code, broken.stderr).toBe(0);
  expect(await holder("node2")).toBe("");
});
