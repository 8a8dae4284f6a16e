// The guide's "Restart Provider After Maintenance": the provider back as it was, and ready.

import {
  notRunningBecause,
  type ProviderSeen,
  previousReplicasAnnotation,
} from "../akash/provider.ts";
import { act } from "../core/command.ts";
import { counted } from "../core/counted.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import { annotateStatefulSet, scaleStatefulSet } from "../programs/kubectl.ts";
import { getProvider, parseProvider } from "../programs/provider-objects.ts";
import type { RememberReplicasGoal } from "./stop-provider.ts";

export type StartProviderGoal = RememberReplicasGoal & {
  /**
   * It is at 0, and nobody says that it is meant to be: for the plan and the reports, which say so.
   */
  readonly leftStopped?: true;
};

export const startProvider = defineStep<StartProviderGoal, Reading<ProviderSeen | undefined>>({
  id: "start-provider",
  title: "Start the provider",
  guide: "Restart Provider After Maintenance",
  // The chart's liveness probe alone waits 240 s, and the pod waits for its RPC node before that.
  settleMs: 600_000,
  pollMs: 1000,
  why: ({ replicas }) =>
    replicas === 0
      ? "It was stopped before the window, so it stays stopped."
      : `It goes back to ${counted(replicas, "replica")}, as before the window.`,
  proof: ({ namespace, name, replicas }) =>
    `StatefulSet ${namespace}/${name} wants ${replicas}, and ${replicas} are ready`,
  observe: async (look, goal) => parseProvider(await look.run(getProvider(goal)), goal),
  judge: (seen, { namespace, name, replicas }) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    if (seen.value === undefined) {
      return blocked(
        `StatefulSet ${namespace}/${name} is gone`,
        "Find out who removed the provider, put it back, and run again.",
      );
    }
    const because = notRunningBecause(seen.value, replicas);
    if (because === undefined) {
      return satisfied(
        `${namespace}/${name} has ${replicas} of ${counted(replicas, "replica")} ready`,
      );
    }
    return seen.value.replicas === replicas ? unclear(because) : needed(because);
  },
  undoneBy: (_, { replicas }) => (replicas === 0 ? undefined : "stop-provider"),
  change: (_, { namespace, name, replicas }) => [
    act(scaleStatefulSet({ namespace, name, replicas })),
  ],
});

export const forgetReplicas = defineStep<StartProviderGoal, Reading<ProviderSeen | undefined>>({
  id: "forget-replicas",
  title: "Forget the provider's earlier replicas",
  guide: "Restart Provider After Maintenance",
  settleMs: 60_000,
  why: () => "A note that outlives its use would mislead the next start.",
  proof: () => `no annotation ${previousReplicasAnnotation} on the StatefulSet`,
  observe: async (look, goal) => parseProvider(await look.run(getProvider(goal)), goal),
  judge: (seen) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    if (seen.value?.previousReplicas === undefined) return satisfied("no note is left");
    if (seen.value.replicas === 0) return satisfied("the provider is stopped, and needs its note");
    return needed(`it still says ${seen.value.previousReplicas}`);
  },
  change: (_, { namespace, name }) => [
    act(
      annotateStatefulSet({
        namespace,
        name,
        annotation: previousReplicasAnnotation,
        value: undefined,
      }),
    ),
  ],
});
