/** `npm run bench:start`: how long `drydock --help` takes beside Node itself. */
import { spawnSync } from "node:child_process";
import { RigError } from "../rig/command.ts";
import { median, ratio, seconds, table } from "./measure.ts";
import { bench, drydockScript, loadNow, mustBeBuilt, publish } from "./results.ts";

const runs = 20;

const contenders = [
  { name: "`node -e 0`", argv: ["-e", "0"] },
  { name: "`drydock --help`", argv: [drydockScript, "--help"] },
] as const;

await bench(async () => {
  mustBeBuilt();
  const loadBefore = loadNow();
  // The first of each reads its files from the disk: not counted.
  for (const { argv } of contenders) timeOf(argv);
  const rounds = Array.from({ length: runs }, () => contenders.map(({ argv }) => timeOf(argv)));
  const measured = contenders.map((one, index) => {
    const times = rounds.map((round) => round[index] ?? 0);
    return { ...one, ms: median(times), leastMs: Math.min(...times), mostMs: Math.max(...times) };
  });
  const base = measured[0]?.ms ?? 0;
  await publish({
    bench: "start",
    command: "npm run bench:start",
    loadBefore,
    against: [`${runs} runs of each, alternating, after one of each that is not counted`],
    lines: table(
      ["what", "median", "least", "most", "ratio"],
      measured.map(({ name, ms, leastMs, mostMs }) => [
        name,
        ...[ms, leastMs, mostMs].map(seconds),
        ratio(ms, base),
      ]),
    ),
  });
});

function timeOf(argv: readonly string[]): number {
  const startedAt = performance.now();
  const ran = spawnSync(process.execPath, argv, { stdio: "ignore", env: {}, timeout: 30_000 });
  if (ran.status !== 0) throw new RigError(`node ${argv.join(" ")}: exit ${ran.status}`);
  return performance.now() - startedAt;
}
