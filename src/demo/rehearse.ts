// `drydock rehearse`: the very plan on a simulated likeness of a cluster that was only looked at.

import { exitCodes, Failure } from "../cli/exit.ts";
import { nameLines } from "../cli/help-text.ts";
import type { RehearseFlags } from "../cli/rehearse.ts";
import { runCommand } from "../cli/rotation.ts";
import { demoFaults, isNamed } from "../cli/simulated-names.ts";
import { jsonDocument } from "../cli/views/json.ts";
import { seconds } from "../cli/views/plain.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { controlPlaneHosts } from "../cluster/facts.ts";
import { counted } from "../core/counted.ts";
import { planRotation } from "../runbook.ts";
import { buildModel } from "../simulator/build/cluster.ts";
import type { Fault } from "../simulator/faults.ts";
import { Killed } from "../simulator/tool.ts";
import { survey } from "../survey.ts";
import { placesOf, type Story, storyAbout } from "./faults.ts";
import { type Likeness, likenessOf } from "./likeness.ts";
import { outsideOf } from "./outside.ts";
import type { Person } from "./person.ts";
import { silent } from "./terminal.ts";
import { stateText } from "./workloads.ts";
import { openWorld, type World } from "./world.ts";

/** The code of a process that was killed with -9. */
const killedCode = 137;
const mendingMs = 10_000;

interface StepTime {
  /** Of which run: the second one goes on after somebody mended what befell the first. */
  readonly run: number;
  readonly key: string;
  readonly ms: number;
}

interface Rehearsal {
  readonly cluster: string;
  /**
   * Steps of the plan for the real cluster that the simulated one has not, and the other way round.
   */
  readonly differences: readonly string[];
  readonly steps: readonly StepTime[];
  /** On the simulated clock, from the first command to the end. */
  readonly ms: number;
  /** What befell it. */
  readonly told: readonly string[];
  /** What was done about it before it was run again; empty where it was not. */
  readonly mended: readonly string[];
  readonly code: number;
  /** How its story ends: completed, or refused with the likeness as it had been. */
  readonly asPromised: boolean;
  /** What was said of it, when it did not complete. */
  readonly said: readonly string[];
  /** What the checkers found. */
  readonly violations: readonly string[];
  readonly notModelled: readonly string[];
}

/**
 * Returns the exit code: 0 when the window ended on the likeness as its story promises, with all
 * checkers content.
 */
export async function rehearse(
  facts: ClusterFacts,
  flags: RehearseFlags & { readonly again: string },
  { terminal }: Person,
): Promise<number> {
  const likeness = likenessOf(facts);
  const world = openWorld(buildModel(likeness.shape));
  const story = storyOf(flags, facts);
  const differences = await compared(world, facts, flags);
  const rehearsal = {
    cluster: facts.cluster,
    differences,
    notModelled: likeness.notModelled,
    ...(await play(world, flags, story)),
  };
  terminal.out(flags.json ? jsonDocument(rehearsal) : text(rehearsal, flags.again, likeness));
  if (rehearsal.violations.length > 0) return exitCodes.stopped;
  if (rehearsal.asPromised) return exitCodes.ok;
  return rehearsal.code === exitCodes.ok ? exitCodes.stopped : rehearsal.code;
}

function storyOf({ fault }: RehearseFlags, facts: ClusterFacts): Story | undefined {
  if (fault === undefined) return undefined;
  const nodes = controlPlaneHosts(facts).map(({ name }) => name);
  if (isNamed(demoFaults, fault)) return storyAbout(fault, placesOf(nodes));
  throw new Failure(
    "usage",
    `there is no fault "${fault}"`,
    `There are:\n${nameLines(demoFaults).join("\n")}`,
  );
}

/** The simulated cluster, surveyed and planned as the real one was, must lead to the same steps. */
async function compared(
  world: World,
  facts: ClusterFacts,
  flags: RehearseFlags,
): Promise<readonly string[]> {
  const run = { terminal: silent, interrupted: () => false, source: "" };
  const { outside } = outsideOf(world, run);
  const cluster = await outside.openCluster({}, { connect: "none" });
  const { clock } = outside;
  const { name, hosts, chain } = cluster;
  const simulated = await survey({ cluster: name, hosts, clock, chain });
  const keys = (of: ClusterFacts) =>
    planRotation(of, { ...flags, window: "rehearsal" }).steps.map(({ key }) => key);
  return differences(keys(facts), keys(simulated));
}

