// `npm run simulate`: searches through windows on the simulated cluster for one that is not
// survived.

import process from "node:process";
import { help, type Options, readOptions, type Wanted } from "./options.ts";
import { playPair, settings } from "./pairs.ts";
import { startPool } from "./pool.ts";
import { playSeed } from "./seed.ts";
import { add, newTally, type Tally } from "./tally.ts";
import { pairTasks, seedTasks, type Task } from "./task.ts";

const found = 1;
const usage = 64;
const interrupted = 130;

process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return usage;
  }
  const { wanted } = options;
  if (wanted.kind === "help") {
    process.stdout.write(help);
    return 0;
  }
  if (wanted.kind === "seed") return showSeed(wanted.seed);
  if (wanted.kind === "pair") return showPair(wanted.name);
  return search(await tasksOf(wanted), options);
}

async function showSeed(seed: number): Promise<number> {
  const { log, trouble } = await playSeed(seed);
  process.stdout.write(
    `${[...log, ...trouble, trouble.length === 0 ? "survived" : "NOT survived"].join("\n")}\n`,
  );
  return trouble.length === 0 ? 0 : found;
}

async function showPair(name: string): Promise<number> {
  const tally = await playPair(name);
  if (tally === undefined) {
    process.stderr.write(`There is no pair ${name}: such names stand in the line of a failure.\n`);
    return usage;
  }
  const trouble = tally.failures.flatMap((one) => one.trouble);
  process.stdout.write(
    `${[...trouble, trouble.length === 0 ? "survived" : "NOT survived"].join("\n")}\n`,
  );
  return trouble.length === 0 ? 0 : found;
}

async function tasksOf(
  wanted: Extract<Wanted, { kind: "seeds" | "exhaustive" }>,
): Promise<readonly Task[]> {
  if (wanted.kind === "seeds") return seedTasks(wanted.from, wanted.from + wanted.count);
  const tasks = await Promise.all(settings.map((setting) => pairTasks(setting, wanted.slice)));
  return tasks.flat();
}

async function search(tasks: readonly Task[], { jobs, json }: Options): Promise<number> {
  const startedAt = performance.now();
  const tally = newTally();
  let finished = 0;
  const seconds = () => (performance.now() - startedAt) / 1000;
  const pool = await startPool(tasks, jobs, (more) => {
    add(tally, more);
    finished += 1;
    for (const { replay, trouble } of more.failures) {
      process.stderr.write(`${trouble[0]}\n  npm run simulate -- ${replay}\n`);
    }
  });
  const progress = setInterval(
    () => {
      const part = `${finished} of ${tasks.length} parts, ${tally.windows} windows`;
      process.stderr.write(
        `${part}, ${rate(tally, seconds())} per second, ${tally.failures.length} not survived\n`,
      );
    },
    process.stderr.isTTY ? 2000 : 30_000,
  );
  let cut = false;
  process.once("SIGINT", () => {
    cut = true;
    pool.end();
  });
  await pool.done;
  clearInterval(progress);
  process.stdout.write(json ? asJson(tally, seconds(), cut) : asText(tally, seconds(), cut));
  if (tally.failures.length > 0) return found;
  return cut ? interrupted : 0;
}

function rate({ windows }: Tally, seconds: number): string {
  return (windows / seconds).toFixed(1);
}

function asText(tally: Tally, seconds: number, cut: boolean): string {
  const kinds = Object.entries(tally.befell).sort(([, a], [, b]) => b - a);
  return [
    ...(cut ? ["Interrupted: this is what was played so far."] : []),
    `${tally.windows} windows in ${tally.runs} runs of drydock, ${seconds.toFixed(0)} s, ${rate(tally, seconds)} windows per second`,
    "faults injected:",
    ...kinds.map(([kind, times]) => `  ${String(times).padStart(7)}  ${kind}`),
    tally.failures.length === 0
      ? "All of them were survived."
      : `${tally.failures.length} were not survived:`,
    ...tally.failures.map(({ replay }) => `  npm run simulate -- ${replay}`),
    "",
  ].join("\n");
}

function asJson(tally: Tally, seconds: number, cut: boolean): string {
  const windowsPerSecond = Number(rate(tally, seconds));
  return `${JSON.stringify({ ...tally, seconds, windowsPerSecond, interrupted: cut }, undefined, 2)}\n`;
}
