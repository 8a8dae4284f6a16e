// Splits a line into words as Python's shlex does; Ansible reads host lines and ssh options so.

import { ConfigError, type Place } from "./config-error.ts";

/** Quotes group and vanish, a backslash takes the next character, ` #` begins a comment. */
export function splitWords(line: string, place: Place): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"' && /["\\]/.test(line.charAt(i + 1))) {
        word = (word ?? "") + line.charAt(++i);
      } else word = (word ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === "\\" && i + 1 < line.length) {
      word = (word ?? "") + line.charAt(++i);
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "#" && word === undefined) {
      break;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") {
    throw new ConfigError(place, `a ${quote} is opened and not closed`, "Close the quote.");
  }
  return word === undefined ? words : [...words, word];
}
