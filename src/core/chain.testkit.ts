// For tests that need a world, and no chain in it.

import type { Chain } from "./chain.ts";
import { unreadable } from "./outcome.ts";

export const noChain: Chain = {
  ask: async () => ({ kind: "not-asked", because: "there is no chain here" }),
  find: async () => unreadable("there is no chain here"),
};
