// The Journal on disk: journal.jsonl in the window's folder. See lines.ts for what a line is.

import { constants } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Journal, JournalRecord, RecordBody } from "../core/journal.ts";
import type { Instant } from "../core/world.ts";
import { codeOf, syncFolder, writeNew } from "./durable.ts";
import { headerLine, type Lines, readLines, recordLine } from "./lines.ts";

/** A journal that cannot be trusted or written: which file, which line, and what to do. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly file: string;
  /** Counted from 1; undefined when the trouble is with the file as a whole. */
  readonly line: number | undefined;
  readonly remedy: string;
  /**
   * What it says cannot be told any more; otherwise another program, or a mended disk, could read
   * it.
   */
  readonly isDamaged: boolean;

  constructor(
    file: string,
    what: {
      line?: number;
      because: string;
      remedy: string;
      isDamaged?: boolean;
      cause?: unknown;
    },
  ) {
    const where = what.line === undefined ? file : `${file}:${what.line}`;
    super(`${where}: ${what.because}`, { cause: what.cause });
    this.file = file;
    this.line = what.line;
    this.remedy = what.remedy;
    this.isDamaged = what.isDamaged ?? false;
  }
}

export interface DiskJournal extends Journal {
  readonly file: string;
  /** Where a torn end was put aside when the journal was opened. */
  readonly tornAside: string | undefined;
  close(): Promise<void>;
}

export interface JournalRead {
  readonly records: readonly JournalRecord[];
  /** True when the last line is torn: a write was cut off, or is under way just now. */
  readonly torn: boolean;
}

/** Reads a journal that somebody may be writing, and changes nothing. */
export async function readJournal(file: string): Promise<JournalRead> {
  const content = await contentOf(file);
  const { records, wholeBytes } = refuseDamage(file, readLines(content));
  return { records, torn: wholeBytes < content.length };
}

/**
 * Opens a journal for writing, and makes it when it is not there. Only the holder of the folder's
 * claim may do this. A torn end is copied to `journal.jsonl.torn-<n>` and cut off: its record was
 * never confirmed, so nothing was done on its strength.
 */
export async function openJournal(file: string): Promise<DiskJournal> {
  try {
    await create(file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw unwritable(file, error);
  }
  const content = await contentOf(file);
  const lines = refuseDamage(file, readLines(content));
  const torn = content.subarray(lines.wholeBytes);
  const tornAside = torn.length === 0 ? undefined : await putAside(file, torn);
  try {
    const handle = await open(file, constants.O_RDWR | constants.O_APPEND);
    const head = await mend(handle, lines, torn.length > 0);
    return new AppendedFile({ file, handle, records: lines.records, head, tornAside });
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function create(file: string): Promise<void> {
  await writeNew(file, headerLine().text);
  await syncFolder(dirname(file));
}

/** Cuts off a torn end; a header that was itself torn is written again. Returns the last hash. */
async function mend(handle: FileHandle, lines: Lines, torn: boolean): Promise<string> {
  if (torn) await handle.truncate(lines.wholeBytes);
  if (lines.wholeBytes > 0) {
    if (torn) await handle.sync();
    return lines.head;
  }
  const header = headerLine();
  await handle.writeFile(header.text);
  await handle.sync();
  return header.hash;
}

async function putAside(file: string, torn: Buffer): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${file}.torn-${n}`;
    try {
      await writeNew(aside, torn);
      await syncFolder(dirname(file));
      return aside;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw unwritable(aside, error);
    }
  }
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const because = `it cannot be read: ${messageOf(error)}`;
    throw new JournalError(file, { because, remedy: "See that the file is there.", cause: error });
  }
}

function refuseDamage(file: string, lines: Lines): Lines {
  if (lines.damage === undefined) return lines;
  const { line, because, isNewer } = lines.damage;
  const remedy = isNewer ? useTheNewer : restore;
  throw new JournalError(file, { line, because, remedy, isDamaged: !isNewer });
}

// It may well be good, and its window open: nothing is as harmful here as what helps against
// damage.
const useTheNewer =
  "Use that one, or update this one: the window may be open. Do not move the folder.";

const restore =
  "Restore the file from a copy; without one, find out what the window has done on the cluster, " +
  "move this window's folder away, and plan a new window.";

function unwritable(file: string, cause: unknown): JournalError {
  const because = `it cannot be written: ${messageOf(cause)}`;
  const remedy = "Free space on this machine or mend the permissions, then run the window again.";
  return new JournalError(file, { because, remedy, cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class AppendedFile implements DiskJournal {
  readonly file: string;
  readonly tornAside: string | undefined;
  private readonly handle: FileHandle;
  private readonly known: JournalRecord[];
  private head: string;
  private failed: JournalError | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(opened: {
    readonly file: string;
    readonly handle: FileHandle;
    readonly records: readonly JournalRecord[];
    readonly head: string;
    readonly tornAside: string | undefined;
  }) {
    this.file = opened.file;
    this.handle = opened.handle;
    this.known = [...opened.records];
    this.head = opened.head;
    this.tornAside = opened.tornAside;
  }

  records(): readonly JournalRecord[] {
    return [...this.known];
  }

  append(at: Instant, body: RecordBody): Promise<JournalRecord> {
    const appended = this.queue.then(() => this.write(at, body));
    this.queue = appended.catch(() => {});
    return appended;
  }

  async close(): Promise<void> {
    await this.queue;
    await this.handle.close();
  }

  private async write(at: Instant, body: RecordBody): Promise<JournalRecord> {
    // After a write that may have left half a line, another one would make it damage in the middle.
    if (this.failed !== undefined) throw this.failed;
    const record: JournalRecord = { seq: this.known.length + 1, at, ...body };
    const line = recordLine(record, this.head);
    try {
      await this.handle.appendFile(line.text);
      await this.handle.datasync();
    } catch (error) {
      this.failed = unwritable(this.file, error);
      throw this.failed;
    }
    this.head = line.hash;
    this.known.push(record);
    return record;
  }
}
