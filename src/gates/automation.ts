// What acts by itself on the hosts, as planned steps: paused before the provider is stopped, and
// resumed once it is back. What was active is written into the goal; nothing else is started or put
// back.

import type { ClusterFacts, HostFacts } from "../cluster/facts.ts";
import { type PlannedStep, planStep } from "../core/plan.ts";
import type { Instant } from "../core/world.ts";
import { pausable } from "../programs/cron.ts";

const timer = "k8s-certs-renew.timer";

/** Upheld up to the step that resumes it: an enabled timer is back after a reboot. */
export function pauses(facts: ClusterFacts): readonly PlannedStep[] {
  return facts.hosts
    .flatMap((host) => [
      ...onTimer(host, "pause-timer"),
      ...onCronFiles(host, "pause-cron-files", facts.surveyedAt),
    ])
    .map((step) => ({ ...step, standing: true }));
}

export function resumes(facts: ClusterFacts): readonly PlannedStep[] {
  return facts.hosts.flatMap((host) => [
    ...onCronFiles(host, "resume-cron-files", facts.surveyedAt).map(lifting("pause-cron-files")),
    ...onTimer(host, "resume-timer").map(lifting("pause-timer")),
  ]);
}

/** What is paused stays so up to the very step that resumes it. */
function lifting(pause: string): (step: PlannedStep) => PlannedStep {
  return (step) => ({ ...step, lifts: `${pause}@${step.host}` });
}

function onTimer({ name, basics }: HostFacts, step: string): readonly PlannedStep[] {
  const isActive = basics.kind === "read" && basics.value.renewTimer.endsWith("/active");
  return isActive ? [planStep(step, name, { timer })] : [];
}

function onCronFiles(
  { name, basics }: HostFacts,
  step: string,
  at: Instant,
): readonly PlannedStep[] {
  const stamp = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  const paths = basics.kind === "read" ? basics.value.cronFiles : [];
  const files = paths.flatMap((path) => pausable(path, stamp) ?? []);
  return files.length === 0 ? [] : [planStep(step, name, { files })];
}
