// `drydock demo`: what is shown, in its order. The window itself is `drydock run` and nothing else.

import { env } from "node:process";
import type { DemoFlags } from "../cli/demo.ts";
import { exitCodes, Failure } from "../cli/exit.ts";
import { nameLines } from "../cli/help-text.ts";
import { runCommand } from "../cli/rotation.ts";
import { demoFaults, isNamed } from "../cli/simulated-names.ts";
import { jsonLine } from "../cli/views/json.ts";
import { shortPlan } from "../cli/views/plan.ts";
import { quote } from "../core/command.ts";
import { planRotation } from "../runbook.ts";
import { checkers } from "../simulator/checkers/all.ts";
import type { Fault } from "../simulator/faults.ts";
import { Killed } from "../simulator/tool.ts";
import { survey } from "../survey.ts";
import { placesOf, type Story, storyAbout } from "./faults.ts";
import { showGuide } from "./guide.ts";
import { outsideOf } from "./outside.ts";
import type { Person } from "./person.ts";
import { makeWorld } from "./scenarios.ts";
import { sourceOf } from "./simulated.ts";
import { openStage, type Stage } from "./stage.ts";
import { stateText, untouched, type Workload, workloadsOf } from "./workloads.ts";

const places = placesOf(["node1", "node2", "node3"]);
const usual: Story = { arrange: () => [], ends: "completed" };
/** The code of a process that was killed with -9. */
const killedCode = 137;
/** Until somebody has mended what broke, on the simulated clock. */
const mendingMs = 10_000;

export async function showDemo(flags: DemoFlags, person: Person): Promise<number> {
  const story = storyOf(flags);
  if (flags.guide) return showGuide(flags, person);
  const stage = await openStage(flags, person);
  const { world, say, resumed } = stage;
  try {
    introduce(stage);
    if (!resumed) await showPlan(stage);
    const faults = story.arrange(world, stage.tell);
    const before = stateText(world.site.model);
    const code = await showWindow(stage, story, faults);
    if (code === exitCodes.interrupted) return leave(stage);
    let promised = code === exitCodes.ok;
    if (story.ends === "refused") {
      const same = stateText(world.site.model) === before;
      say(
        `\nExit code ${code}. ${same ? "Nothing was changed" : "SOMETHING WAS CHANGED"} (compared).`,
      );
      promised = same && !promised;
    }
    const whole = await conclude(stage);
    return promised && whole ? exitCodes.ok : exitCodes.stopped;
  } finally {
    await stage.close();
  }
}

function storyOf({ speed, fault, kill, guide }: DemoFlags): Story {
  const usage = (message: string, remedy: string) => new Failure("usage", message, remedy);
  if (!(speed > 0))
    throw usage(
      "--speed is more than 0",
      "1 is as fast as a real cluster, 100 takes a second or two.",
    );
  const shows = [fault !== undefined, kill, guide].filter(Boolean).length;
  if (shows > 1) throw usage("--fault, --kill and --guide are demos of their own", "Say one.");
  if (fault === undefined) return usual;
  if (isNamed(demoFaults, fault)) return storyAbout(fault, places);
  throw usage(`there is no fault "${fault}"`, `There are:\n${nameLines(demoFaults).join("\n")}`);
}

function introduce({ world, say, flags, file, resumed }: Stage): void {
  const workloads = workloadsOf(world.site.model);
  say(
    [
      "SIMULATED: three control plane nodes, an Akash provider and its leases, in this process's memory.",
      `No real cluster is touched. Time passes ${flags.speed} times as fast as on a real one (--speed).`,
      "What runs is `drydock run` itself: the same steps, commands, journal, view and report.",
      "",
      `${workloads.length} leases, with what runs for them:`,
      ...workloads.map(
        ({ namespace, dseq, state, pods }) =>
          `  dseq ${dseq}  ${state}  namespace ${namespace.slice(0, 12)}…  ${podsText(pods)}`,
      ),
      "",
    ].join("\n"),
  );
  if (file === undefined) return;
  say(`Press Ctrl-C whenever you like, twice to stop at once, or kill -9 this process: then run`);
  say(`\`${demoAgain(killWords(flags))}\` again. (Kept in ${file}; --fresh begins anew.)\n`);
  if (resumed) say("An earlier demo left a window here. It is gone on with:\n");
}

function podsText(pods: Workload["pods"]): string {
  const ready = pods.filter((pod) => pod.ready).length;
  const restarts = pods.reduce((sum, pod) => sum + pod.restarts, 0);
  return `${ready} of ${pods.length} pods ready, ${restarts} restarts`;
}

/** What finds the world again that is kept. */
function killWords({ state }: DemoFlags): string {
  return state === undefined ? "--kill" : `--kill --state ${quote(state)}`;
}

