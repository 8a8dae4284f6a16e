// Errors of this machine's files as failures of the command line: what to do, and the exit code.

import { type ExitKind, Failure } from "./cli/exit.ts";
import { andNothingChanged } from "./cli/nothing-changed.ts";
import { JournalError } from "./disk/journal.ts";
import { StateError } from "./disk/windows.ts";
import { ConfigError, commandLine } from "./inventory/config-error.ts";

/**
 * What is said of an error of the file system: `what` could not be read or written, and what to do.
 */
interface Trouble {
  /** Where it is not that there is no space. */
  readonly exit: ExitKind;
  readonly what?: string;
  readonly remedy: string;
}

/** Nothing is there yet that was begun. */
export function newFolder(folder: string): Trouble {
  return {
    exit: "journal",
    what: folder,
    remedy: "Mend it; --state FOLDER keeps windows elsewhere.",
  };
}

/** Whether something was begun is not known. */
export function unreadFolder(folder: string): Trouble {
  return {
    exit: "journal",
    what: folder,
    remedy:
      "A window may be open in what cannot be read: mend that, or give the right folder as --state FOLDER.",
  };
}

/** What was begun is known only from what stands there: another folder would know nothing of it. */
export function openWindowIn(folder: string, window: string): Trouble {
  return {
    exit: "journal",
    what: `window ${window} is open, and its folder ${folder} cannot be written`,
    remedy:
      "Free space there or mend its permissions, and run this again. The provider stays as it is.",
  };
}

/** That of `drydock init`, which writes no other. */
export function newConfig(file: string): Trouble {
  const remedy = "Mend its folder; --config FILE has it written elsewhere.";
  return { exit: "brokenInventory", what: file, remedy };
}

/** Errors of files that people write, or that were damaged, as failures with their exit code. */
export async function explained<T>(
  work: () => Promise<T>,
  trouble: Trouble = { exit: "brokenInventory", remedy: "Mend it." },
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new Failure(exitOfConfig(error), error.message, andNothingChanged(error.remedy));
    }
    if (error instanceof JournalError) {
      throw new Failure("journal", error.message, andNothingChanged(error.remedy));
    }
    if (error instanceof StateError) {
      const exit = error.of === "setting" ? "usage" : "journal";
      throw new Failure(exit, error.message, andNothingChanged(error.remedy));
    }
    if (error instanceof Error && "syscall" in error && "code" in error) {
      const exit = error.code === "ENOSPC" ? "noSpace" : trouble.exit;
      const message =
        trouble.what === undefined ? error.message : `${trouble.what}: ${error.message}`;
      throw new Failure(exit, message, andNothingChanged(trouble.remedy));
    }
    throw error;
  }
}

/** The rule is: nothing is sent before it is written down. So this is the end of the run. */
export function halted(error: unknown, goOn: string): never {
  if (!(error instanceof JournalError)) throw error;
  const stays = "Nothing more was changed; the provider stays as it is.";
  throw new Failure("journal", error.message, `${error.remedy}\n${stays}\nTo see how: ${goOn}`);
}

function exitOfConfig(error: ConfigError): ExitKind {
  if (error.place === commandLine) return "usage";
  return error.place.line === undefined &&
    /no such file|does not exist|no inventory/i.test(error.message)
    ? "noInventory"
    : "brokenInventory";
}
