// Plays one seed: a window on a drawn cluster with drawn faults, run again and mended until it is
// closed.

import { exitCodes } from "../../src/cli/exit.ts";
import { newDesk } from "../../src/simulator/desk.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { writeFile } from "../../src/simulator/files.ts";
import { controlPlane, type Model } from "../../src/simulator/model.ts";
import { somebody } from "../../src/simulator/transition.ts";
import { drydock, killedCode, type Ran, type Sandbox, sandbox } from "../scenarios/simulated.ts";
import { breakDeadLocks, nextOperator, openPurpose, repair } from "./people.ts";
import { befall, type Play } from "./play.ts";
import { type Random, randomFrom } from "./random.ts";
import { replacedLate } from "./replaced.ts";
import { drawScene, type Scene } from "./scene.ts";
import { drawFaults, drawInterrupt } from "./troubles.ts";
import { seenBefore, wrongLater } from "./verdict.ts";

export interface Played {
  readonly seed: number;
  /** How often drydock was run until the window was closed. */
  readonly runs: number;
  readonly befell: ReadonlyMap<string, number>;
  /** All that was wrong; none when the seed is survived. */
  readonly trouble: readonly string[];
  readonly log: readonly string[];
}

/** Runs with faults; after them people have mended everything, and nothing more befalls it. */
const faultyRunsMax = 3;
const runsMax = 9;
/** Real time: far more than the longest seed takes. */
const endlessMs = 60_000;

export async function playSeed(seed: number): Promise<Played> {
  const random = randomFrom(seed);
  const scene = drawScene(random);
  const box = furnished(sandbox(scene.shape), scene);
  const play: Play = {
    scene,
    box,
    rival: { site: box.site, desk: newDesk("rival@laptop") },
    befell: new Map(),
    meanwhile: [],
    log: [
      `${JSON.stringify(scene.shape)} ${scene.automation.join(" ")} ${scene.ending}: ${scene.words}`,
    ],
    tool: undefined,
    runs: 0,
    told: undefined,
    theirsToSay: false,
    scaledIn: new Set(),
    renewedByHand: false,
    replaced: [],
  };
  const trouble = await orEndless(play, () => carryOut(play, random));
  const { runs, befell, log } = play;
  return { seed, runs, befell, trouble, log };
}

/** Somebody has set a timer up, and Akash's own cron job, before the operator comes. */
function furnished(box: Sandbox, { automation }: Scene): Sandbox {
  const { site } = box;
  const hosts = controlPlane(site.model);
  for (const host of automation.includes("timer") ? hosts : []) host.renewTimer = "enabled/active";
  for (const host of automation.includes("cron") ? hosts.slice(0, 1) : []) {
    const path = "/etc/cron.d/akash-force-new-replicasets";
    const content = "*/5 * * * * root /usr/local/bin/akash-force-new-replicasets.sh\n";
    writeFile(site, host, path, { content }, somebody);
  }
  return box;
}

async function orEndless(
  play: Play,
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const endless = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => {
      if (play.tool !== undefined) play.tool.dead = true;
      resolve([`it did not end within ${endlessMs / 1000} s`]);
    }, endlessMs);
  });
  try {
    return await Promise.race([work(), endless]);
  } catch (error) {
    return [`it threw: ${error instanceof Error ? error.stack : String(error)}`];
  } finally {
    clearTimeout(timer);
  }
}

async function carryOut(play: Play, random: Random): Promise<readonly string[]> {
  const { box, scene } = play;
  const before = seenBefore(box);
  let completed = false;
  for (let run = 1; run <= runsMax; run++) {
    const faulty = run <= faultyRunsMax;
    if (!faulty || (run > 1 && random.chance(0.5))) await repair(play);
    if (!faulty) await breakDeadLocks(play);
    if (run > 1) await box.site.clock.wait(random.between(0, 300_000));
    const operator = nextOperator(play);
    const faults = faulty ? drawnFor(play, random, run) : [];
    const { words, ran } = await runOnce(play, operator, faults);
    const silent = wordless(words, ran);
    if (silent !== undefined) return [silent, ...play.log];
    const isForAnotherWindow = play.told === closing;
    play.told = toldBy(box, ran);
    if (isForAnotherWindow) continue;
    completed ||= ran.code === exitCodes.ok || ran.code === exitCodes.leasesUnknown;
    const closed = [box, play.rival].every((one) => openPurpose(one) === undefined);
    if (completed && closed) break;
    if (run === runsMax) return [`${words} still ends with ${ran.code}: ${ran.err}`];
  }
  await repair(play);
  await breakDeadLocks(play);
  return wrongLater(box, before, {
    renewed: scene.ending === "run",
    replicas: scene.shape.replicas,
    theirsToSay: play.theirsToSay || isScaledInUntouched(play),
    renewedByHand: play.renewedByHand,
    replacedLate: replacedLate(play),
    cutOff: cutOff(play),
  });
}

