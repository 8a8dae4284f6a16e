// Not in the guide: a renewal that was cut off, so that the API server does not start any more. kubeadm
// writes a certificate's key before the certificate; a machine that loses its power in between, or before
// both are on its disk, has a pair that does not match, and with a single node nobody can look at the
// provider then. This makes the pairs anew before all else.

import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { defineStep, needed, satisfied, unclear } from "../core/step.ts";
import {
  type Container,
  listContainers,
  parseContainers,
  removeContainer,
} from "../programs/crictl.ts";
import { readReady } from "./read-ready.ts";
import {
  hindrance,
  knownOf,
  lookAtRenewal,
  type RenewalSeen,
  type RenewCertificatesGoal,
  renewals,
} from "./renew-certificates.ts";

export type FinishRenewalGoal = RenewCertificatesGoal & {
  /** Those of the node's static pods that end at once when a pair does not match. */
  readonly components: readonly string[];
  /** `https://10.0.0.1:6443` of this node's API server. */
  readonly apiServer: string;
};

interface Seen {
  readonly ready: Reading<true>;
  readonly containers: Reading<readonly Container[]>;
  readonly renewal: RenewalSeen;
}

export const finishRenewal = defineStep<FinishRenewalGoal, Seen>({
  id: "finish-renewal",
  title: "Finish a renewal that was cut off",
  guide:
    "Step 1: Renew All Certificates (where that was cut off between a key and its certificate)",
  settleMs: 180_000,
  why: () =>
    "With a key that is not its certificate's the API server ends at once, and nobody can look at the cluster.",
  proof: ({ apiServer }) => `${apiServer} says that it is ready`,
  remedy: () =>
    `Look why it ends (\`crictl ps -a\`, then \`crictl logs\` of it; docs/guide.md, "When an API server does not start after a renewal that was cut off"), mend it, and run again.`,
  async observe(look, goal) {
    const [ready, containers, renewal] = await Promise.all([
      readReady(look, goal.apiServer),
      look.run(listContainers(`(${goal.components.join("|")})`)),
      lookAtRenewal(look, goal),
    ]);
    return { ready, containers: parseContainers(containers), renewal };
  },
  judge: ({ ready, containers, renewal }, goal) => {
    const { components, apiServer } = goal;
    if (containers.kind === "unreadable") return unclear(containers.because);
    const known = knownOf(renewal);
    if (known.kind === "unreadable") return unclear(known.because);
    const ended = components.filter((name) => hasEnded(containers.value, name));
    const hindered = hindrance(goal, known.value);
    if (hindered !== undefined) return hindered;
    if (ended.length > 0) return needed(`${ended.join(" and ")} does not run`);
    if (ready.kind === "unreadable") return unclear(ready.because);
    return satisfied(`${apiServer} is ready`);
  },
  change: ({ containers, renewal }, goal) => {
    const all = containers.kind === "read" ? containers.value : [];
    const gone = all.filter(({ name }) => goal.components.includes(name) && hasEnded(all, name));
    return [
      ...renewals(renewal, goal),
      // Else the kubelet would wait, for up to five minutes.
      ...gone.map(({ id }) => act(removeContainer(id))),
    ];
  },
});

/** Its containers have exited, and none of it runs or is about to. */
function hasEnded(all: readonly Container[], name: string): boolean {
  const own = all.filter((one) => one.name === name);
  return own.length > 0 && own.every(({ running, starting }) => !running && !starting);
}
