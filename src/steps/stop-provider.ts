// The guide's "Stop the Provider" and "Verify Provider Stopped": the provider at 0, and no pod of
// it left.

import {
  notStoppedBecause,
  type ProviderRef,
  type ProviderSeen,
  previousReplicasAnnotation,
} from "../akash/provider.ts";
import type { BeforeStop } from "../akash/stop-memory.ts";
import { act } from "../core/command.ts";
import { counted } from "../core/counted.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import { annotateStatefulSet, scaleStatefulSet } from "../programs/kubectl.ts";
import {
  findProviders,
  getProvider,
  parseProvider,
  parseProviderAmong,
  parseProviders,
} from "../programs/provider-objects.ts";
import { whereCutOff } from "./guide-sections.ts";

export type StopProviderGoal = ProviderRef & { readonly [key: string]: string };

interface Seen {
  readonly provider: Reading<ProviderSeen | undefined>;
  readonly all: Reading<readonly ProviderSeen[]>;
}

export const stopProvider = defineStep<StopProviderGoal, Seen>({
  id: "stop-provider",
  title: "Stop the provider",
  guide: "Stop the Provider; Verify Provider Stopped",
  settleMs: 120_000,
  pollMs: 500,
  why: () =>
    "A provider that runs while the control plane is disturbed counts failures, and closes leases.",
  proof: ({ namespace, name }) =>
    `StatefulSet ${namespace}/${name} wants 0, its controller has seen that, no pod of it exists, and no other release runs`,
  remedy: ({ namespace, name }) =>
    `Look why \`kubectl -n ${namespace} get statefulset ${name}\` does not show it at 0 without a pod, mend that, and run again (${whereCutOff}, where kubectl gives no answer). A pod whose node does not answer stays until that is back; only where its machine is off for certain, \`kubectl -n ${namespace} delete pod POD --force\` removes it.`,
  async observe(look, goal) {
    const found = await look.run(findProviders);
    const all = parseProviders(found);
    const mine = parseProviderAmong(found, goal);
    // It is looked at before every change: mostly one answer tells everything.
    if (mine.kind === "unreadable" || mine.value !== undefined) return { provider: mine, all };
    return { provider: parseProvider(await look.run(getProvider(goal)), goal), all };
  },
  judge: ({ provider, all }, goal) => {
    if (provider.kind === "unreadable") return unclear(provider.because);
    if (all.kind === "unreadable") return unclear(all.because);
    const { namespace, name } = goal;
    if (provider.value === undefined) {
      return blocked(
        `StatefulSet ${namespace}/${name} is gone`,
        "Find out who removed the provider, put it back with 0 replicas, and run again.",
      );
    }
    const other = all.value.find(
      (one) => one.pods.length > 0 && (one.namespace !== namespace || one.name !== name),
    );
    if (other !== undefined) {
      return blocked(
        `another provider runs: ${other.namespace}/${other.pods[0]}`,
        "Stop the other release too, and run again.",
      );
    }
    if (provider.value.replicas !== 0) return needed(notStoppedBecause(provider.value) ?? "");
    const because = notStoppedBecause(provider.value);
    if (because !== undefined) return unclear(because);
    return satisfied(`${namespace}/${name} is at 0 and has no pod`);
  },
  change: (_, { namespace, name }) => [act(scaleStatefulSet({ namespace, name, replicas: 0 }))],
});

export type RememberReplicasGoal = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** For `drydock provider start` on this machine, which reads it in the plan. */
  readonly before?: BeforeStop;
};

/** For `drydock provider stop` alone: a window keeps the number in its plan. */
export const rememberReplicas = defineStep<RememberReplicasGoal, Reading<ProviderSeen | undefined>>(
  {
    id: "remember-replicas",
    title: "Remember the provider's replicas",
    guide: "Restart Provider After Maintenance (it assumes that there was 1)",
    settleMs: 60_000,
    why: ({ replicas }) => `\`drydock provider start\` goes back to ${replicas}, from any machine.`,
    proof: () => `annotation ${previousReplicasAnnotation} on the StatefulSet`,
    observe: async (look, goal) => parseProvider(await look.run(getProvider(goal)), goal),
    judge: (seen, goal) => {
      if (seen.kind === "unreadable") return unclear(seen.because);
      if (seen.value?.previousReplicas === goal.replicas) {
        return satisfied(`the StatefulSet says that it had ${counted(goal.replicas, "replica")}`);
      }
      return needed("the StatefulSet does not say how many replicas it had");
    },
    change: (_, { namespace, name, replicas }) => {
      const annotation = previousReplicasAnnotation;
      return [act(annotateStatefulSet({ namespace, name, annotation, value: String(replicas) }))];
    },
  },
);
