// One run of a window: what it works with, and its two ways of telling what it does.

import type { EventBody, Reporter } from "./event.ts";
import type { RecordBody } from "./journal.ts";
import type { Registry } from "./plan.ts";
import type { World } from "./world.ts";

export interface Run {
  readonly world: World;
  readonly registry: Registry;
  readonly window: string;
  /** What every command of this run is fenced with. */
  readonly epoch: number;
  readonly report: Reporter;
  /** Returns `holding` before the first closing step, with the window left open. */
  readonly stopBeforeClosing?: boolean;
  /** Hosts that nobody reaches: nothing is mended there. */
  readonly away?: readonly string[];
  /**
   * Gives the lock back, once every step is done and before the window is closed: after a kill in
   * between it is still open, and running it again closes it. The other way round the lock would
   * stay.
   */
  readonly release?: () => Promise<void>;
}

/** Durable before it returns. */
export async function note(run: Run, body: RecordBody): Promise<void> {
  await run.world.journal.append(run.world.clock.now(), body);
}

/** For views only: nothing depends on it. */
export function tell(run: Run, body: EventBody): void {
  run.report({ ...body, at: run.world.clock.now() });
}
