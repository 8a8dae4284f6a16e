import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connectHost } from "./host.ts";
import { noSshd, otherConfig, startSshd } from "./loopback-sshd.ts";
import { sshArguments } from "./target.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000 });

/** What ssh is given of an inventory's ansible_ssh_common_args. */
function given(...words: readonly string[]): readonly string[] {
  const target = { name: "node1", address: "10.0.0.1", sshArguments: words };
  const call = { via: { kind: "own" }, line: "true" } as const;
  const args = sshArguments(target, { controlFolder: "/tmp/x" }, call);
  return args.slice(args.indexOf("ConnectTimeout=10") + 1, args.indexOf("--"));
}

test.each([
  [
    ["-J", "bastion"],
    ["-o", "ProxyJump=bastion"],
  ],
  [["-Jops@bastion:2222"], ["-o", "ProxyJump=ops@bastion:2222"]],
  [
    ["-4CJ", "a,b", "-v"],
    ["-4C", "-o", "ProxyJump=a,b", "-v"],
  ],
  [["-CJbastion"], ["-C", "-o", "ProxyJump=bastion"]],
])("a jump host is an option that ssh takes beside a proxy: %j", (words, expected) => {
  expect(given(...words)).toEqual(expected);
});

test.each([
  [["-A"], []],
  [["-4AC", "-X", "-Y"], ["-4C"]],
  [["-S", "/tmp/shared/%h", "-v"], ["-v"]],
  [["-CMS/tmp/shared/%h"], ["-C"]],
  [
    ["-AJbastion", "-tp", "2222"],
    ["-o", "ProxyJump=bastion", "-p", "2222"],
  ],
])("a letter does not win over what our own options say: %j", (words, expected) => {
  expect(given(...words)).toEqual(expected);
});

test.each([
  [["-i", "-J", "-C"]],
  [["-oUser=J", "-o", "ProxyCommand=ssh -J a -W %h:%p b", "-FJ"]],
  [["-J"]],
])("what only looks like a jump host stays as it is: %j", (words) => {
  expect(given(...words)).toEqual(words);
});

describe.skipIf(noSshd !== undefined)("over a real sshd", () => {
  test.each([
    ["-J HOP", (hop: string) => ["-J", hop]],
    ["-JHOP", (hop: string) => [`-J${hop}`]],
    ["-CJ HOP", (hop: string) => ["-CJ", hop]],
  ])("a change goes through the jump host that an inventory names as %s", async (_, words) => {
    const hop = await startSshd();
    onTestFinished(() => hop.stop());
    const sshd = await startSshd();
    onTestFinished(() => sshd.stop());
    const known = `${hop.folder}/known_hosts ${sshd.folder}/known_hosts`;
    const keys = `IdentityFile ${hop.folder}/user_key\nUserKnownHostsFile ${known}`;
    const { user, address, port } = hop.target;
    const jump = words(`${user}@${address}:${port}`);
    const one = connectHost({ ...sshd.target, sshArguments: jump }, await otherConfig(sshd, keys));
    onTestFinished(() => one.close());
    const outcome = await one.run({ argv: ["echo", "there"], timeoutMs: 10_000 });
    expect(outcome).toMatchObject({ kind: "exited", code: 0, stdout: "there\n" });
    expect(await hop.serving()).toBeGreaterThan(0);
  });
});