/** Between the steps that are planned and those that are played, in their order. */
export function differences(
  planned: readonly string[],
  played: readonly string[],
): readonly string[] {
  const both = planned.filter((key) => played.includes(key));
  const playedToo = played.filter((key) => planned.includes(key));
  const at = both.findIndex((key, index) => key !== playedToo[index]);
  return [
    ...planned.filter((key) => !played.includes(key)).map((key) => `${key} is not played`),
    ...played
      .filter((key) => !planned.includes(key))
      .map((key) => `${key} is played, and not planned`),
    ...(at < 0 ? [] : [`${playedToo[at]} is played where ${both[at]} is planned`]),
  ];
}

async function play(world: World, flags: RehearseFlags, story: Story | undefined) {
  const told: string[] = [];
  const mended: string[] = [];
  const steps: StepTime[] = [];
  const { site } = world;
  const from = site.model.now;
  const faults = story?.arrange(world, (what) => told.push(what)) ?? [];
  const before = stateText(site.model);
  const said: string[] = [];
  let code = await runOnce(world, flags, { number: 1, faults, steps, said });
  if (code !== exitCodes.ok && story?.mends !== undefined) {
    mended.push(story.mends.says);
    story.mends.does(world);
    await site.clock.wait(mendingMs);
    said.length = 0;
    code = await runOnce(world, flags, { number: 2, faults: [], steps, said });
  }
  const isRefused = code !== exitCodes.ok && stateText(site.model) === before;
  return {
    told,
    mended,
    asPromised: story?.ends === "refused" ? isRefused : code === exitCodes.ok,
    said,
    steps,
    code,
    ms: site.model.now - from,
    violations: site.violations.map(({ checker, because }) => `${checker}: ${because}`),
  };
}

/** One process of `drydock run --yes`; the seconds of each step it settled are added to `steps`. */
async function runOnce(
  world: World,
  flags: RehearseFlags,
  run: {
    readonly number: number;
    readonly faults: readonly Fault[];
    readonly steps: StepTime[];
    readonly said: string[];
  },
): Promise<number> {
  const hear = (words: string) => {
    run.said.push(...words.split("\n").filter((line) => line !== ""));
  };
  const heard = (words: string) => {
    for (const line of words.split("\n")) {
      if (!line.startsWith('{"kind":"settled"')) continue;
      const { key, ms }: StepTime = JSON.parse(line);
      run.steps.push({ run: run.number, key, ms });
    }
  };
  const { outside } = outsideOf(world, {
    terminal: { ...silent, out: heard, err: hear },
    interrupted: () => false,
    source: "",
    faults: run.faults,
  });
  try {
    return await runCommand(outside, {}, { ...flags, json: true, yes: true });
  } catch (error) {
    if (error instanceof Killed) return killedCode;
    if (!(error instanceof Failure)) throw error;
    hear(`${error.message}\n${error.remedy}`);
    return exitCodes[error.exit];
  }
}

function text(rehearsal: Rehearsal, again: string, { shape }: Likeness): string {
  const { cluster, differences, steps, told, code, violations } = rehearsal;
  const nodes = `${counted(shape.controlPlane ?? 0, "control plane node")}, ${counted(shape.workers ?? 0, "worker")}`;
  const lines = [
    `REHEARSAL of ${cluster} on a simulated likeness of it: ${nodes}. The cluster was only looked at.`,
    ...(differences.length === 0
      ? [steps.length === 0 ? notBegun : toTheLetter]
      : ["The plan differs from what could be played:", ...differences.map((one) => `  ${one}`)]),
    ...stepLines(steps, 1),
    ...told.map((what) => `Befell it: ${what}`),
    ...rehearsal.mended.map((what) => `Then: ${what}`),
    ...stepLines(steps, 2),
    `${code === exitCodes.ok ? "Carried out" : `Ended with exit code ${code}`}, in ${seconds(rehearsal.ms)} on the simulated clock.`,
    ...(code === exitCodes.ok ? [] : rehearsal.said.map((line) => `  ${line}`)),
    ...(rehearsal.asPromised && code !== exitCodes.ok
      ? ["It was to be refused, and was: nothing of the likeness was changed (compared)."]
      : []),
    violations.length === 0
      ? "Every checker watched, and found nothing."
      : `FOUND:\n${violations.map((one) => `  ${one}`).join("\n")}`,
    "Not modelled:",
    ...rehearsal.notModelled.map((one) => `  ${one}`),
    code === exitCodes.ok
      ? `Nothing was changed. To carry it out: ${again}`
      : "Nothing was changed.",
  ];
  return `${lines.join("\n")}\n`;
}

const notBegun = "The window was not begun there: what is in its way is said below.";
const toTheLetter =
  "The plan for the cluster was played to the letter: the same steps in the same order.";

function stepLines(steps: readonly StepTime[], run: number): readonly string[] {
  const width = Math.max(...steps.map(({ key }) => key.length));
  return steps
    .filter((one) => one.run === run)
    .map(({ key, ms }) => `  ${key.padEnd(width)}  ${seconds(ms)}`);
}
