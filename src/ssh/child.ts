// Runs the local ssh program once and collects what it says, within a time and a size.

import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";

export interface ChildRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly end:
    | { readonly kind: "exited"; readonly code: number }
    | { readonly kind: "killed"; readonly signal: string }
    | { readonly kind: "timed-out" }
    | { readonly kind: "too-long" }
    | { readonly kind: "not-started"; readonly because: string };
}

export interface ChildCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  /** Takes stdout chunk by chunk in place of keeping it; the stream waits for each promise. */
  readonly onStdout?: (chunk: Buffer) => Promise<void>;
  /** Called with the child, so that its owner can end it early. */
  readonly onStart?: (child: ChildProcess) => void;
}

function start({ program, args, stdin, timeoutMs }: ChildCall) {
  return spawn(program, args, {
    detached: true,
    // Node starts nothing for a broken one.
    timeout: Math.ceil(timeoutMs),
    killSignal: "SIGKILL",
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
}

/**
 * Never rejects, but for what `onStdout` throws. The child has a session of its own, so that Ctrl-C
 * on the operator's terminal does not reach it and the command in flight is finished.
 */
export async function runChild(call: ChildCall): Promise<ChildRun> {
  let child: ReturnType<typeof start>;
  try {
    child = start(call);
  } catch (error) {
    // Most are told as an event; this machine may also be out of memory, or the folder of the
    // program no folder.
    const because = error instanceof Error ? error.message : String(error);
    return { stdout: "", stderr: "", end: { kind: "not-started", because } };
  }
  call.onStart?.(child);
  // A host that goes away closes its end; the exit tells what happened.
  child.stdin?.on("error", () => {});
  child.stdin?.end(call.stdin);
  let bytes = 0;
  let tooLong = false;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= call.outputBytesMax || tooLong) return;
    tooLong = true;
    child.kill("SIGKILL");
  };
  const ended = endOf(child);
  const [stdout, stderr] = await Promise.all([
    call.onStdout === undefined ? gather(child.stdout, count) : pass(child, call.onStdout),
    gather(child.stderr, count),
  ]);
  const end = await ended;
  return { stdout, stderr, end: tooLong ? { kind: "too-long" } : end };
}

function endOf(child: ChildProcess): Promise<ChildRun["end"]> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ kind: "not-started", because: error.message }));
    child.on("exit", (code, signal) => {
      if (code !== null) resolve({ kind: "exited", code });
      else if (child.killed) resolve({ kind: "timed-out" });
      else resolve({ kind: "killed", signal: signal ?? "a signal" });
    });
  });
}

async function gather(
  stream: ChildProcess["stdout"],
  count: (chunk: Buffer) => void,
): Promise<string> {
  if (stream === null) return "";
  const decoder = new StringDecoder("utf8");
  const parts: string[] = [];
  try {
    for await (const chunk of stream) {
      count(chunk);
      parts.push(decoder.write(chunk));
    }
  } catch {
    // The stream of a killed child may end early; what came is kept, the end says why.
  }
  return parts.join("") + decoder.end();
}

async function pass(child: ChildProcess, take: (chunk: Buffer) => Promise<void>): Promise<string> {
  try {
    for await (const chunk of child.stdout ?? []) await take(chunk);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return "";
}
