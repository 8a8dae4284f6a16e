// What one process is given at a time, and how it is carried out.

import {
  courseOf,
  crashThenLoss,
  type Lost,
  lossThenCrash,
  type Moment,
  type Setting,
} from "./pairs.ts";
import { playSeed } from "./seed.ts";
import { add, count, isIn, newTally, type Slice, type Tally } from "./tally.ts";

export type Task =
  | { readonly kind: "seeds"; readonly from: number; readonly until: number }
  | {
      readonly kind: "crash";
      readonly setting: Setting;
      readonly at: { readonly moment: Moment; readonly index: number };
      readonly slice: Slice;
    }
  | {
      readonly kind: "loss";
      readonly setting: Setting;
      readonly lost: { readonly loss: Lost; readonly index: number };
      readonly slice: Slice;
    };

export function carryOut(task: Task): Promise<Tally> {
  switch (task.kind) {
    case "seeds":
      return playSeeds(task.from, task.until);
    case "crash":
      return crashThenLoss(task.setting, task.at, task.slice);
    case "loss":
      return lossThenCrash(task.setting, task.lost, task.slice);
  }
}

/** `until` is excluded. */
async function playSeeds(from: number, until: number): Promise<Tally> {
  const tally = newTally();
  for (let seed = from; seed < until; seed++) {
    const { runs, befell, trouble } = await playSeed(seed);
    const failures = trouble.length === 0 ? [] : [{ replay: `--seed ${seed}`, trouble }];
    add(tally, { windows: 1, runs, befell: {}, failures });
    for (const [kind, times] of befell) count(tally, kind, times);
  }
  return tally;
}

export function seedTasks(from: number, until: number): readonly Task[] {
  const each = 10;
  const tasks: Task[] = [];
  for (let first = from; first < until; first += each) {
    tasks.push({ kind: "seeds", from: first, until: Math.min(until, first + each) });
  }
  return tasks;
}

/** All pairs of the slice on one setting: first crashes, then losses. */
export async function pairTasks(setting: Setting, slice: Slice): Promise<readonly Task[]> {
  const { moments, losses } = await courseOf(setting);
  const crashes = moments.map((moment, index) => ({ moment, index }));
  const lost = losses.map((loss, index) => ({ loss, index }));
  return [
    ...crashes
      .filter(({ index }) => isIn(slice, index))
      .map((at): Task => ({ kind: "crash", setting, at, slice })),
    ...lost
      .filter(({ index }) => isIn(slice, index))
      .map((one): Task => ({ kind: "loss", setting, lost: one, slice })),
  ];
}
