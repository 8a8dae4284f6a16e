// The host's own clock, in the same answer as what it is compared with: so that the time of the way
// here and back, and our own clock, play no part.

import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, unreadable } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";

const script = 'date +%s.%N && exec "$@"';

/** The same command, after a line with the host's clock. */
export function afterClock(command: ReadCommand): ReadCommand {
  return {
    ...command,
    argv: ["sh", "-c", script, "drydock-clock", ...command.argv],
    shown: command.shown ?? command.argv.join(" "),
  };
}

interface Clocked {
  readonly clock: Instant;
  /** What the command itself said. */
  readonly outcome: Outcome;
}

/** Parses both; what is no clean exit goes to the parser too, which says why. */
export function parseAfterClock<T>(
  outcome: Outcome,
  what: string,
  parse: (outcome: Outcome, clock: Instant) => Reading<T>,
): Reading<T> {
  const split = splitClock(outcome);
  return split === undefined
    ? unreadable(`${what}: the host's clock was not told`)
    : parse(split.outcome, split.clock);
}

function splitClock(outcome: Outcome): Clocked | undefined {
  if (outcome.kind !== "exited" || outcome.code !== 0) return { clock: 0, outcome };
  const [first = "", ...rest] = outcome.stdout.split("\n");
  if (!/^\d{10}(\.\d+)?$/.test(first)) return undefined;
  const clock = Math.round(Number(first) * 1000);
  return { clock, outcome: { ...outcome, stdout: rest.join("\n") } };
}
