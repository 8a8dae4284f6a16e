// What is written for scripts: events, one a line, in the shapes of core/event.ts, and whole
// documents. Everywhere an instant is ISO 8601 in UTC, and null where the program that was asked
// told none; fields named `...Ms` are milliseconds, `...Seconds` seconds, `...Bytes` bytes.

import type { WindowEvent } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import { spellOut } from "../finish.ts";
import type { Terminal } from "../outside.ts";
import type { View } from "./view.ts";

/** `source`: the options that name the cluster: a remedy's commands are whole here, too. */
export function jsonView(terminal: Pick<Terminal, "out">, source: string): View {
  return {
    event: (event) => terminal.out(jsonLine(spelled(event, source))),
    end: () => undefined,
  };
}

function spelled(event: WindowEvent, source: string): WindowEvent {
  return event.kind === "stopped" ? { ...event, remedy: spellOut(event.remedy, source) } : event;
}

/** One of several lines. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value, withInstants)}\n`;
}

/** All that a command writes. */
export function jsonDocument(value: object | Json): string {
  return `${JSON.stringify(value, withInstants, 2)}\n`;
}

// Every field of type Instant is named so, and nothing else is.
const instant = /^(?:at|since|until|notBefore|notAfter|wellBefore)$|(?:At|Since|Until)$/;

function withInstants(name: string, value: unknown): unknown {
  if (typeof value !== "number" || !instant.test(name)) return value;
  const date = new Date(value);
  return value === 0 || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
