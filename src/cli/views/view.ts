// A view is a fold over the engine's events. Which one is used is decided once, here.

import type { WindowEvent } from "../../core/event.ts";
import { type Outside, redraws } from "../outside.ts";
import { jsonView } from "./json.ts";
import { plainView } from "./plain.ts";
import { terminalView } from "./terminal.ts";

export interface View {
  event(event: WindowEvent): void;
  /** Stops redrawing. */
  end(): void;
}

/** `source`: the options that name the cluster, for commands in remedies. */
export function chooseView(
  outside: Outside,
  { json, source }: { readonly json: boolean; readonly source: string },
): View {
  if (json) return jsonView(outside.terminal, source);
  return redraws(outside.terminal) ? terminalView(outside) : plainView(outside.terminal);
}
