// Terminals of the demo: one that says nothing, and one that answers for the reader.

import type { Terminal } from "../cli/outside.ts";

export const silent: Terminal = {
  out: () => undefined,
  err: () => undefined,
  interactive: false,
  columns: 100,
  ask: async () => false,
  runHere: async () => 0,
};
