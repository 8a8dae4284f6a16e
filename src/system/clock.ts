// The real clock: the only place where the program learns what time it is, and where it waits.

import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../core/world.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  wait: async (ms) => {
    await sleep(ms);
  },
};
