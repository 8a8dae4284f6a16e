// The journal is written before the act: whatever happened on a host stands in it, or never was
// sent.

import type { JournalRecord } from "../../core/journal.ts";
import { defineChecker } from "./checker.ts";

/** By a host that is away, the one that does its part of a window's end. */
type StandIns = Readonly<Record<string, string>>;

interface Memory {
  /** By window: the act that the last record announces, once, and the host of its step. */
  readonly announced: Record<string, { readonly act: string; readonly host: string }>;
  /**
   * What the operator was told since a window was opened last: it is of the one that is opened
   * next.
   */
  told: StandIns;
  /** By window, as its newest run was told. */
  readonly standIns: Record<string, StandIns>;
}

export const recordedBeforeRun = defineChecker<Memory>({
  name: "recorded-before-run",
  sentence:
    "Each change was announced, in the same words and for that host, by the last record of its window's journal.",
  memory: () => ({ announced: {}, told: {}, standIns: {} }),
  see: (memory, transition) => {
    if (transition.kind === "printed") hear(memory, transition.text);
    if (transition.kind === "journalled") note(memory, transition.window, transition.record);
    if (transition.kind !== "command" || transition.reads) return undefined;
    // The lock's own commands come before there is anything to record.
    const isCopy = transition.shown.startsWith("copy ");
    if (transition.fence === undefined && !isCopy) return undefined;
    const { host, shown } = transition;
    const window = transition.fence?.window ?? transition.window ?? "";
    const announced = memory.announced[window];
    delete memory.announced[window];
    if (announced?.act !== shown) return `${host}: "${shown}" was not announced by the last record`;
    const wanted = announced.host;
    if (wanted === host || memory.standIns[window]?.[wanted] === host) return undefined;
    return `${host}: "${shown}" was announced for ${wanted}`;
  },
});

/** The journal names the host of the plan; who stands in for it is only said to the operator. */
function hear(memory: Memory, text: string): void {
  const said = /^(\S+) does what (\S+) was to do at the end\.$/m.exec(text);
  const [, standIn, away] = said ?? [];
  if (standIn !== undefined && away !== undefined)
    memory.told = { ...memory.told, [away]: standIn };
}

function note(memory: Memory, window: string, record: JournalRecord): void {
  delete memory.announced[window];
  if (record.kind === "opened") {
    memory.standIns[window] = memory.told;
    memory.told = {};
  }
  if (record.kind !== "sending") return;
  const { act, key } = record;
  memory.announced[window] = { act, host: key.slice(key.lastIndexOf("@") + 1) };
}
