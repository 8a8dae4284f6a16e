/**
 * `npm run bench:leases-many`: `drydock leases` of thousands of leases, on the simulator, in a
 * process of its own.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runProgram } from "../src/cli/program.ts";
import { buildModel } from "../src/simulator/build/cluster.ts";
import { newDesk } from "../src/simulator/desk.ts";
import { openOutside } from "../src/simulator/outside.ts";
import { openSite } from "../src/simulator/site.ts";
import { newTool } from "../src/simulator/tool.ts";
import { median, seconds, table } from "./measure.ts";
import { bench, loadNow, publish } from "./results.ts";

const runs = 5;
const counts = [12, 5000];

interface Run {
  readonly ms: number;
  readonly mebibytes: number;
  readonly code: number;
  readonly lines: number;
}

/** The cluster is built before the time is taken; it counts for the memory. */
async function once(leases: number): Promise<Run> {
  const site = openSite(buildModel({ leases }));
  let out = "";
  const outside = openOutside({
    site,
    desk: newDesk(),
    tool: newTool(),
    terminal: {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      interactive: false,
      columns: 100,
      ask: async () => false,
      runHere: async () => 0,
    },
    claimed: (window) => new Error(window),
    unreachable: (host) => new Error(host),
  });
  const startedAt = performance.now();
  const code = await runProgram(["leases"], async () => outside);
  const ms = performance.now() - startedAt;
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  return { ms, mebibytes, code, lines: out.split("\n").length };
}

function inItsOwnProcess(leases: number): Run {
  const script = fileURLToPath(import.meta.url);
  const text = execFileSync(process.execPath, ["--import", "tsx", script, String(leases)], {
    encoding: "utf8",
  });
  const run: Run = JSON.parse(text);
  if (run.code !== 0 || run.lines < leases) throw new Error(`${leases} leases: ${text}`);
  return run;
}

const [asked] = process.argv.slice(2);
if (asked !== undefined) process.stdout.write(JSON.stringify(await once(Number(asked))));
else {
  await bench(async () => {
    const loadBefore = loadNow();
    const rows = counts.map((leases) => {
      const measured = Array.from({ length: runs }, () => inItsOwnProcess(leases));
      const times = measured.map((run) => run.ms);
      const memory = Math.max(...measured.map((run) => run.mebibytes));
      const shown = [median(times), Math.min(...times), Math.max(...times)].map(seconds);
      return [`${leases} leases`, ...shown, `${memory.toFixed(0)} MiB`];
    });
    await publish({
      bench: "leases-many",
      command: "npm run bench:leases-many",
      loadBefore,
      against: [
        `The simulated cluster; ${runs} runs of each, each in a new process that also holds the cluster`,
        "To stay under: 5 s and 300 MB with 5000 leases",
      ],
      lines: table(["`drydock leases`", "median", "least", "most", "memory at most"], rows),
    });
  });
}
