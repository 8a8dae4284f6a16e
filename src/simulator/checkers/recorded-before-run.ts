// The journal is written before the act: whatever happened on a host stands in it, or never was sent.

import { defineChecker } from "./checker.ts";

/** By window: the act that the last record announces, once. */
type Memory = Record<string, string>;

export const recordedBeforeRun = defineChecker<Memory>({
  name: "recorded-before-run",
  sentence:
    "Each change was announced, in the same words, by the last record of its window's journal.",
  memory: () => ({}),
  see: (memory, transition) => {
    if (transition.kind === "journalled") {
      const { window, record } = transition;
      memory[window] = record.kind === "sending" ? record.act : "";
      return undefined;
    }
    if (transition.kind !== "command" || transition.reads) return undefined;
    // The lock's own commands come before there is anything to record.
    const isCopy = transition.shown.startsWith("copy ");
    if (transition.fence === undefined && !isCopy) return undefined;
    const window = transition.fence?.window ?? transition.window ?? "";
    const announced = memory[window];
    memory[window] = "";
    if (announced === transition.shown) return undefined;
    return `${transition.host}: "${transition.shown}" was not announced by the last record`;
  },
});
