/** RESULTS.md: each bench rewrites what stands between its own markers, and nothing else. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { arch, cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { must, RigError } from "../rig/command.ts";
import { kernelVersion } from "../rig/kernel.ts";

const file = fileURLToPath(new URL("RESULTS.md", import.meta.url));
export const drydockScript = fileURLToPath(new URL("../dist/drydock.js", import.meta.url));

/** The load average, which a bench takes before it begins: afterwards the load is its own. */
export function loadNow(): string {
  return loadavg()
    .map((load) => load.toFixed(2))
    .join(" ");
}

export interface Section {
  /** `window` for `npm run bench:window`. */
  readonly bench: string;
  readonly command: string;
  readonly loadBefore: string;
  /** What it ran against, beside Drydock and this machine. */
  readonly against: readonly string[];
  readonly lines: readonly string[];
}

/** Prints the results, and puts them into RESULTS.md. */
export async function publish(section: Section): Promise<void> {
  const { bench, lines } = section;
  const text = [...(await circumstances(section)), "", ...lines].join("\n");
  process.stdout.write(`\n${text}\n`);
  const [begin, end] = [`<!-- ${bench}: begin -->`, `<!-- ${bench}: end -->`];
  const before = await readFile(file, "utf8");
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) throw new RigError(`${file} has no markers for ${bench}`);
  const kept = [before.slice(0, from + begin.length), before.slice(to)];
  await writeFile(file, kept.join(`\n${text}\n`));
  process.stdout.write(`\nWritten to ${file}\n`);
}

async function circumstances(section: Section): Promise<readonly string[]> {
  const [first] = cpus();
  const cores = `${cpus().length} cores (${first?.model.trim() ?? "unknown"})`;
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const commit = (await must(["git", "rev-parse", "--short", "HEAD"], { timeoutMs: 5000 })).trim();
  return [
    `- When: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, Drydock at ${commit}`,
    `- Machine: ${cores}, ${memory}, Linux ${kernelVersion(release())} ${arch()}, Node ${process.version}`,
    `- Load average before it began: ${section.loadBefore}`,
    ...section.against.map((line) => `- ${line}`),
    `- Again: \`npm run build && ${section.command}\``,
  ];
}

/** What is measured is what users get: the bundle, and it must be there. */
export function mustBeBuilt(): void {
  if (!existsSync(drydockScript)) throw new RigError("dist/drydock.js is missing: npm run build");
}

/** Runs a bench; a fault of the machine is told without a stack. */
export async function bench(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
