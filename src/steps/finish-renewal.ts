// Not in the guide: a renewal that was cut off. kubeadm writes a certificate's key before the
// certificate, and syncs neither: whatever is started with a pair that does not match ends at once,
// and with a single node nobody can look at the provider then. This makes such pairs anew before
// all else, and nothing but those.

import { certificateOf } from "../cluster/node-certificates.ts";
import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import {
  type Container,
  listContainers,
  parseContainers,
  removeContainers,
  stopContainers,
} from "../programs/crictl.ts";
import { whereCutOff } from "./guide-sections.ts";
import { readReady } from "./read-ready.ts";
import {
  cutPairs,
  hindrance,
  type Known,
  knownOf,
  lookAtRenewal,
  type RenewalSeen,
  type RenewCertificatesGoal,
  renewalsOf,
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
  // The kubelet may wait for five minutes before it starts a container again.
  settleMs: 360_000,
  why: () =>
    "With a key that is not its certificate's the API server ends at once, and nobody can look at the cluster.",
  proof: ({ apiServer }) => `each key is its certificate's, and ${apiServer} says that it is ready`,
  remedy: () =>
    `Look why it is not ready (\`crictl ps -a\`, then \`crictl logs\` of it; ${whereCutOff}), mend it, and run again.`,
  async observe(look, goal) {
    const [ready, containers, renewal] = await Promise.all([
      readReady(look, goal.apiServer),
      look.run(listContainers(`(${goal.components.join("|")})`)),
      lookAtRenewal(look, goal),
    ]);
    return { ready, containers: parseContainers(containers), renewal };
  },
  judge: (seen, goal) => {
    const { ready, containers } = seen;
    const ended = endedOf(seen, goal);
    const known = knownOf(seen.renewal);
    const cut = known.kind === "read" ? cutOf(goal, known.value) : [];
    if (ready.kind === "read" && ended.length === 0 && cut.length === 0) {
      return satisfied(`${goal.apiServer} is ready, and ${pairsSeen(known)}`);
    }
    if (containers.kind === "unreadable") return unclear(containers.because);
    if (known.kind === "unreadable") return unclear(known.because);
    const hindered = cut.length === 0 ? undefined : hindrance(goal, cut, known.value);
    if (hindered !== undefined) {
      return blocked(hindered.because, hindered.remedy);
    }
    if (cut.length > 0) return needed(`${cut.join(", ")}: cut off between key and certificate`);
    if (ended.length > 0) return needed(`${ended.join(" and ")} does not run`);
    return unclear(ready.kind === "unreadable" ? ready.because : "");
  },
  change: (seen, goal) => {
    const known = knownOf(seen.renewal);
    const cut = known.kind === "read" ? cutOf(goal, known.value) : [];
    const ended = endedOf(seen, goal);
    const all = seen.containers.kind === "read" ? seen.containers.value : [];
    // One that runs on a pair that was cut off, and is not ready, ends in a moment.
    const doomed = cut.length > 0 && seen.ready.kind === "unreadable" ? ["kube-apiserver"] : [];
    const gone = all.filter(({ name }) => ended.includes(name) || doomed.includes(name));
    return [
      ...renewalsOf(cut, goal),
      ...gone
        .filter(({ running }) => running)
        .map(({ id }) => act(stopContainers([id], graceSeconds))),
      // Else the kubelet would wait.
      ...gone.map(({ id }) => act(removeContainers([id]))),
    ];
  },
});

/** Between SIGTERM and SIGKILL; it serves nobody. */
const graceSeconds = 1;

function pairsSeen({ kind }: Reading<Known>): string {
  return kind === "read" ? "each key is its certificate's" : "its pairs could not be looked at";
}

/**
 * Pairs that do not match, files that are there and cannot be read (a later step that finds them so
 * knows no archive), and the kubeconfig without which nothing can be asked.
 */
function cutOf(goal: FinishRenewalGoal, { entries, files }: Known): readonly string[] {
  const names = goal.certificates.map(({ name }) => name);
  const damaged = entries.filter(({ found }) => found.kind === "unreadable").map(nameOf);
  const isGone = (name: string) =>
    name === "admin.conf" && certificateOf(entries, name) === undefined;
  const cut = names.filter((name) => isGone(name) || damaged.includes(name));
  return [...new Set([...cut, ...cutPairs(goal, files)])];
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** Components whose containers have exited, and of which none runs or is about to. */
function endedOf({ containers }: Seen, { components }: FinishRenewalGoal): readonly string[] {
  if (containers.kind === "unreadable") return [];
  return components.filter((name) => {
    const own = containers.value.filter((one) => one.name === name);
    return own.length > 0 && own.every(({ running, starting }) => !running && !starting);
  });
}
