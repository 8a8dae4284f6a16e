// The operator's terminal, and commands that run in it.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants as modes, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { env, stderr, stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";

export interface RealTerminal {
  out(text: string): void;
  err(text: string): void;
  readonly interactive: boolean;
  readonly draws: boolean;
  readonly dumb: boolean;
  readonly columns: number;
  /** Whether the reader of stdout has gone away. */
  isUnread(): boolean;
  ask(question: string): Promise<boolean | undefined>;
  canRun(program: string): boolean;
  runHere(argv: readonly string[], output?: "stdout" | "stderr"): Promise<number>;
}

let trouble: string | undefined;
let unread = false;

function noteTrouble(error: Error & { readonly code?: string }): void {
  if (error.code !== "EPIPE") trouble ??= error.message;
}

function noteReaderGone(error: Error & { readonly code?: string }): void {
  if (error.code === "EPIPE") unread = true;
}

/** Why something that was written here is lost, though its reader was there: a full disk. */
export function outputTrouble(): string | undefined {
  return trouble;
}

export function openTerminal(): RealTerminal {
  // A reader that goes away (`drydock run | head`) must not end a window half-way.
  for (const stream of [stdout, stderr]) stream.on("error", noteTrouble);
  stdout.on("error", noteReaderGone);
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
  return {
    out: (text) => void stdout.write(visible(text)),
    err: (text) => void stderr.write(visible(text)),
    // Questions are asked on stderr: where that goes to a file, nobody would see what is waited
    // for.
    interactive: isTerminal && stderr.isTTY === true,
    draws: isTerminal,
    dumb: env.TERM === "dumb",
    // Some terminals report 0: those of serial lines and of some containers.
    columns: stdout.columns || 80,
    isUnread: () => unread,
    ask,
    canRun,
    runHere,
  };
}

// Controls, and what turns the direction of writing or ends a line.
const controls = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
// What our views draw with: colours, and what clears a line or the screen.
const drawing = /^\[[\d;]*[mHJK]/;

/**
 * All controls but those that Drydock draws with, as JSON writes them: so a terminal does not heed
 * what came from outside, and a reader of JSON gets the same text.
 */
export function visible(text: string): string {
  return text.replace(controls, (one, at: number) => {
    const isOurs = one === "\u001b" && drawing.test(text.slice(at + 1, at + 16));
    if (isOurs || "\n\r\t".includes(one)) return one;
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Only a clear yes is a yes; Ctrl-C and a closed terminal are no answer. */
async function ask(question: string): Promise<boolean | undefined> {
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string | undefined>((resolve) => {
    const unanswered = () => resolve(undefined);
    lines.on("SIGINT", unanswered);
    lines.on("close", unanswered);
    lines.question(`${question} [y/N] `).then(resolve, unanswered);
  });
  lines.close();
  return answer === undefined ? undefined : /^y(es)?$/i.test(answer.trim());
}

/** As execvp(3) looks for it. */
function canRun(program: string): boolean {
  if (program === "") return false;
  const folders = program.includes("/") ? [""] : (env.PATH ?? "/usr/bin:/bin").split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, modes.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * With this terminal as its own; its stdout may be sent to our stderr. 127 when it cannot be
 * started, 128 + the signal's number when killed.
 */
function runHere(argv: readonly string[], output: "stdout" | "stderr" = "stdout"): Promise<number> {
  const [program = "", ...words] = argv;
  return new Promise((resolve) => {
    let child: ChildProcess | undefined;
    // Before it begins: the terminal gives Ctrl-C to the command as well, and what it means there
    // the command decides.
    const heedAgain = [
      inPlaceOfOurs("SIGINT", () => undefined),
      inPlaceOfOurs("SIGTERM", () => child?.kill("SIGTERM")),
    ];
    const end = (code: number) => {
      for (const again of heedAgain.splice(0)) again();
      resolve(code);
    };
    const fail = (error: unknown) => {
      stderr.write(`${program}: ${error instanceof Error ? error.message : String(error)}\n`);
      end(127);
    };
    try {
      child = spawn(program, words, { stdio: ["inherit", output === "stdout" ? 1 : 2, 2] });
    } catch (error) {
      fail(error); // Some are thrown: an empty name, or a path through what is no folder.
      return;
    }
    child.on("error", (error) => {
      // Or it could not be sent SIGTERM, as sudo's child: then it is still at work.
      if (child?.pid === undefined) fail(error);
    });
    child.on("exit", (code, signal) =>
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/**
 * Until what it returns is called. A signal that nobody listens for, if only for a moment, ends the
 * process.
 */
function inPlaceOfOurs(signal: "SIGINT" | "SIGTERM", heed: () => void): () => void {
  const ours = process.listeners(signal);
  process.on(signal, heed);
  for (const one of ours) process.off(signal, one);
  return () => {
    for (const one of ours) process.on(signal, one);
    process.off(signal, heed);
  };
}
