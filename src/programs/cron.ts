// Jobs in /etc/cron.d: paused by a name that cron passes over, in the same folder. A rename is
// whole or has not happened, whatever ends in between, and keeps mode, owner and times.

import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";

/** A job's file, and its name while it is paused. */
export type CronFile = { readonly place: string; readonly aside: string };

export interface CronFileSeen extends CronFile {
  readonly inPlace: boolean;
  readonly isAside: boolean;
}

const folder = "/etc/cron.d/";

/**
 * Undefined for files elsewhere, and those that cron would not read: a name with a dot is none of
 * its.
 */
export function pausable(path: string, stamp: string): CronFile | undefined {
  const name = path.startsWith(folder) ? path.slice(folder.length) : "";
  if (!/^[\w-]+$/.test(name)) return undefined;
  return { place: path, aside: `${folder}.drydock-${stamp}.${name}` };
}

const script = `is() { [ -e "$1" ] || [ -L "$1" ]; }
while [ $# -gt 1 ]; do
  is "$1" && place=yes || place=no; is "$2" && aside=yes || aside=no; echo "$place $aside"; shift 2
done`;

export function readCronFiles(files: readonly CronFile[]): ReadCommand {
  const paths = files.flatMap(({ place, aside }) => [place, aside]);
  return {
    argv: ["sh", "-c", script, "drydock-cron-files", ...paths],
    shown: `ls ${paths.join(" ")}`,
    reads: true,
    timeoutMs: 15_000,
  };
}

export function parseCronFiles(
  outcome: Outcome,
  files: readonly CronFile[],
): Reading<readonly CronFileSeen[]> {
  return answer(outcome, "cron's files", (text) => {
    const lines = text.trimEnd().split("\n");
    if (lines.length !== files.length || !lines.every((one) => /^(yes|no) (yes|no)$/.test(one))) {
      return undefined;
    }
    return files.map((file, index) => {
      const [place, aside] = (lines[index] ?? "").split(" ");
      return { ...file, inPlace: place === "yes", isAside: aside === "yes" };
    });
  });
}

/** Overwrites nothing: with a file of that name there it does nothing, and exits with 0. */
export function renameFile(from: string, to: string): Command {
  return { argv: ["mv", "-n", "-T", "--", from, to], timeoutMs: 15_000 };
}
