// The operator's machine: the windows' folders with their journals and backups.

import type { JournalRecord } from "../core/journal.ts";
import type { StoredFile } from "../core/world.ts";
import { sha256 } from "./files.ts";
import type { StoredBytes } from "./model.ts";
import type { Tool } from "./tool.ts";

export interface Desk {
  /** user@machine. */
  readonly holder: string;
  readonly windows: Map<string, DeskWindow>;
  freeBytes: number;
  /** As one of the hosts tells itself, where it is that one. */
  machine: string;
}

export interface DeskWindow {
  readonly id: string;
  readonly records: JournalRecord[];
  readonly files: Map<string, StoredBytes>;
  /** The process that may write here; one that is dead holds nothing. */
  claimedBy: Tool | undefined;
}

export function newDesk(holder = "operator@desk"): Desk {
  return { holder, windows: new Map(), freeBytes: 50e9, machine: "desk" };
}

/**
 * As it is at this moment, with no process at work. Records and files are values and are shared.
 */
export function copyDesk(desk: Desk): Desk {
  const windows = [...desk.windows].map(([id, one]): [string, DeskWindow] => [
    id,
    { id, records: [...one.records], files: new Map(one.files), claimedBy: undefined },
  ]);
  return { ...desk, windows: new Map(windows) };
}

const boltMagic = "edda0ced";
const page = `${"0".repeat(32)}${boltMagic}`.padEnd(8192, "0");

/** What a look at the file would find. A snapshot ends in the SHA-256 of what comes before. */
export function describeFile(file: StoredBytes): StoredFile {
  const isSnapshot = file.form === "snapshot";
  const bodySha256 = sha256(`body of ${file.content}`);
  return {
    sizeBytes: file.sizeBytes,
    mode: file.mode,
    sha256: sha256(file.content),
    bodySha256,
    trailerHex: isSnapshot ? bodySha256 : "00".repeat(32),
    headHex: isSnapshot ? page + page : "",
  };
}
