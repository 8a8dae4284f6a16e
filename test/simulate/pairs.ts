// Every pair of a crash and a lost answer: the tool is killed at a record, and an answer is lost in
// the run that goes on; or an answer is lost, and the tool is killed at a later record of the same
// run.

import type { RecordFault, SendFault } from "../../src/simulator/faults.ts";
import { kill } from "../../src/simulator/tool.ts";
import {
  drydock,
  forked,
  killedCode,
  type Ran,
  type Sandbox,
  sandbox,
  swift,
} from "../scenarios/simulated.ts";
import { count, isIn, newTally, type Slice, type Tally } from "./tally.ts";
import { type Before, seenBefore, wrongLater } from "./verdict.ts";

export const sizes = [1, 3, 5] as const;
export const ways = {
  all: "run --yes",
  needed: "run --yes --restart needed --restart-etcd",
} as const;

export interface Setting {
  readonly controlPlane: (typeof sizes)[number];
  readonly way: keyof typeof ways;
}

export const settings: readonly Setting[] = sizes.flatMap((controlPlane) =>
  (["all", "needed"] as const).map((way) => ({ controlPlane, way })),
);

/** A moment at a record of the first run. */
export interface Moment {
  readonly moment: RecordFault["moment"];
  readonly number: number;
}

export type Lost = Pick<SendFault, "of" | "number"> & {
  readonly what: "answer-lost" | "never-arrives";
};

/**
 * What an undisturbed window has: the moments at which it can be cut, and the answers it can lose.
 */
export interface Course {
  readonly moments: readonly Moment[];
  readonly losses: readonly Lost[];
}

const replicas = 2;

function begin({ controlPlane }: Setting): { readonly box: Sandbox; readonly before: Before } {
  const box = sandbox({ ...swift, controlPlane, replicas });
  return { box, before: seenBefore(box) };
}

export async function courseOf(setting: Setting): Promise<Course> {
  const { box } = begin(setting);
  const moments: Moment[] = [];
  const ran = await drydock(box, ways[setting.way], {
    faults: atEach((moment) => void moments.push(moment)),
  });
  return { moments, losses: lossesOf(ran.counted) };
}

/** Changes first: they can also be lost on their way there. */
function lossesOf(sent: { readonly changes: number; readonly reads: number }): readonly Lost[] {
  const numbers = (until: number) => Array.from({ length: until }, (_, index) => index + 1);
  return [
    ...numbers(sent.changes).flatMap((number) =>
      (["answer-lost", "never-arrives"] as const).map(
        (what) => ({ of: "change", number, what }) as const,
      ),
    ),
    ...numbers(sent.reads).map((number) => ({ of: "read", number, what: "answer-lost" }) as const),
  ];
}

/**
 * After every record, and before each for which a change was sent, the taking and the release of
 * the lock among them. What happens by itself between two records is seen at the later one.
 */
export function atEach(does: (moment: Moment) => void): readonly RecordFault[] {
  let changes = 0;
  return (["before", "after"] as const).map((moment) => ({
    at: "record",
    number: "each",
    moment,
    does: ({ number, tool }) => {
      const isAsBefore = tool.counted.changes === changes;
      changes = tool.counted.changes;
      if (moment === "before" && isAsBefore) return;
      does({ moment, number });
    },
  }));
}

function killedAt({ moment, number }: Moment): RecordFault {
  return { at: "record", moment, number, does: ({ tool }) => kill(tool) };
}

/** A crash; then a run without faults, and for each loss of the slice one that suffers it. */
export async function crashThenLoss(
  setting: Setting,
  at: { readonly moment: Moment; readonly index: number },
  slice: Slice,
): Promise<Tally> {
  const tally = newTally();
  const { box, before } = begin(setting);
  const words = ways[setting.way];
  const killed = await drydock(box, words, { faults: [killedAt(at.moment)] });
  tally.runs += 1;
  // The last moment of all has nothing left to cut off.
  if (killed.code !== killedCode) return tally;
  const alone = forked(box);
  const ran = await drydock(alone, words);
  const crash = `${setting.controlPlane}/${setting.way}/${momentName(at.moment)}`;
  note(tally, { replay: crash, kinds: ["crash"], runs: 1 }, await ended(alone, before, ran));
  for (const [index, loss] of lossesOf(ran.counted).entries()) {
    if (!isIn(slice, at.index, index)) continue;
    const trouble = await afterLoss(forked(box), words, loss, before);
    const replay = `${crash}/${lossName(loss)}`;
    note(tally, { replay, kinds: ["crash", kindOf(loss)], runs: 2 }, trouble);
  }
  return tally;
}

async function afterLoss(
  box: Sandbox,
  words: string,
  loss: Lost,
  before: Before,
): Promise<readonly string[]> {
  const first = await drydock(box, words, { faults: [{ at: "send", ...loss }] });
  return ended(box, before, first.code === 0 ? first : await drydock(box, words));
}

