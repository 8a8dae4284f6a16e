// A login that is not root becomes root through sudo, with every command. Whether it may is asked
// once, as the connection is opened: what one command after the other said of it would read like
// trouble of its own.

import type { Channel } from "./channel.ts";
import { type SshOptions, type SshTarget, showTarget } from "./target.ts";
import { type ConnectionTrouble, explainSudoFailure } from "./trouble.ts";

/** What goes before a command. In English, whatever locale came with the login. */
export const asRoot = ["env", "LC_ALL=C", "sudo", "-n"] as const;

// With env as in every command of ours: a rule of sudoers may name programs.
const line = [...asRoot, "env", "true"].join(" ");
/** PAM and the name service may be slow, as with the login. */
const sudoMs = 20_000;
const wordsMax = 64 * 1024;
/** Calls are numbered from 1. */
const call = 0;
/** A shell's, for a program that is not there. */
const notFound = 127;

/** Undefined when this login may become root. */
export async function askSudo(
  channel: Channel,
  target: SshTarget,
  options: SshOptions,
): Promise<ConnectionTrouble | undefined> {
  const run = await channel.run({ line, call, timeoutMs: sudoMs, outputBytesMax: wordsMax });
  if (run?.end.kind === "exited" && run.end.code === 0) return undefined;
  if (run?.end.kind === "timed-out") {
    return {
      kind: "timed-out",
      message: `${showTarget(target)}: logged in, and sudo did not end in time`,
      remedy: `Log in by hand and see what \`sudo -n true\` waits for on ${target.name} (PAM, DNS, a full disk).`,
    };
  }
  const isMissing = run?.end.kind === "exited" && run.end.code === notFound;
  const said = isMissing ? "sudo: not found" : (run?.stderr ?? "");
  return explainSudoFailure(said, target, options);
}
