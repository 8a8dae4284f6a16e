// Plays tasks in several processes: one that has finished gets the next.

import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle.ts";
import type { Tally } from "./tally.ts";
import type { Task } from "./task.ts";

/**
 * There is a process for each processor: threads that collect garbage would only take each other's.
 * Measured with two on two: a window takes a fifth less time.
 */
const oneProcessor = ["--single-threaded-gc", "--max-semi-space-size=64"];

export interface Pool {
  /** When every task is played, or the search was ended. */
  readonly done: Promise<void>;
  /** Ends every process; what they were at is not counted. */
  end(): void;
}

export async function startPool(
  tasks: readonly Task[],
  jobs: number,
  played: (tally: Tally) => void,
): Promise<Pool> {
  let next = 0;
  const folder = await mkdtemp(join(tmpdir(), "drydock-simulate-"));
  const program = await workerIn(folder);
  const workers = Array.from({ length: Math.min(jobs, tasks.length) }, () =>
    fork(program, { execArgv: ["--enable-source-maps", ...oneProcessor] }),
  );
  const ends = workers.map((worker) => work(worker, () => tasks[next++], played));
  return {
    done: Promise.all(ends)
      .then(() => undefined)
      .finally(() => rm(folder, { recursive: true })),
    end: () => {
      next = tasks.length;
      for (const worker of workers) worker.kill("SIGKILL");
    },
  };
}

async function workerIn(folder: string): Promise<string> {
  const program = join(folder, "worker.mjs");
  const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const { code, map } = await bundle(worker, "bundle");
  await writeFile(program, `${code}\n//# sourceMappingURL=worker.mjs.map\n`);
  await writeFile(`${program}.map`, map);
  return program;
}

function work(
  worker: ChildProcess,
  take: () => Task | undefined,
  played: (tally: Tally) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let finished = false;
    worker.on("message", (said: "ready" | Tally) => {
      if (said !== "ready") played(said);
      const task = take();
      if (task === undefined) {
        finished = true;
        worker.disconnect();
      } else worker.send(task);
    });
    worker.on("exit", (code, signal) => {
      if (finished || signal === "SIGKILL") resolve();
      else reject(new Error(`a process of the search ended with ${code ?? signal}`));
    });
  });
}
