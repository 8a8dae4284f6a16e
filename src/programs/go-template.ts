// Lines that a Go template of ours prints: words parted by blanks, every text through `urlquery`,
// so that a name with blanks, newlines or control characters stays one word. Undoes that, and keeps
// the lines apart.

import { type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import { answer } from "./answer.ts";

/** One value a line; a line that cannot be read makes the whole answer unreadable, and is named. */
export function templateRows<T>(
  outcome: Outcome,
  what: string,
  parse: (words: readonly string[]) => T | undefined,
): Reading<readonly T[]> {
  const lines = answer(outcome, what, (stdout) =>
    stdout === "" || stdout.endsWith("\n") ? stdout.split("\n").slice(0, -1) : undefined,
  );
  if (lines.kind === "unreadable") return lines;
  const parsed: T[] = [];
  for (const line of lines.value) {
    const words = line.split(" ").map(decoded);
    const row = words.every(isText) ? parse(words) : undefined;
    if (row === undefined) {
      return unreadable(`${what}: cannot be read: ${printable(line).slice(0, 200)}`);
    }
    parsed.push(row);
  }
  return read(parsed);
}

function isText(word: string | undefined): word is string {
  return word !== undefined;
}

/** Undefined when it is not what `urlquery` writes. A field that is not there is `<nil>`. */
export function decoded(word: string): string | undefined {
  if (!word.includes("%") && !word.includes("+")) return word;
  try {
    return decodeURIComponent(word.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