/** A window that is closed before it has sent anything leaves the provider as somebody wants it. */
function isScaledInUntouched({ box, scaledIn }: Play): boolean {
  return [...scaledIn].some((id) => {
    const records = box.desk.windows.get(id)?.records ?? [];
    return !records.some(({ kind }) => kind === "sending");
  });
}

/** Whatever the window's last look saw, an API server may have ended since. */
function cutOff({ befell }: Play): boolean {
  return [
    "an etcd member dies",
    "etcd has no quorum for a while",
    "a node reboots",
    "a node's clock jumps",
    "a node's clock is wrong for a while",
    "a node comes up with its clock wrong",
    "a node loses its power while a certificate is written",
  ].some((kind) => befell.has(kind));
}

function drawnFor(play: Play, random: Random, run: number): readonly Fault[] {
  const count = run === 1 ? random.between(1, 4) : random.between(0, 2);
  const faults = drawFaults(play, random, count);
  const givesUp = play.scene.ending === "abandon" && run === 1;
  return givesUp ? [...faults, drawInterrupt(play, random)] : faults;
}

async function runOnce(
  play: Play,
  operator: Sandbox,
  faults: readonly Fault[],
): Promise<{ readonly words: string; readonly ran: Ran }> {
  const words = wordsFor(play, operator);
  const ran = await drydock(operator, words, {
    faults,
    opened: (tool) => {
      play.tool = tool;
    },
    terminal: { runHere: async () => play.scene.held },
  });
  // What is awaited may begin something itself.
  while (play.meanwhile.length > 0) await Promise.all(play.meanwhile.splice(0));
  play.runs += 1;
  for (const fault of faults) {
    if (fault.at !== "send") continue;
    const sent = fault.of === "read" ? ran.counted.reads : ran.counted.changes;
    if (sent >= fault.number) befall(play, `${fault.of}: ${fault.what}`);
  }
  const who = operator === play.box ? "" : "rival: ";
  play.log.push(`${who}${words}: ${ran.code} ${ran.err.trim().replaceAll("\n", " | ")}`);
  return { words, ran };
}

/** What the operator would run now: go on, give up, or begin. */
function wordsFor({ scene, told }: Play, operator: Sandbox): string {
  const purpose = openPurpose(operator);
  if (told !== undefined) return told;
  if (purpose === "hold") return "abandon --yes";
  if (purpose === "rotation") return scene.ending === "abandon" ? "abandon --yes" : "run --yes";
  return scene.words;
}

const closing = "abandon --yes";

/** The command that the last lines name, where it is another one than the operator's own. */
function toldBy({ site }: Sandbox, { err }: Ran): string | undefined {
  // A window that is completed, whose leases nobody could count while a machine was down.
  if (err.includes("Close this one,")) return closing;
  // The provider runs again, and what it has torn down since nobody brings back.
  const [leavingOut] = /--skip workloads --skip provider$/m.exec(err) ?? [];
  if (leavingOut === undefined || !hasTornDown(site.model)) return undefined;
  return `${closing} ${leavingOut}`;
}

function hasTornDown({ leases }: Model): boolean {
  return [...leases.values()].some(
    ({ state, hasNamespace }) => state === "active" && !hasNamespace,
  );
}

/** Whatever does not end well says what to do about it. */
function wordless(words: string, { code, out, err }: Ran): string | undefined {
  if (code === exitCodes.ok || code === killedCode) return undefined;
  if (code === exitCodes.leasesUnknown && /leases/.test(out)) return undefined;
  const isKnown = Object.values(exitCodes).some((known) => known === code && known !== 70);
  if (!isKnown) return `${words} ended with exit code ${code}: ${err}`;
  const lines = err.trim().split("\n");
  return lines.length >= 2 ? undefined : `${words} (${code}) says no remedy: ${err}`;
}
