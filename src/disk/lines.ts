// The journal's file format, version 1: a header line, then one record a line, each with the hash
// of the line before and a hash of its own, so that a change to any byte is found. Pure.

import { createHash } from "node:crypto";
import type { JournalRecord } from "../core/journal.ts";
import { isObject } from "../core/json.ts";

/** What is wrong with a journal that is not merely torn at its end. */
export interface Damage {
  /** Counted from 1, as editors do. */
  readonly line: number;
  readonly because: string;
  /** It is whole, and says what only a newer version of this program understands. */
  readonly isNewer: boolean;
}

export interface Lines {
  readonly records: readonly JournalRecord[];
  /** The hash of the last whole line, which the next one names. */
  readonly head: string;
  /** Up to here the file is whole; what follows is torn and was never confirmed. */
  readonly wholeBytes: number;
  readonly damage: Damage | undefined;
}

const version = 1;
const known: readonly JournalRecord["kind"][] = [
  ...(["planned", "taking", "opened", "overtaken", "began", "sending", "ran", "settled"] as const),
  ...(["lost", "stopped", "skipping", "abandoned", "closed"] as const),
];
const kinds: ReadonlySet<unknown> = new Set(known);
const beginning = "0".repeat(64);

// A whole line's end with more behind it: a newline was damaged, this is no torn write.
const wholeInside = /"hash":"[0-9a-f]{64}"\}[\s\S]/;

export interface Line {
  readonly text: string;
  readonly hash: string;
}

export function headerLine(): Line {
  return seal({ journal: "drydock", version }, beginning);
}

export function recordLine(record: JournalRecord, prev: string): Line {
  return seal(record, prev);
}

function seal(value: object, prev: string): Line {
  const open = JSON.stringify({ ...value, prev }).slice(0, -1);
  const hash = createHash("sha256").update(open).digest("hex");
  return { text: `${open},"hash":"${hash}"}\n`, hash };
}

/** Reads a whole file. Damage ends the reading; a torn end does not count as damage. */
export function readLines(file: Buffer): Lines {
  const records: JournalRecord[] = [];
  let head = beginning;
  let at = 0;
  for (let line = 1; at < file.length; line++) {
    const end = file.indexOf(0x0a, at);
    const text = file.subarray(at, end < 0 ? file.length : end).toString("utf8");
    const isLast = end < 0 || end === file.length - 1;
    const parsed = end < 0 ? undefined : parse(text);
    if (parsed === undefined && isLast && !wholeInside.test(text)) break;
    const found = parsed === undefined ? damaged("it is not JSON") : flaw(parsed, text, head, line);
    if (found !== undefined) return { records, head, wholeBytes: at, damage: { line, ...found } };
    // The hash vouches for it: this program wrote it, and with this version's shape.
    if (line > 1) records.push(strip(parsed));
    head = String(parsed?.hash);
    at = end + 1;
  }
  return { records, head, wholeBytes: at, damage: undefined };
}

function parse(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return undefined;
  }
}

type Flaw = Omit<Damage, "line">;

function damaged(because: string): Flaw {
  return { because, isNewer: false };
}

function newer(because: string): Flaw {
  return { because: `it was written by a newer Drydock (${because})`, isNewer: true };
}

function flaw(
  value: { readonly [key: string]: unknown },
  text: string,
  head: string,
  line: number,
): Flaw | undefined {
  const open = text.replace(/,"hash":"[0-9a-f]{64}"\}$/, "");
  const hash = createHash("sha256").update(open).digest("hex");
  const isSealed = value.hash === hash;
  if (line === 1) {
    if (value.journal !== "drydock") return damaged("it is not the header of a Drydock journal");
    if (value.version !== version)
      return otherVersion(value.version, isSealed || !("hash" in value));
  }
  if (!isSealed) return damaged("it was changed after it was written (its hash differs)");
  if (value.prev !== head) return damaged("the line before it was removed, added or replaced");
  if (line === 1) return undefined;
  if (value.seq !== line - 1) return damaged(`its seq is ${String(value.seq)}, not ${line - 1}`);
  // The chain vouches that no damage made it so.
  if (!kinds.has(value.kind)) {
    return newer(`its records "${String(value.kind)}" are not known to this one`);
  }
  return undefined;
}

/**
 * A later version may seal its lines in another way; one with our seal that does not fit was
 * changed.
 */
function otherVersion(given: unknown, mayBeTrue: boolean): Flaw {
  if (mayBeTrue && typeof given === "number" && given > version) {
    return newer(`its journals are of version ${given}, and this one knows version ${version}`);
  }
  return damaged(`its version is ${String(given)}, not ${version}`);
}

function strip(value: { readonly [key: string]: unknown } | undefined): JournalRecord {
  const { prev: _prev, hash: _hash, ...record } = value ?? {};
  return record as unknown as JournalRecord;
}
