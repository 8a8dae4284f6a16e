// One simulated cluster at work: its model, its clock, and the checkers that watch every
// transition.

import { checkers } from "./checkers/all.ts";
import type { Checker } from "./checkers/checker.ts";
import { type Pace, type VirtualClock, virtualClock } from "./clock.ts";
import { copyModel, type Model } from "./model.ts";
import type { ModelEvent } from "./model-event.ts";
import { happen } from "./nature/events.ts";
import type { Transition } from "./transition.ts";

/** What a checker found: its name, when, and what was done. */
export interface Violation {
  readonly checker: string;
  readonly at: string;
  readonly because: string;
}

export interface Site {
  readonly model: Model;
  readonly clock: VirtualClock;
  readonly violations: Violation[];
  /** Commands under a host's fence lock: the last of the queue. */
  readonly fences: Map<string, Promise<void>>;
  /**
   * Hosts whose fence lets everyone through: a deliberate bug, to see that a checker catches it.
   */
  readonly openFences: Set<string>;
  /** Every change of the model, and everything that leaves a node, goes through here. */
  see(transition: Transition): void;
  /** Two futures from this moment: only while no command is on its way. */
  fork(): Site;
  keep(): Kept;
}

export function openSite(model: Model, watched: Watched = {}): Site {
  return siteWith(
    model,
    checkers.map((checker, index) => ({
      checker,
      memory: watched.kept?.memories[index] ?? checker.memory(),
    })),
    { ...watched, earlier: watched.kept?.violations ?? [] },
  );
}

/**
 * What the checkers know, as plain values: with a copy of the model a world can be gone on with.
 */
export interface Kept {
  readonly memories: readonly unknown[];
  readonly violations: readonly Violation[];
}

/** Where a person looks on, or goes on with what was kept. */
export interface Watched {
  readonly kept?: Kept;
  readonly pace?: Pace;
  /** Is told of every transition, when the model is already what it became. */
  readonly seen?: (transition: Transition) => void;
}

interface Watching {
  readonly checker: Checker;
  readonly memory: unknown;
}

function siteWith(
  model: Model,
  watching: readonly Watching[],
  { earlier, pace, seen }: Watched & { readonly earlier: readonly Violation[] },
): Site {
  const violations = [...earlier];
  const site: Site = {
    model,
    violations,
    fences: new Map(),
    openFences: new Set(),
    clock: virtualClock(model.now, (to) => live(site, to), pace),
    see: (transition) => {
      for (const { checker, memory } of watching) {
        const because = checker.see(memory, transition, model);
        if (because === undefined) continue;
        const at = new Date(model.now).toISOString();
        violations.push({ checker: checker.name, at, because });
      }
      seen?.(transition);
    },
    fork: () => {
      const copied = watching.map(({ checker, memory }) => ({
        checker,
        memory: structuredClone(memory),
      }));
      return siteWith(copyModel(model), copied, { earlier: violations });
    },
    keep: () => ({ memories: watching.map(({ memory }) => memory), violations }),
  };
  return site;
}

/** Lets everything happen that is due, each at its own moment. */
function live(site: Site, to: number): void {
  const { model } = site;
  for (;;) {
    const next = earliest(model.events);
    if (next === undefined || next.at > to) break;
    model.events = model.events.filter((one) => one !== next);
    model.now = Math.max(model.now, next.at);
    happen(site, next);
  }
  model.now = Math.max(model.now, to);
}

function earliest(events: readonly ModelEvent[]): ModelEvent | undefined {
  let first: ModelEvent | undefined;
  for (const event of events) if (first === undefined || event.at < first.at) first = event;
  return first;
}
