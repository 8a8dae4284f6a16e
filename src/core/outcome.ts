// What became of a command. Three failures are never mixed: it said no, it never got there,
// unknown.

import { printable } from "./printable.ts";

export type Outcome =
  | {
      readonly kind: "exited";
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /**
   * Certain not to have reached the host: the only outcome after which it may be sent again
   * blindly.
   */
  | { readonly kind: "not-sent"; readonly because: string }
  /**
   * Sent, and no answer: it may have happened, may be happening, or not. Look before anything else.
   */
  | { readonly kind: "unknown"; readonly because: string };

/** A fact that was read, or why it could not be. Never a default in place of a fact. */
export type Reading<T> =
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "unreadable"; readonly because: string };

export function read<T>(value: T): Reading<T> {
  return { kind: "read", value };
}

export function unreadable(because: string): {
  readonly kind: "unreadable";
  readonly because: string;
} {
  return { kind: "unreadable", because };
}

/** One line on why an outcome is not a clean exit; undefined when it is. */
export function complaint(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case "exited":
      return outcome.code === 0 ? undefined : `exit code ${outcome.code}: ${firstLine(outcome)}`;
    case "not-sent":
      return `not sent: ${outcome.because}`;
    case "unknown":
      return `no answer: ${outcome.because}`;
  }
}

/**
 * The line that says what went wrong, printable: programs log before it, and some say it on stdout.
 */
function firstLine(outcome: { readonly stdout: string; readonly stderr: string }): string {
  const lines = `${outcome.stderr}\n${outcome.stdout}`.split("\n").map((line) => line.trim());
  const said = lines.filter((line) => line !== "");
  const error = said.find((line) => /^(error|unable|fatal|FATA|Error from server)/i.test(line));
  const line = error ?? said.find((one) => !isLogged(one)) ?? said[0];
  return printable((line ?? "no output").slice(0, 300));
}

/** As klog writes it in kubectl and kubeadm, and zap in etcdctl: what follows says it in short. */
function isLogged(line: string): boolean {
  return /^([IWEF]\d{4} |\{"level":)/.test(line);
}
