// The first session of a connection is a shell that reads from our pipe. A look that goes through
// it costs no process here and no session there. Only looks do: what was written into a pipe may
// have arrived or not, and a look may be sent again.

import type { ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { ChildRun } from "./child.ts";

export interface Channel {
  /** One line at a time; undefined while another one is on its way, or when the shell is gone. */
  run(call: ChannelCall): Promise<ChildRun> | undefined;
}

export interface ChannelCall {
  /** For a shell, with its own time limit there. */
  readonly line: string;
  /** Tells this call's last marks from those of any other. */
  readonly call: number;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
}

/** `child` runs a POSIX shell that has said all that it says first. */
export function channelOf(child: ChildProcess): Channel {
  let taken = false;
  return {
    run: (call) => {
      if (taken || child.exitCode !== null || child.signalCode !== null) return undefined;
      taken = true;
      const { answer, drained } = exchange(child, call);
      // Whoever did not wait for the end of an answer leaves the shell to it.
      void drained.then(() => {
        taken = false;
      });
      return answer;
    },
  };
}

interface Exchange {
  readonly answer: Promise<ChildRun>;
  /** When both streams have come to their last marks: the shell is free again. */
  readonly drained: Promise<void>;
}

function exchange(child: ChildProcess, call: ChannelCall): Exchange {
  const kept = { bytes: 0, tooLong: false };
  const enough = new AbortController();
  const count = (chunk: Buffer): boolean => {
    kept.bytes += chunk.length;
    if (kept.bytes <= call.outputBytesMax) return true;
    enough.abort();
    return false;
  };
  const out = listen(child.stdout, call.call, count);
  const err = listen(child.stderr, call.call, count);
  const drained = Promise.all([out.done, err.done]).then(([code]) => code);
  const whole = drained.then((code): ChildRun["end"] => ({ kind: "exited", code }));
  const ends = ended(child, call.timeoutMs, enough.signal);
  const answer = Promise.race([whole, ends.end]).then((end) => {
    ends.forget();
    return { stdout: out.text(), stderr: err.text(), end };
  });
  child.stdin?.write(framed(call));
  return { answer, drained: drained.then(() => undefined) };
}

/** The shell has no more to say about this call once both streams show its code. */
function framed({ line, call }: ChannelCall): string {
  const done = `printf '\\ndrydock-done:%s:%s\\n' ${call} $c`;
  return `{ ${line}\n} </dev/null; c=$?; ${done}; ${done} >&2\n`;
}

interface Listening {
  /** With the code that stands in the last mark. */
  readonly done: Promise<number>;
  /** What came so far, without the last mark. */
  text(): string;
}

const markBytesMax = 64;

function listen(
  stream: ChildProcess["stdout"],
  call: number,
  count: (chunk: Buffer) => boolean,
): Listening {
  const decoder = new StringDecoder("utf8");
  const last = new RegExp(`\\ndrydock-done:${call}:(\\d+)\\n$`);
  const parts: string[] = [];
  let tail = "";
  const done = new Promise<number>((resolve) => {
    const hear = (chunk: Buffer): void => {
      const text = decoder.write(chunk);
      if (count(chunk)) parts.push(text);
      tail = (tail + text).slice(-markBytesMax);
      const found = last.exec(tail);
      if (found === null) return;
      stream?.off("data", hear);
      resolve(Number(found[1]));
    };
    stream?.on("data", hear);
  });
  return { done, text: () => parts.join("").replace(last, "") };
}

/** What ends an answer before its last marks. */
function ended(
  child: ChildProcess,
  timeoutMs: number,
  enough: AbortSignal,
): { readonly end: Promise<ChildRun["end"]>; forget(): void } {
  let forget = (): void => {};
  const end = new Promise<ChildRun["end"]>((resolve) => {
    const late = AbortSignal.timeout(Math.ceil(timeoutMs));
    const onLate = () => resolve({ kind: "timed-out" });
    const onEnough = () => resolve({ kind: "too-long" });
    // "close" and not "exit": what it still said is read by then.
    const onClose = () => resolve({ kind: "exited", code: 255 });
    late.addEventListener("abort", onLate, { once: true });
    enough.addEventListener("abort", onEnough, { once: true });
    child.once("close", onClose);
    forget = () => {
      late.removeEventListener("abort", onLate);
      child.off("close", onClose);
    };
  });
  return { end, forget: () => forget() };
}
