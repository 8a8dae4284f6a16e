// What the survey does with every host, again and again: one command, and its answer parsed.

import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";

/** One look at a host, and what its answer means. */
export async function ask<T>(
  host: Host,
  command: ReadCommand,
  parse: (outcome: Outcome) => Reading<T>,
): Promise<Reading<T>> {
  return parse(await host.run(command));
}
