// One simulated cluster with the machine of its operator, from a scenario or as it was kept.

import { type Desk, newDesk } from "../simulator/desk.ts";
import type { Model } from "../simulator/model.ts";
import { openSite, type Site, type Watched } from "../simulator/site.ts";
import type { Transition } from "../simulator/transition.ts";
import type { WorldPlace } from "./place.ts";
import { type KeptWorld, keptWindows } from "./world-text.ts";

export interface World {
  readonly site: Site;
  readonly desk: Desk;
}

export function openWorld(model: Model, watched: Watched = {}): World {
  return { site: openSite(model, watched), desk: newDesk() };
}

/** Goes on with a world that was kept: no process is at work there. */
export function reopenWorld(kept: KeptWorld, watched: Watched = {}): World {
  const desk = newDesk(kept.desk.holder);
  for (const { id, records, files } of kept.desk.windows) {
    desk.windows.set(id, { id, records: [...records], files, claimedBy: undefined });
  }
  return { site: openSite(kept.model, { ...watched, kept: kept.kept }), desk };
}

/** The world at this moment; it goes on sharing values with it. */
export function keptOf({ site, desk }: World, scenario: string, saves = 0): KeptWorld {
  const windows = keptWindows(desk.windows.values());
  return {
    saves,
    scenario,
    model: site.model,
    kept: site.keep(),
    desk: { holder: desk.holder, windows },
  };
}

export interface Keeper {
  /** Is told of every transition; saves where a process that is killed could be gone on with. */
  readonly seen: (transition: Transition) => void;
  /** Until `end`, `world` is saved. */
  begin(world: World): void;
  end(): void;
}

const betweenLooksMs = 100;

/**
 * While a change is on its way nothing is saved: what it would have done is lost with a process
 * that is killed then, as if it had never arrived, and what was journalled before says that it was
 * sent.
 */
export function keeperOf(place: WorldPlace, { scenario, saves: before }: KeptWorld): Keeper {
  let saves = before;
  let world: World | undefined;
  let changing = false;
  let savedAtMs = 0;
  const save = () => {
    if (world === undefined) return;
    saves += 1;
    savedAtMs = performance.now();
    place.write(keptOf(world, scenario, saves));
  };
  return {
    seen: (transition) => {
      if (transition.kind === "command") {
        // A look changes nothing but the time, and at full speed there are a hundred in a second.
        if (!changing && performance.now() - savedAtMs > betweenLooksMs) save();
        changing ||= !transition.reads;
      }
      if (transition.kind === "journalled") {
        changing = false;
        save();
      }
    },
    begin: (begun) => {
      world = begun;
    },
    end: () => {
      save();
      world = undefined;
    },
  };
}
