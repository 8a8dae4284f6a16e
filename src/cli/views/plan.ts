// The plan, for people: whole for `drydock plan`, in short before `drydock run` asks.

import { styleText } from "node:util";
import type { ClusterFacts } from "../../cluster/facts.ts";
import { showAct } from "../../core/command.ts";
import type { Plan, PlannedStep } from "../../core/plan.ts";
import type { Verdict } from "../../core/step.ts";
import type { Blocker } from "../../readiness/blocker.ts";
import { steps } from "../../steps/index.ts";
import { showClock } from "./leases.ts";

/** A planned step with what a look at the cluster says of it now. */
export interface PreviewedStep {
  readonly planned: PlannedStep;
  readonly title: string;
  readonly guide: string;
  readonly why: string;
  readonly proof: string;
  /** The exact commands, as far as they can be known before the earlier steps are done. */
  readonly acts: readonly string[];
  readonly verdict: Verdict;
}

export function previewLines(preview: readonly PreviewedStep[]): readonly string[] {
  return preview.flatMap((step, index) => [
    `${String(index + 1).padStart(3)}. ${styleText("bold", step.planned.key)}  ${step.title}`,
    `     guide:    ${step.guide}`,
    `     now:      ${nowLine(step)}`,
    ...step.acts.map((shown, i) => `     ${i === 0 ? "commands:" : "         "} ${shown}`),
    `     why:      ${step.why}`,
    `     verified: ${step.proof}`,
    "",
  ]);
}

function nowLine({ verdict, acts }: PreviewedStep): string {
  if (verdict.kind === "satisfied") return `already satisfied: ${verdict.because}`;
  return acts.length === 0 ? `checked at its time: ${verdict.because}` : verdict.because;
}

export function shortPlan(plan: Plan): readonly string[] {
  const groups: { readonly host: string; readonly steps: string[] }[] = [];
  for (const { step, key, host } of plan.steps) {
    const what = key.replace(/@.*$/, "");
    const title = steps.get(step)?.title.toLowerCase() ?? step;
    const line =
      what.includes(":") && step !== "check-cluster-health"
        ? `restart ${what.split(":")[1]}`
        : title;
    const last = groups.at(-1);
    if (last?.host === host) last.steps.push(line);
    else groups.push({ host, steps: [line] });
  }
  return groups.map(({ host, steps: titles }) => `  ${host}: ${titles.join(", ")}`);
}

/** What stopping the provider is for, in this cluster's own numbers; none when they could not be read. */
export function clockLine({ leases }: Pick<ClusterFacts, "leases">): readonly string[] {
  if (leases?.provider.kind !== "read") return [];
  const { clock, seen } = leases.provider.value;
  const what = seen.replicas === 0 ? "Were the provider running" : "Were the provider left running";
  return [`${what} while the API is away, it would close leases after ${showClock(clock)}.`];
}

export function blockerLines(blockers: readonly Blocker[]): readonly string[] {
  return blockers.flatMap(({ where, because, remedy }) => [
    `${styleText("red", "blocked")}  ${where}: ${because}`,
    `         ${remedy}`,
  ]);
}

/** The acts of a step as they would be shown; none when it is satisfied or cannot be told yet. */
export function shownActs(
  planned: PlannedStep,
  seen: unknown,
  verdict: Verdict,
): readonly string[] {
  const step = steps.get(planned.step);
  if (step === undefined || verdict.kind === "satisfied") return [];
  return step.change(seen, planned.goal).map(showAct);
}
