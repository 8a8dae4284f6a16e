// The guide's "Restart Provider After Maintenance" ends when the pod runs. This looks whether it
// works: it answers, it has taken over every lease, and none of its monitors counts failures.

import { showWait } from "../akash/lease-clock.ts";
import { counted } from "../core/counted.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineCheck, type Look, satisfied, unclear } from "../core/step.ts";
import { listManifests, parseManifests } from "../programs/lease-objects.ts";
import {
  type ChecksSeen,
  type FailedCheck,
  type ProviderPods,
  parseFailedChecks,
  parseProviderPods,
  parseProviderStatus,
  readFailedChecks,
  readProviderPods,
  readProviderStatus,
} from "../programs/provider-health.ts";

export type CheckProviderGoal = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Its log must have been without failed checks for so long; 0: it is not read. */
  readonly watchSeconds: number;
  /** Leases whose workloads were ill before the window: their checks fail, and that is not ours. */
  readonly illBefore: readonly string[];
  /** When it closes a lease; null when its settings could not be read. */
  readonly monitor: {
    readonly maxRetries: number;
    readonly retryPeriodMs: number;
    readonly retryJitterMs: number;
  } | null;
};

interface Seen {
  readonly provider: Reading<ProviderPods>;
  /** This and all below: asked for when it has run long enough for its log to tell. */
  readonly leases?: Reading<number>;
  readonly manifests?: Reading<number>;
  readonly checks?: Reading<ChecksSeen>;
}

export const checkProvider = defineCheck<CheckProviderGoal, Seen>({
  id: "check-provider",
  title: "Check that the provider works",
  guide: "Restart Provider After Maintenance (a pod that runs may answer nobody)",
  settleMs: ({ watchSeconds }) => 600_000 + watchSeconds * 1000,
  pollMs: 5000,
  why: () => "A pod that runs proves nothing: its monitors may be counting towards closing leases.",
  proof: ({ watchSeconds }) =>
    `/status answers and counts every Manifest object${watchSeconds === 0 ? "" : `, and no check failed for ${watchSeconds} s`}`,
  remedy: ({ namespace, name }) =>
    `Look at \`kubectl -n ${namespace} logs ${name}-0\` and the leases (\`drydock leases\`), mend them, and run again.`,
  observe: (look, goal) => observe(look, goal),
  judge: (seen, goal) => {
    const { provider } = seen;
    if (provider.kind === "read" && provider.value.replicas !== goal.replicas) {
      const { namespace, name, replicas } = goal;
      return blocked(
        `${namespace}/${name} wants ${counted(provider.value.replicas, "replica")}, not ${replicas}`,
        `Find out who scaled it; the next run gives it ${replicas} again.`,
      );
    }
    const because = troubleOf(seen, goal);
    if (because !== undefined) return unclear(because);
    const leases = seen.leases?.kind === "read" ? seen.leases.value : 0;
    const quiet =
      goal.watchSeconds === 0
        ? "its log was not read"
        : `no check failed in ${goal.watchSeconds} s`;
    const before = goal.illBefore.length === 0 ? "" : ` but of ${goal.illBefore.length} ill before`;
    return satisfied(`it answers, works for ${counted(leases, "lease")}, and ${quiet}${before}`);
  },
});

async function observe(look: Look, goal: CheckProviderGoal): Promise<Seen> {
  const provider = parseProviderPods(await look.run(readProviderPods(goal)), goal);
  const [pod] = provider.kind === "read" ? provider.value.pods : [];
  if (pod === undefined || !pod.ready || pod.runsSeconds < goal.watchSeconds) return { provider };
  const { watchSeconds } = goal;
  const [status, manifests, log] = await Promise.all([
    look.run(readProviderStatus(goal, pod.name)),
    look.run(listManifests),
    watchSeconds === 0 ? undefined : look.run(readFailedChecks(goal, pod.name, watchSeconds)),
  ]);
  return {
    provider,
    leases: parseProviderStatus(status),
    manifests: countOf(parseManifests(manifests)),
    ...(log === undefined ? {} : { checks: parseFailedChecks(log) }),
  };
}

function countOf(list: Reading<readonly unknown[]>): Reading<number> {
  return list.kind === "read" ? { kind: "read", value: list.value.length } : list;
}

function troubleOf(seen: Seen, goal: CheckProviderGoal): string | undefined {
  const { provider, leases, manifests, checks } = seen;
  if (provider.kind === "unreadable") return provider.because;
  const [pod] = provider.value.pods;
  if (pod === undefined || !pod.ready) return `${pod?.name ?? goal.name} is not ready`;
  if (leases === undefined || manifests === undefined) {
    return `${pod.name} is watched until it has run for ${goal.watchSeconds} s`;
  }
  if (leases.kind === "unreadable") return leases.because;
  if (manifests.kind === "unreadable") return manifests.because;
  if (leases.value < manifests.value) {
    return `it works for ${leases.value} of ${counted(manifests.value, "lease")}`;
  }
  if (checks === undefined) return undefined;
  if (checks.kind === "unreadable") return checks.because;
  const { takenUp, failed } = checks.value;
  const ours = failed.filter((one) => !goal.illBefore.includes(one.lease));
  if (ours.length > 0) return failing(ours, goal);
  // It may have waited for its RPC node or its operators for most of the time: that was no quiet.
  if (takenUp === 0) return undefined;
  const leasesTaken = takenUp === 1 ? "a lease" : `${takenUp} leases`;
  return `it took up ${leasesTaken} less than ${goal.watchSeconds} s ago, and is watched for so long`;
}

/** The first few, worst first, and how long it is until the provider closes the first of them. */
function failing(checks: readonly FailedCheck[], { monitor }: CheckProviderGoal): string {
  const worst = [...checks].sort((one, other) => other.attempt - one.attempt);
  const named = worst.slice(0, 3).map(({ lease, attempt }) => `${lease} (attempt ${attempt})`);
  const more = worst.length > 3 ? ` and ${worst.length - 3} more` : "";
  const left = monitor === null ? "" : `; ${closesIn(worst[0]?.attempt ?? 0, monitor)}`;
  return `checks fail of ${named.join(", ")}${more}${left}`;
}

/** It closes at failed check number maxRetries + 1 in a row. */
function closesIn(attempt: number, monitor: NonNullable<CheckProviderGoal["monitor"]>): string {
  const { maxRetries, retryPeriodMs, retryJitterMs } = monitor;
  const ms = Math.max(0, maxRetries + 1 - attempt) * (retryPeriodMs + retryJitterMs / 2);
  return `the provider closes the first in about ${showWait(ms)}`;
}
