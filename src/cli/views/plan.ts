// The plan, for people: whole for `drydock plan`, in short before `drydock run` asks.

import { styleText } from "node:util";
import type { ClusterFacts } from "../../cluster/facts.ts";
import { showAct } from "../../core/command.ts";
import type { Plan, PlannedStep } from "../../core/plan.ts";
import { printable } from "../../core/printable.ts";
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
  /** The key of an earlier step that undoes what is as wanted now. */
  readonly until?: string;
}

export function previewLines(preview: readonly PreviewedStep[]): readonly string[] {
  return preview.flatMap((step, index) => [
    `${String(index + 1).padStart(3)}. ${styleText("bold", step.planned.key)}  ${step.title}`,
    `     guide:    ${step.guide}`,
    `     now:      ${printable(nowLine(step))}`,
    ...step.acts.map((shown, i) => `     ${i === 0 ? "commands:" : "         "} ${shown}`),
    `     why:      ${step.why}`,
    `     verified: ${step.proof}`,
    "",
  ]);
}

function nowLine({ verdict, acts, until }: PreviewedStep): string {
  if (until !== undefined) return `as wanted until ${until}: ${verdict.because}`;
  if (verdict.kind === "satisfied") return `already satisfied: ${verdict.because}`;
  return acts.length === 0 ? `checked at its time: ${verdict.because}` : verdict.because;
}

/** Host after host in the order of the plan, what is done there; lines of at most `columns`. */
export function shortPlan(plan: Plan, columns: number): readonly string[] {
  const groups: { readonly host: string; readonly doings: string[] }[] = [];
  for (const planned of plan.steps) {
    const last = groups.at(-1);
    const doing = doingOf(planned);
    if (last?.host === planned.host) last.doings.push(doing);
    else groups.push({ host: planned.host, doings: [doing] });
  }
  return groups.flatMap(({ host, doings }) => folded(`  ${host}: `, doings, columns));
}

/** With what is restarted. */
export function titleOf({ step, key }: PlannedStep): string {
  const title = steps.get(step)?.title ?? step;
  const what = /^restart-component:(.*)@/.exec(key)?.[1];
  return what === undefined ? title : `${title} ${what.replaceAll("+", " and ")}`;
}

/** In the middle of a sentence. */
function doingOf(planned: PlannedStep): string {
  const title = titleOf(planned);
  return title.charAt(0).toLowerCase() + title.slice(1);
}

/** `start`, then the parts with commas, each line after the first as far to the right. */
function folded(start: string, parts: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = start;
  for (const [index, part] of parts.entries()) {
    const text = index === parts.length - 1 ? part : `${part},`;
    if (line === start) line += text;
    else if (line.length + 1 + text.length <= columns) line += ` ${text}`;
    else {
      lines.push(line);
      line = " ".repeat(start.length) + text;
    }
  }
  return [...lines, line];
}

/**
 * What stopping the provider is for, in this cluster's own numbers; none when they could not be
 * read.
 */
export function clockLine({ leases }: Pick<ClusterFacts, "leases">): readonly string[] {
  if (leases?.provider.kind !== "read") return [];
  const { clock, seen } = leases.provider.value;
  const what = seen.replicas === 0 ? "Were the provider running" : "Were the provider left running";
  return [`${what} while the API is away, it would close leases after ${showClock(clock)}.`];
}

export function blockerLines(blockers: readonly Blocker[]): readonly string[] {
  return blockers.flatMap(({ where, because, remedy }) => [
    `${styleText("red", "blocked")}  ${printable(`${where}: ${because}`)}`,
    ...remedy.split("\n").map((line) => `         ${printable(line)}`),
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
