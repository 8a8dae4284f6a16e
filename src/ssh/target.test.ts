import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connectHost } from "./host.ts";
import { noSshd, otherConfig, startSshd } from "./loopback-sshd.ts";
import { byHand, sshArguments } from "./target.ts";

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
  [["-q"], []],
  [
    ["-qA", "-Cq", "-qqv"],
    ["-C", "-v"],
  ],
  [
    ["-qJbastion", "-yp", "2222"],
    ["-o", "ProxyJump=bastion", "-p", "2222"],
  ],
  [["-E", "/tmp/ssh.log", "-C"], ["-C"]],
  [
    ["-4E/tmp/ssh.log", "-vE", "-q"],
    ["-4", "-v"],
  ],
  [["-C", "-E"], ["-C"]],
  [["-fnNT", "-s", "-G", "-V", "-4y"], ["-4"]],
  [["-O", "exit", "-W", "a:22", "-Qcipher", "-C"], ["-C"]],
])("a letter does not win over what our own options say: %j", (words, expected) => {
  expect(given(...words)).toEqual(expected);
});

test.each([
  [["-i", "-J", "-C"]],
  [["-oUser=J", "-o", "ProxyCommand=ssh -J a -W %h:%p b", "-FJ"]],
  [["-J"]],
  [["-o", "ProxyCommand=ssh -q -E log -W %h:%p bastion", "-i", "-q", "-lEny", "-F", "-fnNGsV"]],
])("what only looks like a letter of ours stays as it is: %j", (words) => {
  expect(given(...words)).toEqual(words);
});

const none = ["-o", "StrictHostKeyChecking=no"];

test.each([
  [["-o", "UserKnownHostsFile=/dev/null"], []],
  [["-oUserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=none", "-v"], ["-v"]],
  [["-o", "userknownhostsfile /dev/null", "-C"], ["-C"]],
  [["-o", ' USERKNOWNHOSTSFILE = "/dev/null"'], []],
  [["-o", "GlobalKnownHostsFile='/dev/null' /dev/null"], []],
  [
    ["-4AoUserKnownHostsFile=NONE", "-v"],
    ["-4", "-v"],
  ],
])("what keeps no keys goes where none is checked: %j", (words, expected) => {
  expect(given(...none, ...words)).toEqual([...none, ...expected]);
  expect(given(...words, "-4oStrictHostKeyChecking off")).toEqual([
    ...expected,
    "-4oStrictHostKeyChecking off",
  ]);
});

test.each([
  [[...none, "-o", "UserKnownHostsFile=/dev/nullable"]],
  [[...none, "-o", "UserKnownHostsFile=/dev/null keys", "-oGlobalKnownHostsFile=keys"]],
  [[...none, "-o", "ProxyCommand=ssh -o UserKnownHostsFile=/dev/null -W %h:%p b"]],
  [["-o", "GlobalKnownHostsFile=/dev/null", "-o", "UserKnownHostsFile=keys"]],
  [["-oStrictHostKeyChecking=yes", ...none, "-o", "UserKnownHostsFile=/dev/null"]],
  [["-o", "ProxyCommand=ssh -oStrictHostKeyChecking=no b", "-oUserKnownHostsFile=none"]],
])("which files of keys count stays as it is: %j", (words) => {
  expect(given(...words)).toEqual(words);
});

test.each([
  [{}, {}, "ssh 10.0.0.1"],
  [{ port: 2222, user: "ops" }, { configFile: "/a/b" }, "ssh -F /a/b -p 2222 -l ops 10.0.0.1"],
  [{ identityFile: "my key" }, {}, "ssh -i 'my key' 10.0.0.1"],
  [
    { sshArguments: ["-qE", "log", "-o", 'ProxyCommand=sh -c "ssh -W %h:%p it\'s"'] },
    {},
    `ssh -o 'ProxyCommand=sh -c "ssh -W %h:%p it'\\''s"' 10.0.0.1`,
  ],
  [
    { sshArguments: [...none, "-oUserKnownHostsFile=/dev/null"] },
    {},
    "ssh -o StrictHostKeyChecking=ask -o StrictHostKeyChecking=no 10.0.0.1",
  ],
  [
    { port: 2222 },
    { configFile: "/a/b", usualKnownHosts: true },
    "ssh -F /a/b -o StrictHostKeyChecking=ask -o 'UserKnownHostsFile=~/.ssh/known_hosts ~/.ssh/known_hosts2' -p 2222 10.0.0.1",
  ],
  [
    { sshArguments: ["-oStrictHostKeyChecking=no"] },
    {},
    "ssh -o StrictHostKeyChecking=ask -oStrictHostKeyChecking=no 10.0.0.1",
  ],
])("a person goes the same way, and is asked about a key: %j %j", (given, options, expected) => {
  const target = { name: "node1", address: "10.0.0.1", ...given };
  expect(byHand(target, options)).toBe(expected);
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

  test.each([[["-q"]], [["-E", "/dev/null"]], [["-y"]]])(
    "ssh's word that it has no session for a change is heard with %j",
    async (words) => {
      const sshd = await startSshd(["MaxSessions 1"]);
      onTestFinished(() => sshd.stop());
      const one = connectHost({ ...sshd.target, sshArguments: words }, sshd.options);
      onTestFinished(() => one.close());
      const outcome = await one.run({ argv: ["echo", "there"], timeoutMs: 10_000 });
      expect(outcome).toMatchObject({ kind: "exited", code: 0, stdout: "there\n" });
    },
  );
});
