// Lines for a log: one when a step acts or waits, one when it is settled. Nothing is redrawn.

import { counted } from "../../core/counted.ts";
import type { WindowEvent } from "../../core/event.ts";
import { absurd } from "../../core/invariant.ts";
import { printable } from "../../core/printable.ts";
import type { Instant } from "../../core/world.ts";
import type { Terminal } from "../outside.ts";
import type { View } from "./view.ts";

export function plainView(terminal: Pick<Terminal, "out">): View {
  return {
    event: (event) => {
      const line = plainLine(printableEvent(event));
      if (line === undefined) return;
      terminal.out(`${timeOf(event.at)} ${line}\n`);
    },
    end: () => undefined,
  };
}

/** What programs and endpoints said may hold anything: nothing of it may move a cursor. */
export function printableEvent(event: WindowEvent): WindowEvent {
  switch (event.kind) {
    case "acting":
      return { ...event, act: printable(event.act) };
    case "waiting":
    case "lost":
    case "stopped":
      return { ...event, because: printable(event.because) };
    case "settled":
      return { ...event, verdict: { ...event.verdict, because: printable(event.verdict.because) } };
    case "acted": {
      const { because } = event.outcome;
      if (because === undefined) return event;
      return { ...event, outcome: { ...event.outcome, because: printable(because) } };
    }
    default:
      return event;
  }
}

/** The line of an event; undefined for those that say nothing new to a reader of logs. */
export function plainLine(event: WindowEvent): string | undefined {
  switch (event.kind) {
    case "opened":
      return `${event.resumed ? "going on with" : "opened"} window ${event.window}, ${counted(event.plan.steps.length, "step")}`;
    case "began":
      return undefined;
    case "acting":
      return `${event.key}: ${event.act}`;
    case "acted":
      return event.outcome.because === undefined
        ? undefined
        : `${event.key}: ${event.outcome.because}`;
    case "waiting":
      return `${event.key}: waiting: ${event.because}`;
    case "lost":
      return `${event.key}: undone by somebody else: ${event.because}; restoring it`;
    case "settled":
      return `${event.key}: ok in ${seconds(event.ms)}: ${event.verdict.because}`;
    case "stopped":
      return `${event.key}: stopped: ${event.because}`;
    case "interrupted":
      return `${event.key}: interrupted`;
    case "closed":
      return `window ${event.how}`;
    default:
      return absurd(event);
  }
}

/** Of the day, in UTC: `03:00:00Z`. */
export function timeOf(at: Instant): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}

export function seconds(ms: number): string {
  // Rounded first: 59.96 s is a minute, and no minute has 60 s.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
