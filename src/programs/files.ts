// Files of a host: when they were last written, without reading them.

import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";

const stampScript = `date +%s.%N; for file in "$@"; do stat -L -c '%.Y' "$file" || exit 1; done`;

/** The host's clock, then the time of the last write of each file (symbolic links are followed). */
export function readWriteTimes(paths: readonly string[]): ReadCommand {
  return {
    argv: ["sh", "-c", stampScript, "drydock-write-times", ...paths],
    shown: `stat -c %Y ${paths.join(" ")}`,
    reads: true,
    timeoutMs: 15_000,
  };
}

/** What the host's own clock said, milliseconds; NaN when that cannot be told. */
export function parseClock(outcome: Outcome): number {
  return outcome.kind === "exited"
    ? Number(outcome.stdout.split("\n")[0] || Number.NaN) * 1000
    : NaN;
}

/** The latest of the write times, milliseconds on the host's clock. */
export function parseLatestWrite(outcome: Outcome): Reading<number> {
  return answer(outcome, "stat", (text) => {
    const [, ...stamps] = text.trim().split("\n");
    const times = stamps.map((stamp) => Number(stamp) * 1000);
    return times.length > 0 && times.every(Number.isFinite) ? Math.max(...times) : undefined;
  });
}

/** Sets the times of those that are there to the host's clock; what they hold stays as it is. */
export function touchFiles(paths: readonly string[]): Command {
  return { argv: ["touch", "-c", ...paths], timeoutMs: 15_000 };
}
