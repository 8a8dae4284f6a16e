// For a person: a line per step that is redrawn while it is at work, with the time and what it
// waits for.

import { styleText } from "node:util";
import type { WindowEvent } from "../../core/event.ts";
import type { Outside } from "../outside.ts";
import { printableEvent, seconds } from "./plain.ts";
import type { View } from "./view.ts";

const redrawMs = 200;
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

interface Current {
  readonly key: string;
  readonly title: string;
  readonly since: number;
  readonly doing: string;
}

export function terminalView(outside: Outside): View {
  const { terminal, clock } = outside;
  let current: Current | undefined;
  let turns = 0;
  const clear = () => terminal.out("\r\u001b[K");
  const draw = () => {
    if (current === undefined) return;
    const turn = spinner[turns++ % spinner.length] ?? "";
    const elapsed = seconds(clock.now() - current.since);
    const text = `${current.key}  ${current.doing === "" ? current.title : current.doing}`;
    const room = Math.max(20, terminal.columns - elapsed.length - 8);
    terminal.out(`\r\u001b[K  ${styleText("cyan", turn)} ${cut(text, room)}  ${elapsed}`);
  };
  const timer = setInterval(draw, redrawMs);
  const print = (line: string) => {
    clear();
    terminal.out(`${line}\n`);
    draw();
  };
  return {
    event: (raw) => {
      const event = printableEvent(raw);
      current = follow(current, event);
      const line = lineOf(event, terminal.columns);
      if (line !== undefined) print(line);
      else draw();
    },
    end: () => {
      clearInterval(timer);
      current = undefined;
      clear();
    },
  };
}

function follow(current: Current | undefined, event: WindowEvent): Current | undefined {
  switch (event.kind) {
    case "began":
      return { key: event.planned.key, title: event.title, since: event.at, doing: "" };
    case "acting":
      return current && { ...current, doing: event.act };
    case "waiting":
      return current && { ...current, doing: `waiting: ${event.because}` };
    case "acted":
    case "lost":
    case "opened":
      return current;
    default:
      return undefined;
  }
}

function lineOf(event: WindowEvent, columns: number): string | undefined {
  switch (event.kind) {
    case "opened":
      return `${event.resumed ? "Going on with" : "Opened"} window ${event.window}`;
    case "settled": {
      const because = cut(event.verdict.because, Math.max(20, columns - event.key.length - 16));
      return `  ${styleText("green", "✓")} ${event.key}  ${styleText("dim", `${seconds(event.ms)}  ${because}`)}`;
    }
    case "lost":
      return `  ${styleText("yellow", "!")} ${event.key}  undone by somebody else: ${event.because}`;
    case "stopped":
      return `  ${styleText("red", "✗")} ${event.key}  ${event.because}`;
    default:
      return undefined;
  }
}

function cut(text: string, room: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
