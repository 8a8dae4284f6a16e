// Draws what befalls a run, and when. What each of them is stands in the simulator: faults.ts and
// interference.ts.

import type { Fault, RecordFault, SendFault } from "../../src/simulator/faults.ts";
import { kill } from "../../src/simulator/tool.ts";
import { others } from "./others.ts";
import { befall, type Play } from "./play.ts";
import type { Random } from "./random.ts";
import { sizeOf } from "./scene.ts";

/** A few faults for one run, each with its moment. */
export function drawFaults(play: Play, random: Random, count: number): readonly Fault[] {
  return Array.from({ length: count }, () => drawFault(play, random));
}

/** Somebody presses Ctrl-C at some record. */
export function drawInterrupt(play: Play, random: Random): Fault {
  return atRecord(play, random, "Ctrl-C", ({ tool }) => {
    tool.interrupted = true;
  });
}

function drawFault(play: Play, random: Random): Fault {
  const kind = random.next();
  if (kind < 0.3) return drawSend(play, random);
  if (kind < 0.5) return drawKill(play, random);
  if (kind < 0.55) return drawInterrupt(play, random);
  return drawOther(play, random);
}

/** At a record, or a moment later: then a command may be at work. */
function drawOther(play: Play, random: Random): Fault {
  const { name, does, may, pauses } = random.pick(others);
  const laterMs = pauses === true ? 0 : random.pick([0, random.between(1, 4000)]);
  const number = random.between(1, sizeOf(play.scene).records);
  return {
    at: "record",
    number,
    moment: "after",
    does: ({ site }) => {
      const happen = () => {
        const drawn = { play, random, site };
        if (may?.(drawn) === false) return;
        befall(play, name);
        return does(drawn);
      };
      if (laterMs === 0) return happen();
      play.meanwhile.push(site.clock.wait(laterMs).then(happen));
    },
  };
}

const sendFaults = [
  "not-sent",
  "never-arrives",
  "answer-lost",
  "refused",
  "hangs",
  "killed",
] as const;

function drawSend({ scene }: Play, random: Random): SendFault {
  const of = random.pick(["change", "change", "read"]);
  const what = random.pick(sendFaults);
  return { at: "send", of, what, number: random.between(1, sizeOf(scene)[of]) };
}

function drawKill(play: Play, random: Random): Fault {
  const moment = random.pick(["before", "after"]);
  return atRecord(play, random, `killed ${moment} a record`, ({ tool }) => kill(tool), moment);
}

function atRecord(
  play: Play,
  random: Random,
  kind: string,
  does: RecordFault["does"],
  moment: RecordFault["moment"] = "after",
): RecordFault {
  const number = random.between(1, sizeOf(play.scene).records);
  return {
    at: "record",
    number,
    moment,
    does: (on) => {
      befall(play, kind);
      return does(on);
    },
  };
}
