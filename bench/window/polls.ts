/** Polling while something is done, and what is counted of it. */
import { type ChildProcess, fork } from "node:child_process";
import { RigError } from "../../rig/command.ts";
import type { Poll } from "./poller.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Polls all addresses (`name`, base URL) while `work` goes on. */
export async function whilePolling<T>(
  addresses: ReadonlyMap<string, string>,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly polls: readonly Poll[] }> {
  const targets = [...addresses].map(([name, base]) => `${name}=${base}/readyz`);
  const child = fork(new URL("poller.ts", import.meta.url), targets);
  try {
    await message(child);
    const value = await work();
    const polls = message(child);
    child.send("report");
    return { value, polls: (await polls) as readonly Poll[] };
  } finally {
    child.kill();
  }
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new RigError(`the poller ended with ${code}`)));
  });
}

export interface Count {
  readonly polls: number;
  readonly failed: number;
}

export function count(polls: readonly Poll[], target: string, { from, to }: Span): Count {
  const mine = polls.filter((poll) => poll.target === target && poll.at >= from && poll.at <= to);
  return { polls: mine.length, failed: mine.filter((poll) => poll.because !== undefined).length };
}

/** `3 × ECONNRESET, 1 × no answer in 1 s`, over all of the targets given. */
export function reasons(polls: readonly Poll[], targets: readonly string[]): string {
  const times = new Map<string, number>();
  for (const { target, because } of polls) {
    if (because === undefined || !targets.includes(target)) continue;
    times.set(because, (times.get(because) ?? 0) + 1);
  }
  return [...times].map(([because, n]) => `${n} × ${because}`).join(", ") || "none";
}
