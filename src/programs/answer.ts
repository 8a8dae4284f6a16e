// How the answer of a program becomes a value: exited with 0, parsed as the shape we expect, or
// said why not.

import type { z } from "zod";
import { complaint, type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";

/** Parses stdout of a clean exit; everything else is unreadable, with the reason. */
export function answer<T>(
  outcome: Outcome,
  what: string,
  parse: (stdout: string) => T | undefined,
): Reading<T> {
  const said = complaint(outcome);
  if (outcome.kind !== "exited" || said !== undefined) return unreadable(`${what}: ${said}`);
  const value = parse(outcome.stdout);
  return value === undefined ? unreadable(`${what}: unexpected answer`) : read(value);
}

/** A file that is there and is not what it should be: the program that looked at it said so. */
export interface Damaged {
  readonly damaged: string;
}

/** It is not there, or cannot be read: made anew, it would be another file than its copies. */
export function isGone(reading: Reading<object | undefined>): boolean {
  if (reading.kind === "unreadable") return false;
  return reading.value === undefined || "damaged" in reading.value;
}

/**
 * As `answer`, of a file that may be made anew: what the program would not read is damaged. No
 * answer says nothing about the file. Undefined when the script printed `absent`.
 */
export function answerOnFile<T>(
  outcome: Outcome,
  what: string,
  parse: (stdout: string) => T | undefined,
): Reading<T | Damaged | undefined> {
  if (outcome.kind === "exited" && outcome.code === 0 && outcome.stdout.trim() === "absent") {
    return read(undefined);
  }
  const reading = answer(outcome, what, parse);
  if (reading.kind === "read" || outcome.kind !== "exited") return reading;
  return read({ damaged: reading.because });
}

// A step that waits, and every step that comes after, looks at the same objects again and again:
// mostly the answer is the very same text. What it means is a fact about the text, and may be
// remembered.
const parsedMax = 64;
const parsedCharactersMax = 20_000;
const parsedBy = new WeakMap<z.ZodType, Map<string, unknown>>();

/**
 * JSON of a known shape, or undefined. A value that nobody changes: the next one may be the same.
 */
export function parseJson<T>(text: string, shape: z.ZodType<T>): T | undefined {
  if (text.length > parsedCharactersMax) return parseAnew(text, shape);
  const known = parsedBy.get(shape) ?? new Map<string, unknown>();
  parsedBy.set(shape, known);
  // What stands there came out of this shape.
  if (known.has(text)) return known.get(text) as T | undefined;
  const value = parseAnew(text, shape);
  if (known.size >= parsedMax) known.clear();
  known.set(text, value);
  return value;
}

function parseAnew<T>(text: string, shape: z.ZodType<T>): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = shape.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
