// One command over ssh, and what became of it. Certainty is the point: "not sent" is said only when
// ssh shows that the command cannot have reached the host.

import type { Command } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ChildRun } from "./child.ts";
import { type Unframed, unframe } from "./remote.ts";
import { type SshTarget, showTarget, turnedAway, type Via } from "./target.ts";
import { explainSshFailure } from "./trouble.ts";

/** How much longer than the host we wait: its 5 s between TERM and KILL, and the way back. */
export const graceMs = 8_000;

export type Sent =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  /**
   * The shared connection is gone: connect, and send again. A command did not get into it; a look
   * may have.
   */
  | { readonly kind: "connection-gone" }
  /** The host gives this connection no further session (MaxSessions): use one of its own. */
  | { readonly kind: "no-session" };

export interface Call {
  readonly target: SshTarget;
  readonly command: Command;
  readonly call: number;
  readonly via: Via | { readonly kind: "channel" };
  /** Stdout was taken away as it came, and carries no last mark. */
  readonly raw?: boolean;
}

export function judgeCall(call: Call, run: ChildRun): Sent {
  // Even where all of it came before ssh was ended: whether it did is a matter of luck.
  if (run.end.kind === "too-long") {
    return unknown(call, "its output was longer than the limit and was cut");
  }
  const out = unframe(run.stdout, call.call);
  const err = unframe(run.stderr, call.call);
  if (err.code !== undefined && (call.raw === true || out.code === err.code)) {
    if (err.code === "limit") {
      const limit = seconds(call.command.timeoutMs);
      return unknown(call, `ended on the host after ${limit}, its time limit`);
    }
    if (err.code === timeoutItself && optionUnknown.test(err.body)) return tooOld(call);
    return outcome({ kind: "exited", code: err.code, stdout: out.body, stderr: err.body });
  }
  switch (run.end.kind) {
    case "not-started":
      return outcome({ kind: "not-sent", because: `ssh could not be started: ${run.end.because}` });
    case "timed-out":
      return unknown(call, `no answer within ${seconds(call.command.timeoutMs + graceMs)}`);
    case "killed":
      return unknown(call, `ssh was ended by ${run.end.signal} before the answer was whole`);
    case "exited":
      break;
  }
  if (err.begun || out.begun) return lost(call, run, err);
  return notBegun(call, run, run.end.code);
}

/** What timeout(1) ends with when it could not begin the program. */
const timeoutItself = 125;
// Of coreutils before 8.29, and of busybox.
const optionUnknown = /^timeout: (unrecognized|invalid|unknown) option/;

function tooOld({ target }: Call): Sent {
  const because = `${showTarget(target)}: its timeout(1) does not know --verbose: install coreutils 8.29 or later (RHEL 8, Debian 10, Ubuntu 20.04)`;
  return outcome({ kind: "not-sent", because });
}

function lost(call: Call, run: ChildRun, err: Unframed): Sent {
  if (err.code !== undefined) return unknown(call, "the answer was cut on its way");
  const code = run.end.kind === "exited" ? run.end.code : 255;
  return code === 255
    ? unknown(call, "the connection was lost while the command ran")
    : unknown(call, `the answer was cut on its way (ssh ended with ${code})`);
}

// ssh says one of these when the shared connection died with the command possibly passed on.
const passedOn = /read from master failed|unexpected response from master/;
// Or this when the host gave no session, so that there was nothing to run the command in.
const sessionRefused = /session request failed|Master refused session/;
const lostAsSent = "the connection was lost as the command was sent";

function notBegun(call: Call, run: ChildRun, code: number): Sent {
  // Of its remedy nothing is used here: that was said as the connection was opened.
  const trouble = explainSshFailure(run.stderr, call.target, {});
  if (trouble.kind === "needs-sudo-password" || trouble.kind === "no-sudo") {
    return outcome({ kind: "not-sent", because: trouble.message });
  }
  if (code !== 255) {
    return unknown(call, `the login shell ended with ${code} and no answer: ${run.stderr.trim()}`);
  }
  if (call.via.kind === "channel") return { kind: "connection-gone" };
  if (trouble.kind === "arguments") {
    return outcome({ kind: "not-sent", because: trouble.message });
  }
  if (call.via.kind === "shared") {
    if (passedOn.test(run.stderr)) return unknown(call, lostAsSent);
    if (sessionRefused.test(run.stderr)) return { kind: "no-session" };
    return run.stderr.includes(turnedAway)
      ? { kind: "connection-gone" }
      : unknown(call, lostAsSent);
  }
  if (trouble.kind === "other" && !/connect to host/.test(run.stderr)) {
    return unknown(call, trouble.message);
  }
  return outcome({ kind: "not-sent", because: trouble.message });
}

function unknown(call: Call, because: string): Sent {
  return outcome({ kind: "unknown", because: `${showTarget(call.target)}: ${because}` });
}

function outcome(value: Outcome): Sent {
  return { kind: "outcome", outcome: value };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
