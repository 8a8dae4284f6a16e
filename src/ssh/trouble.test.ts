import { expect, test } from "vitest";
import type { SshTarget } from "./target.ts";
import { explainSshFailure, explainSudoFailure } from "./trouble.ts";

const target: SshTarget = { name: "node1", address: "10.0.0.1", port: 2222, user: "ops" };

// What OpenSSH 9.2 and sudo 1.9 print.
test.each([
  [
    "refused",
    "ssh: connect to host 10.0.0.1 port 2222: Connection refused",
    "10.0.0.1:2222 refused",
  ],
  [
    "refused",
    "ssh: connect to host bastion port 22: Connection refused\r\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
    "bastion:22 refused",
  ],
  [
    "timed-out",
    "ssh: connect to host 10.0.0.1 port 2222: Connection timed out",
    "did not answer in time",
  ],
  [
    "timed-out",
    "ssh: connect to host 10.0.0.1 port 2222: Operation timed out",
    "did not answer in time",
  ],
  [
    "refused",
    "channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535",
    "the jump host was refused",
  ],
  [
    "other",
    "channel 0: open failed: connect failed: No route to host\r\nstdio forwarding failed\r\nkex_exchange_identification: Connection closed by remote host",
    "the jump host could not connect: No route to host",
  ],
  [
    "cut-off",
    "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.1 port 2222",
    "ended before the login: read: Connection reset by peer",
  ],
  ["timed-out", "Connection timed out during banner exchange", "before sshd answered"],
  ["other", "ssh: connect to host 10.0.0.1 port 2222: No route to host", "No route to host"],
  [
    "unresolvable",
    "ssh: Could not resolve hostname node1: Name or service not known",
    "node1 does not resolve",
  ],
  [
    "host-key",
    "@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key for [10.0.0.1]:2222 has changed and you have requested strict checking.\nHost key verification failed.",
    "differs",
  ],
  [
    "unknown-host-key",
    "No ED25519 host key is known for [10.0.0.1]:2222 and you have requested strict checking.\nHost key verification failed.",
    "not in known_hosts",
  ],
  [
    "needs-password",
    "ops@10.0.0.1: Permission denied (publickey,password).",
    "asks for a password",
  ],
  ["needs-password", "ops@10.0.0.1: Permission denied (publickey).", "no key of this machine"],
  ["needs-sudo-password", "sudo: a password is required", "sudo does not let"],
  ["needs-sudo-password", "ops is not in the sudoers file.", "sudo does not let"],
  ["no-sudo", "bash: line 1: sudo: command not found", "there is no sudo"],
  ["no-sudo", "env: ‘sudo’: No such file or directory", "there is no sudo"],
  ["no-sudo", "env: sudo: No such file or directory", "there is no sudo"],
  ["arguments", "Cannot specify -J with ProxyCommand", "does not take its arguments"],
  ["arguments", "unknown option -- Z\r\nusage: ssh [-46AaCfGgKk]", "unknown option -- Z"],
  ["arguments", "command-line: line 0: Bad configuration option: foo", "configuration option: foo"],
  ["arguments", 'command-line line 0: unsupported option "maybe".', "unsupported option"],
  ["other", "Cannot be told\r\nCannot specify -J with ProxyCommand", "could not connect"],
  ["other", "Bad owner or permissions on /root/.ssh/config", "Bad owner or permissions"],
  ["other", "", "no reason"],
] as const)("reads %s from %j", (kind, stderr, said) => {
  const trouble = explainSshFailure(`${stderr}\r\n`, target, {});
  expect(trouble.kind).toBe(kind);
  expect(trouble.message).toContain(said);
  expect(trouble.message).toMatch(/^node1 \(ops@10\.0\.0\.1:2222\): .*[^.]$/);
  expect(trouble.remedy).not.toBe("");
});

// As OpenSSH 9.2 says it with LogLevel=ERROR, of a host that ssh_config gives another name.
const changed = `@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r
Add correct host key in /home/ops/its hosts to get rid of this message.\r
Offending ED25519 key in /home/ops/its hosts:12\r
Host key for [n1.example]:2222 has changed and you have requested strict checking.\r
Host key verification failed.`;
const login = "ssh -F /etc/drydock/ssh_config -o StrictHostKeyChecking=ask -p 2222 -l ops 10.0.0.1";

test.each([
  [changed, "ssh-keygen -f '/home/ops/its hosts' -R '[n1.example]:2222'"],
  ["REMOTE HOST IDENTIFICATION HAS CHANGED", "ssh-keygen -R '[10.0.0.1]:2222'"],
])(
  "a changed key is taken out of the file that has it, then looked at anew: %j",
  (stderr, taken) => {
    const { remedy } = explainSshFailure(stderr, target, { configFile: "/etc/drydock/ssh_config" });
    expect(remedy).toBe(
      `Find out why. If it was reinstalled: ${taken}\n` +
        `Then log in once by hand and compare the fingerprint: ${login}`,
    );
  },
);

test.each([
  ["Host key verification failed.", explainSshFailure, "-o StrictHostKeyChecking=ask ", ""],
  ["ops@10.0.0.1: Permission denied (publickey).", explainSshFailure, "-o BatchMode=yes ", " true"],
  ["Bad owner or permissions on /root/.ssh/config", explainSshFailure, "", ""],
  ["sudo: unable to resolve host node1", explainSudoFailure, "", " sudo -n true"],
])("what to try after %j goes the way that we went", (stderr, explain, batch, command) => {
  const behind = { ...target, sshArguments: ["-J", "bastion"] };
  const { remedy } = explain(stderr, behind, { configFile: "/etc/drydock/ssh config" });
  const login = `ssh -F '/etc/drydock/ssh config' ${batch}-p 2222 -l ops -o ProxyJump=bastion 10.0.0.1`;
  expect(remedy.endsWith(`: ${login}${command}`), remedy).toBe(true);
});
