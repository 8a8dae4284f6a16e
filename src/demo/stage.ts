// What the demo is shown on: a world whose time passes as fast as the reader likes, and how it
// speaks.

import type { DemoFlags } from "../cli/demo.ts";
import { redraws } from "../cli/outside.ts";
import type { ScenarioName } from "../cli/simulated-names.ts";
import { foldJournal } from "../core/window.ts";
import { paceOf } from "../system/pace.ts";
import type { Person } from "./person.ts";
import { worldPlace } from "./place.ts";
import { makeWorld } from "./scenarios.ts";
import { type Keeper, keeperOf, keptOf, reopenWorld, type World } from "./world.ts";
import type { KeptWorld } from "./world-text.ts";

export interface Stage extends Person {
  readonly world: World;
  readonly flags: DemoFlags;
  /** Words to the reader: to stderr when stdout is for events. */
  readonly say: (text: string) => void;
  /** What strikes in the middle of something that is shown. */
  readonly tell: (what: string) => void;
  /** The file in which the world of `--kill` is kept. */
  readonly file: string | undefined;
  /** A window was left by an earlier demo. */
  readonly resumed: boolean;
  close(): Promise<void>;
}

/** Also what `--simulated` without a name means, so that its commands see what `--kill` keeps. */
const scenario: ScenarioName = "healthy";

export async function openStage(flags: DemoFlags, person: Person): Promise<Stage> {
  const { terminal } = person;
  const say = (text: string) => (flags.json ? terminal.err : terminal.out)(`${text}\n`);
  const clear = redraws(terminal) && !flags.json ? "\r\u001b[K" : "";
  const kept = flags.kill ? await takeUp(flags) : undefined;
  const begun = kept?.begun ?? keptOf(await makeWorld(scenario), scenario);
  const pace = paceOf(flags.speed);
  const world = reopenWorld(
    begun,
    kept === undefined ? { pace } : { pace, seen: kept.keeper.seen },
  );
  kept?.keeper.begin(world);
  return {
    ...person,
    world,
    flags,
    say,
    tell: (what) => say(`${clear}  >>> SIMULATED FAULT: ${what}`),
    file: kept?.file,
    resumed: kept?.resumed ?? false,
    close: async () => {
      kept?.keeper.end();
      await kept?.release();
    },
  };
}

interface TakenUp {
  readonly begun: KeptWorld;
  readonly keeper: Keeper;
  readonly file: string;
  readonly resumed: boolean;
  release(): Promise<void>;
}

/** The world of an earlier demo when a window was left in it; otherwise a new one in its place. */
async function takeUp({ state, fresh }: DemoFlags): Promise<TakenUp> {
  const place = worldPlace(state, scenario);
  if (fresh) place.forget();
  const earlier = place.read();
  const saves = earlier?.saves ?? 0;
  const { release } = await place.claim(saves);
  const resumed = earlier !== undefined && hasOpenWindow(earlier);
  const begun = resumed ? earlier : keptOf(await makeWorld(scenario), scenario, saves);
  return { begun, keeper: keeperOf(place, begun), file: place.file, resumed, release };
}

function hasOpenWindow({ desk }: KeptWorld): boolean {
  return desk.windows.some(({ records }) => {
    const state = foldJournal(records);
    return state !== undefined && state.closed === undefined;
  });
}
