/**
 * `npm run bench:leases`: how many leases are lost on the rig and in the simulator, side by side,
 * without a tool, by the guide, and by Drydock. The rig is left as `up` leaves it, with renewed
 * certificates.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { RigError } from "../rig/command.ts";
import { say } from "../rig/progress.ts";
import { savedSettings } from "../rig/status.ts";
import { showWait, timesOf } from "../src/akash/lease-clock.ts";
import { clock, rigCluster } from "./leases/rig.ts";
import { laterMs, maxRetries, outageMs, type Played, playAll } from "./leases/scenarios.ts";
import { simulatedCluster } from "./leases/simulated.ts";
import { seconds, table } from "./measure.ts";
import { bench, loadNow, mustBeBuilt, publish } from "./results.ts";

const options = new Command("bench:leases")
  .option("--simulator-only", "prints, and publishes nothing")
  .parse()
  .opts();

await bench(async () => {
  const loadBefore = loadNow();
  const simulated = await playAll(simulatedCluster(), say);
  if (options.simulatorOnly === true) return;
  mustBeBuilt();
  const settings = await savedSettings(process.env);
  if (!existsSync(join(settings.runDir, "cluster.json"))) {
    throw new RigError("The rig is not up: npm run rig -- up");
  }
  const rig = await rigCluster(settings);
  const real = await playAll(rig, say).finally(() => rig.close());
  await publish({
    bench: "leases",
    command: "npm run bench:leases",
    loadBefore,
    against: against(settings.nodes.length, settings.kubernetes),
    lines: report(real, simulated),
  });
});

function against(nodes: number, kubernetes: string): readonly string[] {
  const periods = { retryPeriodMs: 4000, retryJitterMs: 15_000 };
  const checks = { checkPeriodMs: 10_000, checkJitterMs: 5000 };
  const { earliestMs, meanMs } = timesOf({ maxRetries, ...periods, ...checks });
  const wait = `${showWait(meanMs)} on average, never before ${showWait(earliestMs)}`;
  return [
    `The rig: ${nodes} control plane nodes, Kubernetes ${kubernetes}; 12 leases; a stand-in provider and a stand-in chain (rig/README.md)`,
    "The simulator: 3 control plane nodes; 12 leases; its own model of the provider, of the chain and of time",
    `The lease clock of both: ${maxRetries} retries, 4 s, 15 s: ${wait}. On the rig it goes ${1 / clock} times as fast`,
    `(a): ${showWait(outageMs)} by that clock, ${seconds(outageMs * clock)} on the rig. (d): ${showWait(laterMs)} by it, ${seconds(laterMs * clock)} on the rig`,
  ];
}

function report(real: readonly Played[], simulated: readonly Played[]): readonly string[] {
  const cells = ({ left }: Played) => [
    `${left.closed} of ${left.leases}`,
    String(left.tornDown),
    String(left.restartedPods),
  ];
  const rows = real.flatMap((one) => {
    const twin = simulated.find(({ letter }) => letter === one.letter);
    if (twin === undefined) return [];
    return [[`(${one.letter}) ${one.title}`, ...cells(one), ...cells(twin), seconds(one.ms)]];
  });
  const of = (where: string) =>
    ["leases lost", "namespaces gone", "pods restarted"].map((what) => `${where}: ${what}`);
  return table(["what is done", ...of("rig"), ...of("simulator"), "took on the rig"], rows);
}
