// Why a host could not be reached, in the operator's words. Reads what OpenSSH prints (8.0 to 10).

import { quote } from "../core/command.ts";
import {
  askedByHand,
  byHand,
  checkByHand,
  type Given,
  type SshTarget,
  showTarget,
} from "./target.ts";

export type TroubleKind =
  | "refused"
  | "timed-out"
  | "host-key"
  | "unknown-host-key"
  | "needs-password"
  | "unresolvable"
  | "needs-sudo-password"
  | "no-sudo"
  /** Ended before anybody was asked who we are: worth another try. */
  | "cut-off"
  /** ssh did not take its own arguments, and has contacted nobody. */
  | "arguments"
  | "other";

export interface ConnectionTrouble {
  readonly kind: TroubleKind;
  /** Host first; what was attempted and what came back. */
  readonly message: string;
  readonly remedy: string;
}

interface Pattern {
  readonly kind: TroubleKind;
  readonly means: RegExp;
  readonly message: (found: RegExpExecArray, given: Given) => string;
  readonly remedy: (found: RegExpExecArray, target: SshTarget, given: Given) => string;
}

// What sudo 1.8 and 1.9 print, and sudo-rs (trifectatechfoundation/sudo-rs, src/common/error.rs).
const sudoPatterns: readonly Pattern[] = [
  {
    kind: "needs-sudo-password",
    means:
      /sudo: (a password is required|a terminal is required|sorry, you must have a tty|interactive authentication is required|.*not allowed|I'm sorry .*I'm afraid I can't)|is not in the sudoers file|user .* (is not allowed to execute|may not run)/i,
    message: () => "logged in, and sudo does not let this user become root without a password",
    remedy: (_, target) =>
      `Give the user a NOPASSWD rule in /etc/sudoers.d on ${target.name}, or log in as root.`,
  },
  {
    // Its words, a shell's, or those of env, with or without quotes.
    kind: "no-sudo",
    means: /sudo['’]?: ((command )?not found|No such file)/i,
    message: () => "logged in as a user that is not root, and there is no sudo",
    remedy: (_, target) => `Install sudo on ${target.name}, or log in as root.`,
  },
];

// The first that matches wins: a changed host key also ends in "Host key verification failed".
const patterns: readonly Pattern[] = [
  ...sudoPatterns,
  {
    // Only as its first words: later on they could be a program's on the host.
    kind: "arguments",
    means:
      /^(command-line:? line \d+: [^\r\n]+|(?:ssh: )?(?:unknown|illegal|invalid) option -- [^\r\n]+|(?:ssh: )?option requires an argument -- [^\r\n]+|Cannot specify [^\r\n]+|Only a single -J option[^\r\n]*|Invalid -J argument|Bad port '[^\r\n]+)/,
    message: (found) => `ssh does not take its arguments: ${found[1]}`,
    remedy: (_, target) =>
      `Correct ansible_ssh_common_args and ansible_ssh_extra_args of ${target.name} in the inventory, or put what they say into ssh_config.`,
  },
  {
    kind: "host-key",
    means:
      /REMOTE HOST IDENTIFICATION HAS CHANGED|[Hh]ost key for (\S+) has changed|marked as revoked/,
    message: () => "its host key differs from the one in known_hosts",
    remedy: (found, target, given) =>
      `Find out why. If it was reinstalled: ${forget(found.input, target)}\nThen log in once by hand and compare the fingerprint: ${askedByHand(target, given)}`,
  },
  {
    kind: "unknown-host-key",
    means: /No \S+ host key is known for (\S+)|Host key verification failed/,
    message: (_, { usualKnownHosts }) =>
      usualKnownHosts === true
        ? "its host key is not in ~/.ssh/known_hosts, and ssh is set to keep none (UserKnownHostsFile /dev/null)"
        : "its host key is not in known_hosts",
    remedy: (_, target, given) =>
      `Log in once by hand and compare the fingerprint: ${askedByHand(target, given)}`,
  },
  {
    kind: "unresolvable",
    means: /Could not resolve hostname ([^:\s]+)/,
    message: (found) => `the name ${found[1]} does not resolve`,
    remedy: () => "Correct ansible_host in the inventory, or /etc/hosts here.",
  },
  {
    kind: "refused",
    means: /open failed: connect failed: Connection refused/,
    message: () => "the jump host was refused the connection",
    remedy: (_, target) =>
      `See that sshd runs on ${target.name} and that the jump host has its right address and port.`,
  },
  {
    kind: "other",
    means: /open failed: (?:connect failed: )?([^\r\n]+)/,
    message: (found) => `the jump host could not connect: ${found[1]}`,
    remedy: (_, target) => `See that ${target.name} is up, and the route to it from the jump host.`,
  },
  {
    kind: "refused",
    means: /connect to host (\S+) port (\d+): Connection refused/,
    message: (found) => `${found[1]}:${found[2]} refused the connection`,
    remedy: (_, target) =>
      `See that sshd runs on ${target.name} and that address and port are right (ansible_host, ansible_port).`,
  },
  {
    kind: "timed-out",
    means:
      /connect to host (\S+) port (\d+): (?:Connection|Operation) timed out|timed out during banner exchange|Connection to (\S+) port (\d+) timed out/,
    message: (found) =>
      found[1] === undefined
        ? "the connection timed out before sshd answered"
        : `${found[1]}:${found[2]} did not answer in time`,
    remedy: (_, target) => `See that ${target.name} is up and that no firewall is in between.`,
  },
  {
    kind: "other",
    means: /connect to host (\S+) port (\d+): (No route to host|Network is unreachable|[^\r\n]+)/,
    message: (found) => `${found[1]}:${found[2]} cannot be reached: ${found[3]}`,
    remedy: (_, target) => `See that ${target.name} is up, and the route to it from here.`,
  },
  {
    kind: "needs-password",
    means: /Permission denied \(([^)]*)\)/,
    message: (found) =>
      /password|keyboard-interactive/.test(found[1] ?? "")
        ? `no key of this machine is accepted, and it asks for a password (${found[1]})`
        : `no key of this machine is accepted (${found[1]})`,
    remedy: (_, target, given) =>
      `Put a public key of this machine there (ssh-copy-id), or name the right user and key. A key with a passphrase must be in ssh-agent (ssh-add); under sudo the agent is not passed on. Then check: ${checkByHand(target, given)}`,
  },
  {
    kind: "needs-password",
    means: /Too many authentication failures/,
    message: () => "refused the login after too many keys",
    remedy: () =>
      "Name the key to use: ansible_ssh_private_key_file, with IdentitiesOnly yes in ssh_config.",
  },
  {
    kind: "cut-off",
    means: /kex_exchange_identification: ([^\r\n]+)/,
    message: (found) => `the connection was ended before the login: ${found[1]}`,
    remedy: (_, target) =>
      `Servers do so that have too many logins at once (MaxStartups in sshd_config of ${target.name} or of a jump host), or are going down. Run again.`,
  },
];

/** What ssh's complaint means. `stderr` is all that ssh wrote before a command began. */
export function explainSshFailure(
  stderr: string,
  target: SshTarget,
  given: Given,
): ConnectionTrouble {
  const known = firstOf(patterns, stderr, { target, given });
  if (known !== undefined) return known;
  const message = `${showTarget(target)}: ssh could not connect: ${reasonIn(stderr)}`;
  return { kind: "other", message, remedy: `Try it by hand: ${byHand(target, given)}` };
}

/** What sudo's complaint means, after a login that was good. */
export function explainSudoFailure(
  stderr: string,
  target: SshTarget,
  given: Given,
): ConnectionTrouble {
  const known = firstOf(sudoPatterns, stderr, { target, given });
  if (known !== undefined) return known;
  const message = `${showTarget(target)}: logged in, and sudo does not work: ${reasonIn(stderr)}`;
  return {
    kind: "other",
    message,
    remedy: `Try it by hand: ${byHand(target, given)} sudo -n true`,
  };
}

function firstOf(
  known: readonly Pattern[],
  stderr: string,
  { target, given }: { readonly target: SshTarget; readonly given: Given },
): ConnectionTrouble | undefined {
  for (const pattern of known) {
    const found = pattern.means.exec(stderr);
    if (found === null) continue;
    const message = `${showTarget(target)}: ${withoutStop(pattern.message(found, given))}`;
    const remedy = pattern.remedy(found, target, given);
    return { kind: pattern.kind, message, remedy };
  }
  return undefined;
}

function reasonIn(stderr: string): string {
  const said = lastLine(stderr);
  return said === "" ? "it gave no reason" : withoutStop(said);
}

/** Others put it into sentences of theirs. */
function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}

function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").at(-1) ?? "";
}

/**
 * ssh tells the file, which need not be the usual one, and the name under which it looked there.
 */
function forget(stderr: string, target: SshTarget): string {
  const [, file] = /Offending \S+ key in ([^\r\n]+):\d+/.exec(stderr) ?? [];
  const [, name = knownName(target)] = /Host key for (\S+) has changed/.exec(stderr) ?? [];
  const where = file === undefined ? "" : `-f ${quote(file)} `;
  return `ssh-keygen ${where}-R '${name}'`;
}

function knownName(target: SshTarget): string {
  const { address, port = 22 } = target;
  return port === 22 ? address : `[${address}]:${port}`;
}
