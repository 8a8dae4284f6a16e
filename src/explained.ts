// Errors of this machine's files as failures of the command line: what to do, and the exit code.

import { type ExitKind, Failure } from "./cli/exit.ts";
import { JournalError } from "./disk/journal.ts";
import { ConfigError } from "./inventory/config-error.ts";

/** Errors of files that people write, or that were damaged, as failures with their exit code. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new Failure(exitOfConfig(error), error.message, andNothingChanged(error.remedy));
    }
    if (error instanceof JournalError) {
      throw new Failure("journal", error.message, andNothingChanged(error.remedy));
    }
    if (error instanceof Error && "syscall" in error && "code" in error) {
      const exit = error.code === "ENOSPC" ? "noSpace" : "usage";
      const remedy = "Mend it; --state FOLDER keeps windows elsewhere. Nothing was changed.";
      throw new Failure(exit, error.message, remedy);
    }
    throw error;
  }
}

/** On a line of its own after a command, which is copied from there. */
function andNothingChanged(remedy: string): string {
  const end = /[.!?)]$/.test(remedy) ? " " : "\n";
  return `${remedy === "" ? "" : `${remedy}${end}`}Nothing was changed.`;
}

/** The rule is: nothing is sent before it is written down. So this is the end of the run. */
export function halted(error: unknown, goOn: string): never {
  if (!(error instanceof JournalError)) throw error;
  const stays = "Nothing more was changed; the provider stays as it is.";
  throw new Failure("journal", error.message, `${error.remedy} ${stays}\nTo see how: ${goOn}`);
}

function exitOfConfig(error: ConfigError): ExitKind {
  return error.place.line === undefined &&
    /no such file|does not exist|no inventory/i.test(error.message)
    ? "noInventory"
    : "brokenInventory";
}