function demoAgain(words: string): string {
  return said("demo", words);
}

/**
 * How the reader says it: npm sets this for `npm run demo`, when no drydock need be on the PATH.
 */
function said(script: "demo" | "drydock", words: string): string {
  if (env.npm_lifecycle_event === "demo") return `npm run ${script} -- ${words}`;
  return script === "demo" ? `drydock demo ${words}` : `drydock ${words}`;
}

/** In short, as `drydock run` shows it before it asks. */
async function showPlan(stage: Stage): Promise<void> {
  const { outside } = outsideOf(stage.world, {
    terminal: stage.terminal,
    interrupted: stage.interrupted,
    source: "--simulated",
  });
  const cluster = await outside.openCluster({}, { connect: "none" });
  const { clock } = outside;
  const { name, hosts, chain } = cluster;
  const facts = await survey({ cluster: name, hosts, clock, chain });
  const options = { window: "shown", restart: "all", restartEtcd: false, skip: [] } as const;
  const plan = planRotation(facts, options);
  stage.say(
    `The plan in short: ${plan.steps.length} steps\n${shortPlan(plan, stage.terminal.columns).join("\n")}\n`,
  );
}

async function showWindow(stage: Stage, story: Story, faults: readonly Fault[]): Promise<number> {
  const code = await runOnce(stage, faults);
  const { mends } = story;
  if (code === exitCodes.ok || code === exitCodes.interrupted || mends === undefined) return code;
  stage.say(`\nExit code ${code}. ${mends.says}\n`);
  mends.does(stage.world);
  await stage.world.site.clock.wait(mendingMs);
  return runOnce(stage, []);
}

/** One process of `drydock run --yes`, and its exit code. */
async function runOnce(stage: Stage, faults: readonly Fault[]): Promise<number> {
  const { terminal, interrupted, world, say, flags, file } = stage;
  const source = sourceIn(stage);
  // What is not kept is gone on with within the demo, or not at all.
  const again = file === undefined ? {} : { again: demoAgain(killWords(flags)) };
  const run = { terminal, interrupted, source, faults, ...again };
  const { outside } = outsideOf(world, run);
  const { json } = flags;
  say(`$ drydock run --yes ${source}`);
  try {
    return await runCommand(
      outside,
      {},
      { json, yes: true, restart: "all", restartEtcd: false, skip: [] },
    );
  } catch (error) {
    if (error instanceof Killed) return killedCode;
    if (!(error instanceof Failure)) throw error;
    terminal.err(`${error.message}\n${error.remedy}\n`);
    return exitCodes[error.exit];
  }
}

/** What is not kept is found nowhere. */
function sourceIn({ file, flags }: Stage): string {
  return sourceOf({ simulated: true, state: file === undefined ? undefined : flags.state });
}

function leave(stage: Stage): number {
  const { say, file, flags } = stage;
  const again = demoAgain(killWords(flags));
  if (file === undefined)
    say(`This demo was not kept, and cannot be gone on with; \`${again}\` keeps it.`);
  else
    say(
      `Kept. To go on: \`${again}\`. To see it as it is: \`${said("drydock", `status ${sourceIn(stage)}`)}\`.`,
    );
  return exitCodes.interrupted;
}

/** Compares the world with what it was, and says what it found; false when a promise was broken. */
async function conclude({ world, say, terminal, flags }: Stage): Promise<boolean> {
  const before = workloadsOf((await makeWorld("healthy")).site.model);
  const same = untouched(before, workloadsOf(world.site.model)).length;
  const { violations } = world.site;
  if (flags.json) {
    const found = { kind: "workloads", simulated: true, leases: before.length, untouched: same };
    terminal.out(jsonLine({ ...found, violations }));
  }
  say(
    [
      "",
      `${same} of ${before.length} leases' workloads untouched: active, the same pods, as ready, not restarted (compared).`,
      `${checkers.length} checkers watched every change of the simulated cluster, and found ${violations.length === 0 ? "nothing" : "a broken promise"}.`,
      ...violations.map(({ checker, because }) => `  ${checker}: ${because}`),
      "",
      "Try next:",
      ...next.map(([words, what]) => `  ${demoAgain(words).padEnd(38)} ${what}`),
      `  ${said("drydock", "plan --simulated").padEnd(38)} every command that works on a cluster takes it`,
    ].join("\n"),
  );
  return same === before.length && violations.length === 0;
}

const next = [
  ["--kill", "press Ctrl-C or kill -9 it, and run it again"],
  ["--fault kill", "one of the faults that --help lists"],
  ["--guide", "what the guide's own commands leave behind"],
] as const;
