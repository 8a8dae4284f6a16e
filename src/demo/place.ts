// Where a simulated world is kept on this machine, apart from real windows: one folder each, 0700,
// with one file, 0600, that is replaced as a whole. Only one process may change it at a time.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { env, pid } from "node:process";
import { Failure } from "../cli/exit.ts";
import { claimFolder } from "../disk/claim.ts";
import { codeOf } from "../disk/durable.ts";
import { StateError, stateFolder } from "../disk/windows.ts";
import { holderName } from "../system/ids.ts";
import { type KeptWorld, parseWorld, worldText } from "./world-text.ts";
import { worldVersion } from "./world-version.ts";

export interface WorldPlace {
  readonly file: string;
  /** Undefined when nothing is kept; throws a Failure for what cannot be read. */
  read(): KeptWorld | undefined;
  /**
   * Keeps other processes from changing it, until `release`. Throws a Failure when one is at it, or
   * has saved since `saves` were counted.
   */
  claim(saves: number): Promise<{ release(): Promise<void> }>;
  write(world: KeptWorld): void;
  forget(): void;
}

/** The leading dot keeps it out of the list of clusters, whose names cannot have one. */
export function worldPlace(state: string | undefined, name: string): WorldPlace {
  const folder = join(state ?? stateHere(), ".simulated", name);
  const file = join(folder, "world.json");
  return {
    file,
    read: () => readWorld(file),
    claim: async (saves) => {
      const me = { pid, holder: holderName(env), machine: hostname() };
      const claimed = await claimFolder(folder, me).catch((error) => unusable(file, error));
      const elsewhere = "Wait for it, or stop it there; or use another --state folder.";
      if (claimed.kind === "held") {
        throw new Failure("locked", `${file}: ${claimed.because}`, elsewhere);
      }
      const now = readWorld(file)?.saves ?? 0;
      if (now === saves) return claimed;
      await claimed.release();
      throw new Failure("locked", `${file}: another process has just changed it`, elsewhere);
    },
    write: (world) => replaceFile(folder, file, worldText(world, worldVersion())),
    forget: () => rmSync(file, { force: true }),
  };
}

function stateHere(): string {
  try {
    return stateFolder(env);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw new Failure("usage", error.message, error.remedy);
  }
}

function readWorld(file: string): KeptWorld | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    return unusable(file, error);
  }
  const world = parseWorld(text, worldVersion());
  if (world !== undefined) return world;
  throw new Failure(
    "journal",
    `${file}: this simulated cluster was kept by another version of Drydock, or was changed by hand`,
    "Say --fresh to begin with a new one.",
  );
}

/**
 * At once: a process that is killed leaves the old file or the new one. Not synced: it is no
 * journal.
 */
function replaceFile(folder: string, file: string, text: string): void {
  const draft = `${file}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    // Half a world is of no use to anybody, and would fill a full disk further.
    rmSync(draft, { force: true });
    unusable(file, error);
  }
}

/** Errors of the file system are the operator's to mend. */
function unusable(file: string, error: unknown): never {
  if (!(error instanceof Error) || codeOf(error) === undefined) throw error;
  const because = `${file}: the simulated cluster cannot be kept there: ${error.message}`;
  const exit = codeOf(error) === "ENOSPC" ? "noSpace" : "journal";
  throw new Failure(exit, because, "Say --state FOLDER with a folder that can be written.");
}
