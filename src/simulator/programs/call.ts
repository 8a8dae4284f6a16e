// What a played program gets, and what it answers.

import type { HostModel } from "../model.ts";
import type { Site } from "../site.ts";
import type { By } from "../transition.ts";

/** One program called on one host. */
export interface Call {
  readonly site: Site;
  readonly host: HostModel;
  readonly argv: readonly string[];
  readonly by: By;
  /** What the caller's shell has exported; nothing when Drydock calls. */
  readonly env?: ReadonlyMap<string, string>;
  /** How long it hangs on the host before it goes on: whoever sent it has given it up by then. */
  readonly stallsMs?: number;
  /** The host's count of boots when it began: no process outlives its machine. */
  readonly boot: number;
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Program = (call: Call) => Promise<Answer>;

export function said(stdout: string): Answer {
  return { code: 0, stdout, stderr: "" };
}

export function failed(code: number, stderr: string, stdout = ""): Answer {
  return { code, stdout, stderr: stderr.endsWith("\n") ? stderr : `${stderr}\n` };
}

/**
 * Thrown inside a program whose machine went down: it does nothing more, and nobody hears of it.
 */
export class Ended extends Error {
  override readonly name = "Ended";
}

/** Lets the time pass that the program takes, or waits. */
export async function takes(call: Call, ms: number): Promise<void> {
  await call.site.clock.wait(ms);
  mustRun(call);
}

export function mustRun({ host, boot }: Call): void {
  if (host.boots !== boot) throw new Ended(`${host.name} went down`);
}

/** The same caller, another argv: what a wrapper runs. */
export function inner(call: Call, argv: readonly string[]): Call {
  return { ...call, argv };
}

/** Values of `--name value` and `--name=value`, and the words that are no options. */
export function options(
  words: readonly string[],
  withValue: readonly string[],
): { readonly values: ReadonlyMap<string, string>; readonly words: readonly string[] } {
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const [name = "", value] = word.split(/=(.*)/s);
    if (!word.startsWith("-")) rest.push(word);
    else if (value !== undefined && word.startsWith("--")) values.set(name, value);
    else if (withValue.includes(word)) values.set(word, words[++at] ?? "");
    else values.set(word, "");
  }
  return { values, words: rest };
}