/** A loss; and for each later moment of the slice a crash, and a run that goes on. */
export async function lossThenCrash(
  setting: Setting,
  lost: { readonly loss: Lost; readonly index: number },
  slice: Slice,
): Promise<Tally> {
  const tally = newTally();
  const { box, before } = begin(setting);
  const words = ways[setting.way];
  const futures: { readonly moment: Moment; readonly box: Sandbox }[] = [];
  let sent = 0;
  const copy = atEach((moment) => {
    if (sent >= lost.loss.number && isIn(slice, lost.index, futures.length + skipped)) {
      futures.push({ moment, box: forked(box) });
    } else if (sent >= lost.loss.number) skipped += 1;
  });
  let skipped = 0;
  const counting: RecordFault[] = (["before", "after"] as const).map((moment) => ({
    at: "record",
    number: "each",
    moment,
    does: ({ tool }) => {
      sent = lost.loss.of === "read" ? tool.counted.reads : tool.counted.changes;
    },
  }));
  await drydock(box, words, { faults: [{ at: "send", ...lost.loss }, ...counting, ...copy] });
  tally.runs += 1;
  for (const future of futures) {
    const ran = await drydock(future.box, words);
    const place = `${setting.controlPlane}/${setting.way}`;
    const replay = `${place}/${lossName(lost.loss)}/${momentName(future.moment)}`;
    const kinds = [kindOf(lost.loss), "crash"];
    note(tally, { replay, kinds, runs: 1 }, await ended(future.box, before, ran));
  }
  return tally;
}

async function ended(
  box: Sandbox,
  before: Before,
  ran: { readonly code: number; readonly err: string },
): Promise<readonly string[]> {
  const stopped = ran.code === 0 ? [] : [`exit code ${ran.code}: ${ran.err}`];
  return [...stopped, ...(await wrongLater(box, before, { renewed: true, replicas }))];
}

function note(
  tally: Tally,
  played: { readonly replay: string; readonly kinds: readonly string[]; readonly runs: number },
  trouble: readonly string[],
): void {
  tally.windows += 1;
  tally.runs += played.runs;
  for (const kind of played.kinds) count(tally, kind);
  if (trouble.length > 0) tally.failures.push({ replay: `--pair ${played.replay}`, trouble });
}

function kindOf({ of, what }: Lost): string {
  return `${of}: ${what}`;
}

function momentName({ moment, number }: Moment): string {
  return `${moment}-${number}`;
}

function lossName({ of, number, what }: Lost): string {
  return `${of}-${number}-${what}`;
}

/** One pair again, by its name in a failure's line; undefined when that is not one. */
export async function playPair(name: string): Promise<Tally | undefined> {
  const [size = "", way = "", ...parts] = name.split("/");
  const setting = settings.find((one) => String(one.controlPlane) === size && one.way === way);
  const faults = parts.map(faultNamed);
  const [first, second] = faults;
  if (setting === undefined || first === undefined || faults.includes(undefined)) return undefined;
  const { box, before } = begin(setting);
  const words = ways[setting.way];
  const together = first.at === "send" && second !== undefined;
  const rounds = together ? [[first, second]] : [[first], second === undefined ? [] : [second]];
  const tally = newTally();
  // As in the search: after a crash alone the very next run completes.
  const clean = second === undefined ? [] : [[]];
  let ran: Pick<Ran, "code" | "err"> = { code: 1, err: "" };
  const missed: string[] = [];
  for (const round of [...rounds, ...clean]) {
    const run = await drydock(box, words, { faults: round });
    missed.push(...round.flatMap((fault) => (struck(fault, run) ? [] : [neverStruck(name)])));
    tally.runs += 1;
    ran = run;
    if (ran.code === 0) break;
  }
  note(tally, { replay: name, kinds: [], runs: 0 }, [
    ...missed,
    ...(await ended(box, before, ran)),
  ]);
  return tally;
}

/** Records and commands are other ones as soon as a plan has another step. */
function struck(fault: RecordFault | SendFault, { counted }: Ran): boolean {
  if (fault.at === "record") return fault.number === "each" || counted.records >= fault.number;
  const sent = fault.of === "read" ? counted.reads : counted.changes;
  return sent >= fault.number;
}

function neverStruck(name: string): string {
  return `${name}: not all of it struck; was it found with another version of Drydock?`;
}

function faultNamed(name: string): RecordFault | SendFault | undefined {
  const [, moment, record] = /^(before|after)-(\d+)$/.exec(name) ?? [];
  if (moment === "before" || moment === "after") {
    return killedAt({ moment, number: Number(record) });
  }
  const [, of, number, what] = /^(change|read)-(\d+)-(answer-lost|never-arrives)$/.exec(name) ?? [];
  if ((of !== "change" && of !== "read") || (what !== "answer-lost" && what !== "never-arrives")) {
    return undefined;
  }
  return { at: "send", of, number: Number(number), what };
}
