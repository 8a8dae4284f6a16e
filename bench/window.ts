/**
 * `npm run bench:window`: Drydock's window on the rig beside kubespray's own way and bare scripts,
 * in turn, with every API server and the load balancer polled ten times a second. It renews and
 * restarts; the cluster is left healthy.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { RigError } from "../rig/command.ts";
import { say } from "../rig/progress.ts";
import { balancerAddress, type Settings } from "../rig/settings.ts";
import { savedSettings } from "../rig/status.ts";
import { bench, loadNow, mustBeBuilt, publish } from "./results.ts";
import { bareAll, bareAtOnce, bareNeeded } from "./window/bare.ts";
import { controlPlaneContainers, restartedSince } from "./window/containers.ts";
import { drydockWindow } from "./window/drydock.ts";
import { kubesprayScript } from "./window/kubespray.ts";
import { whilePolling } from "./window/polls.ts";
import { balancer, type Run, report, type Way, ways } from "./window/report.ts";
import { nodeByNode } from "./window/scripts.ts";
import { settled } from "./window/settle.ts";

const idleSeconds = 30;

const scripts = {
  kubespray: kubesprayScript,
  "bare-all": bareAll,
  "bare-at-once": bareAtOnce,
  "bare-needed": bareNeeded,
};

const options = new Command("bench:window")
  .option("--rounds <number>", "how often each way is taken", Number, 3)
  .option(
    "--pause <seconds>",
    "before each run, for clients' back-off to be forgotten",
    Number,
    130,
  )
  .option("--raw <file>", "every poll and step, as JSON")
  .parse()
  .opts();

await bench(async () => {
  mustBeBuilt();
  const settings = await savedSettings(process.env);
  if (!existsSync(join(settings.runDir, "cluster.json"))) {
    throw new RigError("The rig is not up: npm run rig -- up");
  }
  const loadBefore = loadNow();
  await settled(settings);
  const addresses = addressesOf(settings);
  say(`${idleSeconds} s of polling with nothing going on`);
  const idle = await whilePolling(addresses, () => pause(idleSeconds * 1000));
  const runs: Run[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const way of ways) runs.push(await measured(settings, addresses, { round, way }));
  }
  if (options.raw !== undefined) await writeFile(options.raw, JSON.stringify({ runs, idle }));
  const busy = await settled(settings);
  say(`the cluster is healthy, ${percent(busy)} of the processors busy`);
  await publish({
    bench: "window",
    command: "npm run bench:window",
    loadBefore,
    against: [
      `The rig: ${settings.nodes.length} control plane nodes, Kubernetes ${settings.kubernetes}, host etcd ${settings.etcd}, HAProxy before the API servers, all on this machine`,
      `${options.rounds} rounds, alternating; before each run the cluster was healthy and the processors at most ${percent(Math.max(...runs.map((run) => run.busyBefore)))} busy`,
    ],
    lines: report(runs, idle.polls),
  });
});

function addressesOf(settings: Settings): ReadonlyMap<string, string> {
  const url = (address: string) => `https://${address}:6443`;
  return new Map([
    [balancer, url(balancerAddress)],
    ...settings.nodes.map(({ name, address }) => [name, url(address)] as const),
  ]);
}

async function measured(
  settings: Settings,
  addresses: ReadonlyMap<string, string>,
  { round, way }: { readonly round: number; readonly way: Way },
): Promise<Run> {
  // client-go waits up to a minute after failures, and forgets them after two minutes without any:
  // no run may pay for the API servers that the one before it has restarted.
  await pause(options.pause * 1000);
  const busyBefore = await settled(settings);
  say(`round ${round}: ${way}, ${percent(busyBefore)} of the processors busy before it`);
  const before = await controlPlaneContainers(settings);
  const { value, polls } = await whilePolling(addresses, () => take(settings, way));
  const restarted = restartedSince(before, await controlPlaneContainers(settings));
  const run = { way, busyBefore, polls, restarted, ...value };
  const { from, to } = run.rotation;
  say(`round ${round}: ${way}: ${((to - from) / 1000).toFixed(1)} s, restarted ${restarted}`);
  return run;
}

async function take(
  settings: Settings,
  way: Way,
): Promise<Pick<Run, "whole" | "rotation" | "steps">> {
  if (way === "all" || way === "needed") return drydockWindow(settings, way);
  const { whole, nodes } = await nodeByNode(settings, scripts[way]);
  const steps = [...nodes].map(([host, ms]) => ({ step: way, host, ms }));
  return { whole, rotation: whole, steps };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
