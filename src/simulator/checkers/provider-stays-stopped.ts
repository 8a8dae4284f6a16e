// "Always stop the akash-provider service before performing maintenance on your Kubernetes
// cluster."

import type { Model } from "../model.ts";
import { podsOf } from "../nature/controllers.ts";
import type { Transition } from "../transition.ts";
import { defineChecker } from "./checker.ts";

interface Memory {
  /** Somebody started it, and nobody could have noticed yet. */
  unnoticed: boolean;
  /** By rotation, the checks of nodes that are still to be renewed. */
  left: Record<string, readonly string[]>;
}

export const providerStaysStopped = defineChecker<Memory>({
  name: "provider-stays-stopped",
  sentence: "Nothing of the control plane is disturbed while a provider runs or is wanted.",
  memory: () => ({ unnoticed: false, left: {} }),
  see: (memory, transition, model) => {
    switch (transition.kind) {
      case "scaled":
        if (transition.to === 0) return undefined;
        if (transition.by.who === "somebody") memory.unnoticed = true;
        return transition.by.who === "drydock"
          ? startedTooEarly(memory, transition.by.fence?.window)
          : undefined;
      case "asked":
        memory.unnoticed = false;
        return undefined;
      case "journalled":
        // A new step has to look again before it changes anything, but for what mends an API server
        // that nobody could ask (docs/decisions/0010).
        if (transition.record.kind === "began" && !isMending(transition.record.key)) {
          memory.unnoticed = false;
        }
        follow(memory, transition);
        return undefined;
      case "disturbed": {
        if (transition.by.who !== "drydock" || memory.unnoticed) return undefined;
        const up = providerThatIsUp(model);
        return up === undefined
          ? undefined
          : `${transition.name} of ${transition.host} was disturbed while ${up} was up`;
      }
      default:
        return undefined;
    }
  },
});

function isMending(key: string): boolean {
  return key.startsWith("finish-renewal@");
}

/** A window that was abandoned gives the provider back with nodes left as they are. */
function follow(
  { left }: Memory,
  { window, record }: Extract<Transition, { readonly kind: "journalled" }>,
): void {
  if (record.kind === "planned" && record.plan.purpose === "rotation") {
    const checks = record.plan.steps.filter(({ step }) => step === "verify-renewal");
    left[window] = checks.map(({ key }) => key);
  }
  if (record.kind === "settled")
    left[window] = left[window]?.filter((key) => key !== record.key) ?? [];
  if (record.kind === "abandoned") left[window] = [];
}

function startedTooEarly({ left }: Memory, window: string | undefined): string | undefined {
  const [first] = left[window ?? ""] ?? [];
  return first === undefined ? undefined : `a provider was started before ${first}`;
}

function providerThatIsUp(model: Model): string | undefined {
  const up = model.sets
    .filter((set) => set.labels["app.kubernetes.io/name"] === "provider")
    .find((set) => set.replicas > 0 || podsOf(model, set).length > 0);
  return up === undefined ? undefined : `${up.namespace}/${up.name}`;
}
