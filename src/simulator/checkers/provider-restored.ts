// "Restart Provider After Maintenance": as it was, not "1".

import { isUp, type Model, type Pod } from "../model.ts";
import { podsOf } from "../nature/controllers.ts";
import { defineChecker } from "./checker.ts";

interface Planned {
  /** Of each provider, when the window was planned. */
  readonly replicas: Record<string, number>;
  /** The window has scaled one. */
  scaled: boolean;
  /** It has put them back: who scales one after that has the last word. */
  restored: boolean;
  theirs: boolean;
}

interface Memory {
  /** By window. */
  readonly windows: Record<string, Planned>;
  /** Somebody scaled it, and nobody has looked since. */
  unnoticed: boolean;
}

export const providerRestored = defineChecker<Memory>({
  name: "provider-restored",
  sentence: "A rotation or a hold that is closed leaves the provider with the replicas it had.",
  memory: () => ({ windows: {}, unnoticed: false }),
  see: (memory, transition, model) => {
    if (transition.kind === "asked") memory.unnoticed = false;
    if (transition.kind === "scaled") {
      const { by } = transition;
      if (by.who === "somebody") {
        memory.unnoticed = true;
        for (const one of Object.values(memory.windows)) one.theirs ||= one.restored;
      }
      const known = by.who === "drydock" ? memory.windows[by.fence?.window ?? ""] : undefined;
      if (known !== undefined) known.scaled = true;
    }
    if (transition.kind !== "journalled") return undefined;
    const { window, record } = transition;
    if (record.kind === "planned") {
      const { purpose } = record.plan;
      if (purpose !== "rotation" && purpose !== "hold") return undefined;
      memory.windows[window] = {
        replicas: replicasOf(model),
        scaled: false,
        restored: false,
        theirs: false,
      };
    }
    const planned = memory.windows[window];
    if (planned === undefined) return undefined;
    if (record.kind === "settled" && record.key.startsWith("start-provider@")) {
      planned.restored = true;
    }
    if (record.kind === "opened") {
      // A window that another one has worked after gives nothing back any more.
      for (const other of Object.values(memory.windows)) other.theirs ||= other !== planned;
    }
    if (record.kind !== "closed" || !planned.scaled) return undefined;
    if (planned.theirs || memory.unnoticed) return undefined;
    return difference(model, planned.replicas);
  },
});

function difference(model: Model, planned: Record<string, number>): string | undefined {
  for (const set of model.sets) {
    const wanted = planned[`${set.namespace}/${set.name}`];
    // One whose machine is down, or has come up again, becomes ready by itself.
    const isWell = (pod: Pod) => pod.ready || pod.reboots > 0 || !isUp(model, pod);
    const ready = podsOf(model, set).filter(isWell).length;
    if (wanted !== undefined && (set.replicas !== wanted || ready !== wanted)) {
      return `${set.name} had ${wanted}, and was left with ${set.replicas} wanted and ${ready} ready`;
    }
  }
  return undefined;
}

function replicasOf(model: Model): Record<string, number> {
  return Object.fromEntries(model.sets.map((s) => [`${s.namespace}/${s.name}`, s.replicas]));
}
