// Host ranges, as Ansible writes them: node[1:3], node[01:10], db-[a:c], node[0:8:2].

import { ConfigError, type Place } from "./config-error.ts";

/** More is a slip of the pen, not a cluster. */
const hostsMax = 2000;
const letters = "abcdefghijklmnopqrstuvwxyz";

/** All names that a pattern stands for, in its order; itself when there is no range in it. */
export function expandRange(pattern: string, place: Place): readonly string[] {
  const found = /^(.*?)\[([^\]]*:[^\]]*)\](.*)$/.exec(pattern);
  if (found === null) return [pattern];
  const [, before = "", range = "", after = ""] = found;
  const middles = elements(range, pattern, place);
  const names = middles.flatMap((middle) => expandRange(`${before}${middle}${after}`, place));
  if (names.length > hostsMax) {
    throw new ConfigError(
      place,
      `"${pattern}" stands for ${names.length} hosts`,
      `Correct the range; at most ${hostsMax} are read.`,
    );
  }
  return names;
}

function elements(range: string, pattern: string, place: Place): readonly string[] {
  const [first = "", last = "", stepText = "1", ...rest] = range.split(":");
  const step = Number(stepText);
  const bad = (because: string): ConfigError =>
    new ConfigError(
      place,
      `the range in "${pattern}" ${because}`,
      "Write it as node[1:3], node[01:10] or node[a:c].",
    );
  if (rest.length > 0 || !Number.isInteger(step) || step < 1) throw bad("cannot be read");
  if (last === "") throw bad("has no end");
  if (/^\d*$/.test(first) && /^\d+$/.test(last)) {
    const width = first.startsWith("0") && first.length > 1 ? first.length : 0;
    const count = Number(last) - Number(first);
    if (count < 0) throw bad("ends before it begins");
    if (count / step > hostsMax) throw bad(`stands for ${Math.floor(count / step) + 1} hosts`);
    return steps(Number(first), Number(last), step).map((n) => String(n).padStart(width, "0"));
  }
  const [from, to] = [letters.indexOf(first), letters.indexOf(last)];
  if (first.length !== 1 || last.length !== 1 || from < 0 || to < 0) throw bad("cannot be read");
  if (to < from) throw bad("ends before it begins");
  return steps(from, to, step).map((n) => letters[n] ?? "");
}

function steps(from: number, to: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** `node1:2222`, `[2001:db8::1]:2222`; a range's colon is no port's. */
export function splitPort(pattern: string): {
  readonly host: string;
  readonly port: string | undefined;
} {
  const bracketed = /^\[([0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\](?::(\d+))?$/.exec(pattern);
  if (bracketed !== null) return { host: bracketed[1] ?? pattern, port: bracketed[2] };
  const found = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(pattern);
  return { host: found?.[1] ?? pattern, port: found?.[2] };
}
