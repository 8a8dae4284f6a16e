// "Always stop the akash-provider service before performing maintenance on your Kubernetes cluster."

import type { Model } from "../model.ts";
import { podsOf } from "../nature/controllers.ts";
import { defineChecker } from "./checker.ts";

interface Memory {
  /** Somebody started it, and nobody could have noticed yet. */
  unnoticed: boolean;
}

export const providerStaysStopped = defineChecker<Memory>({
  name: "provider-stays-stopped",
  sentence: "Nothing of the control plane is disturbed while a provider runs or is wanted.",
  memory: () => ({ unnoticed: false }),
  see: (memory, transition, model) => {
    switch (transition.kind) {
      case "scaled":
        if (transition.by.who === "somebody" && transition.to > 0) memory.unnoticed = true;
        return undefined;
      case "asked":
        memory.unnoticed = false;
        return undefined;
      case "journalled":
        // A new step has to look again before it changes anything.
        if (transition.record.kind === "began") memory.unnoticed = false;
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

function providerThatIsUp(model: Model): string | undefined {
  const up = model.sets
    .filter((set) => set.labels["app.kubernetes.io/name"] === "provider")
    .find((set) => set.replicas > 0 || podsOf(model, set).length > 0);
  return up === undefined ? undefined : `${up.namespace}/${up.name}`;
}
