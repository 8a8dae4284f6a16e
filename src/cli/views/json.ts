// One event, one line of JSON, on stdout: for scripts. The shapes are those of core/event.ts.

import type { Terminal } from "../outside.ts";
import type { View } from "./view.ts";

export function jsonView(terminal: Pick<Terminal, "out">): View {
  return {
    event: (event) =>
      terminal.out(`${JSON.stringify({ ...event, at: new Date(event.at).toISOString() })}\n`),
    end: () => undefined,
  };
}
