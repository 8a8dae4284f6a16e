// For tests of the engine: a cluster of hosts with a lamp each, which steps switch on and off.

import { memoryJournal } from "../simulator/memory-journal.ts";
import { noChain } from "./chain.testkit.ts";
import { act, type Command } from "./command.ts";
import { type RunEnd, runWindow } from "./engine.ts";
import type { WindowEvent } from "./event.ts";
import type { Journal, JournalRecord, RecordBody } from "./journal.ts";
import type { Outcome } from "./outcome.ts";
import { type Plan, type PlannedStep, planVersion } from "./plan.ts";
import type { Run } from "./run.ts";
import {
  blocked,
  defineCheck,
  defineStep,
  needed,
  satisfied,
  unclear,
  type Verdict,
} from "./step.ts";
import type { Host, World } from "./world.ts";

/** What a host's lamp shows, and how a host may answer the next commands that change something. */
export interface Lamps {
  readonly shown: Map<string, string>;
  /** Taken from the front; without one the command is carried out and exits with 0. */
  readonly answers: ((carryOut: () => Outcome) => Outcome)[];
  /** Everything that happened, in its order: looks, commands with their fence, journal records. */
  readonly happened: string[];
  /** Called before each look, by the number of looks so far. */
  beforeLook: (looks: number) => void;
  interrupted: boolean;
  now: number;
}

export function newLamps(shown: Readonly<Record<string, string>> = {}): Lamps {
  return {
    shown: new Map(Object.entries(shown)),
    answers: [],
    happened: [],
    beforeLook: () => undefined,
    interrupted: false,
    now: 0,
  };
}

export const exited = (code: number, stdout = "", stderr = ""): Outcome => ({
  kind: "exited",
  code,
  stdout,
  stderr,
});

/**
 * Goal: the lamp shows this text. `unclear` and `broken` are shown by lamps that cannot be judged.
 */
const lamp = defineStep<string, string>({
  id: "lamp",
  title: "Switch the lamp",
  guide: "none",
  settleMs: 10_000,
  why: () => "",
  proof: () => "",
  observe: async (look) => {
    const outcome = await look.run({ argv: ["look"], reads: true, timeoutMs: 1000 });
    return outcome.kind === "exited" ? outcome.stdout : outcome.kind;
  },
  judge: (seen, goal): Verdict => {
    if (seen === goal) return satisfied(`it shows ${seen}`);
    if (seen === "unclear") return unclear("it flickers");
    if (seen === "broken") return blocked("it is broken", "Buy another lamp.");
    return needed(`it shows ${seen}, not ${goal}`);
  },
  // One that warms up is waited for.
  change: (seen, goal) =>
    (seen === "warming" ? [] : ["unplug", goal]).map((to) =>
      act({ argv: ["switch", to], timeoutMs: 1000 }),
    ),
});

/** Waits for the lamp, and never touches it. */
const checkLamp = defineCheck({ ...lamp, id: "check-lamp" });

/** Has something to say when its time is over. */
const countLamps = defineCheck({
  ...lamp,
  id: "count-lamps",
  atLast: (seen) => satisfied("nobody knows", { seen: String(seen) }),
});

export const registry = new Map([lamp, checkLamp, countLamps].map((step) => [step.id, step]));

export function planned(key: string, goal: string, more: Partial<PlannedStep> = {}): PlannedStep {
  const [step = "", host = ""] = key.split("@");
  return { key, step: step.split(":")[0] ?? "", host, goal, ...more };
}

export function planOf(...steps: readonly PlannedStep[]): Plan {
  return { version: planVersion, purpose: "rotation", cluster: "prod", lockHosts: [], steps };
}

/** A journal that begins with the plan. */
export function journalOf(...steps: readonly PlannedStep[]): Journal {
  return journalOfPlan(planOf(...steps));
}

/** With what was recorded before this run. */
export function journalOfPlan(plan: Plan, ...more: readonly RecordBody[]): Journal {
  const bodies: readonly RecordBody[] = [
    { kind: "planned", window: "w1", plan },
    { kind: "opened", epoch: 3, holder: "ann@desk" },
    ...more,
  ];
  return memoryJournal(bodies.map((body, index) => ({ seq: index + 1, at: 0, ...body })));
}

function host(name: string, lamps: Lamps): Host {
  let looks = 0;
  return {
    name,
    run: async (command) => {
      if (command.argv[0] === "look") {
        lamps.beforeLook(++looks);
        lamps.happened.push(`look ${name}`);
        return exited(0, lamps.shown.get(name) ?? "off");
      }
      return carryOut(name, lamps, command);
    },
    fetch: async () => ({ kind: "not-sent", because: "lamps have no files" }),
  };
}

function carryOut(name: string, lamps: Lamps, command: Command): Outcome {
  const [, , , fence, , token, ...argv] = command.argv;
  if (argv[0] !== "switch") return exited(0);
  const to = argv[1] ?? "";
  lamps.happened.push(`${fence} ${token}: ${argv.join(" ")} on ${name}`);
  const act = () => {
    if (to !== "unplug") lamps.shown.set(name, to);
    return exited(0);
  };
  return (lamps.answers.shift() ?? ((go) => go()))(act);
}

function worldOf(lamps: Lamps, journal: Journal): World {
  const names = ["node1", "node2", "node3"];
  return {
    hosts: new Map(names.map((name) => [name, host(name, lamps)])),
    clock: {
      now: () => lamps.now,
      wait: async (ms) => {
        lamps.now += ms;
      },
    },
    journal: {
      records: () => journal.records(),
      append: (at, body) => {
        lamps.happened.push(noteOf(body));
        return journal.append(at, body);
      },
    },
    store: { location: "here", stat: async () => undefined },
    chain: noChain,
    interrupted: () => lamps.interrupted,
  };
}

function noteOf(body: RecordBody): string {
  return "key" in body ? `note ${body.kind} ${body.key}` : `note ${body.kind}`;
}

export interface Ran {
  readonly end: RunEnd;
  readonly records: readonly JournalRecord[];
  readonly events: readonly WindowEvent[];
}

export async function runLamps(
  lamps: Lamps,
  journal: Journal,
  how: Pick<Run, "stopBeforeClosing"> = {},
): Promise<Ran> {
  const { run, events } = runOf(lamps, journal);
  const end = await runWindow({ ...run, ...how });
  return { end, records: journal.records(), events };
}

export function runOf(
  lamps: Lamps,
  journal: Journal,
): { readonly run: Run; readonly events: readonly WindowEvent[] } {
  const events: WindowEvent[] = [];
  const world = worldOf(lamps, journal);
  const report = (event: WindowEvent) => events.push(event);
  return { run: { world, registry, window: "w1", epoch: 3, report }, events };
}

/** What was switched, in its order. */
export function switched(lamps: Lamps): readonly string[] {
  return lamps.happened.flatMap((line) => /switch (\S+ on \S+)$/.exec(line)?.[1] ?? []);
}
