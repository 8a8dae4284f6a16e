// Not in the guide, which restarts nothing: a component that is killed cuts off whoever it was
// answering.

import { defineChecker } from "./checker.ts";

export const endedGracefully = defineChecker<object>({
  name: "ended-gracefully",
  sentence: "No component is killed before it was asked to end and given time for it.",
  memory: () => ({}),
  see: (_, transition) => {
    if (transition.kind !== "disturbed" || transition.killed !== true) return undefined;
    if (transition.by.who !== "drydock") return undefined;
    return `${transition.name} of ${transition.host} was killed`;
  },
});
