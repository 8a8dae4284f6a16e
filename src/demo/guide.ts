// `drydock demo --guide`: the guide's commands to the letter, what they leave behind, and Drydock
// beside them on the same cluster.

import type { DemoFlags } from "../cli/demo.ts";
import { exitCodes } from "../cli/exit.ts";
import { runCommand } from "../cli/rotation.ts";
import { jsonLine } from "../cli/views/json.ts";
import { controlPlane } from "../simulator/model.ts";
import { openShell, type Shell, typed } from "../simulator/shell.ts";
import { guideOn } from "./guide-commands.ts";
import { type LeftBehind, leftBehind } from "./left-behind.ts";
import { outsideOf } from "./outside.ts";
import type { Person } from "./person.ts";
import { makeWorld } from "./scenarios.ts";
import { openStage, type Stage } from "./stage.ts";
import { silent } from "./terminal.ts";
import type { World } from "./world.ts";

/** How long after the last command the cluster is looked at: everything has settled by then. */
const settleMs = 60_000;

export async function showGuide(flags: DemoFlags, person: Person): Promise<number> {
  const stage = await openStage(flags, person);
  stage.say(
    'SIMULATED: the commands of Akash\'s "Updates & Maintenance", to the letter, on three control\nplane nodes. No real cluster is touched.\n',
  );
  const guide = await byTheGuide(stage);
  if (guide === undefined) return exitCodes.interrupted;
  stage.say("\nThe same cluster once more: `drydock run`, as fast as this machine can.\n");
  const drydock = await byDrydock();
  if (flags.json) {
    const sides = { guide: Object.fromEntries(guide), drydock: Object.fromEntries(drydock) };
    person.terminal.out(jsonLine({ kind: "left-behind", simulated: true, ...sides }));
  }
  stage.say(comparison(guide, drydock));
  return exitCodes.ok;
}

/** Undefined when it was interrupted. */
async function byTheGuide(stage: Stage): Promise<LeftBehind | undefined> {
  const { world, interrupted } = stage;
  const { model, clock } = world.site;
  const before = (await makeWorld("healthy")).site.model;
  const startedAt = clock.now();
  const shells = controlPlane(model).map(openShell);
  for (const { host: shell, lines } of guideOn(shells)) {
    for (const line of lines) {
      if (interrupted()) return undefined;
      await show(stage, shell, line);
    }
  }
  const seconds = (clock.now() - startedAt) / 1000;
  await clock.wait(settleMs);
  const left = leftBehind(before, model, []);
  return new Map([...left, ["seconds of commands alone", seconds.toFixed(0)]]);
}

const shownLinesMax = 12;

async function show({ world, say }: Stage, shell: Shell, line: string): Promise<void> {
  say(`${shell.host.name}# ${line}`);
  const { code, stdout, stderr } = await typed(world.site, shell, line);
  const lines = `${stderr}${stdout}`.split("\n").filter((one) => one.trim() !== "");
  for (const one of lines.slice(0, shownLinesMax)) say(`  ${one}`);
  if (lines.length > shownLinesMax) say(`  … ${lines.length - shownLinesMax} more lines`);
  if (code !== 0) say(`  exit code ${code}`);
}

async function byDrydock(): Promise<LeftBehind> {
  const before = (await makeWorld("healthy")).site.model;
  const world = await makeWorld("healthy");
  const startedAt = world.site.clock.now();
  const { outside } = outsideOf(world, {
    terminal: silent,
    interrupted: () => false,
    source: "--simulated",
  });
  const flags = { json: false, yes: true, restart: "all", restartEtcd: false, skip: [] } as const;
  const code = await runCommand(outside, {}, flags);
  const seconds = (world.site.clock.now() - startedAt) / 1000;
  await world.site.clock.wait(settleMs);
  const left = leftBehind(before, world.site.model, filesHere(world));
  const ended = code === exitCodes.ok ? "" : `, exit code ${code}`;
  return new Map([...left, ["seconds of commands alone", `${seconds.toFixed(0)}${ended}`]]);
}

function filesHere({ desk }: World) {
  return [...desk.windows.values()].flatMap(({ files }) => [...files.values()]);
}

function comparison(guide: LeftBehind, drydock: LeftBehind): string {
  const lines = [...guide].flatMap(([what, left]) => [
    what,
    `  the guide   ${left}`,
    `  drydock run ${drydock.get(what) ?? ""}`,
  ]);
  return `What was left behind, read from both simulated clusters a minute later:\n\n${lines.join("\n")}\n`;
}
