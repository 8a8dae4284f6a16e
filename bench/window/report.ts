/** What was measured of all runs, as Markdown. */
import { median, ratio, seconds, table } from "../measure.ts";
import type { StepTime } from "./drydock.ts";
import type { Poll } from "./poller.ts";
import { type Count, count, reasons, type Span } from "./polls.ts";

const drydockWays = ["all", "needed"] as const;
export const ways = [
  "kubespray",
  ...drydockWays,
  "bare-all",
  "bare-at-once",
  "bare-needed",
] as const;
export type Way = (typeof ways)[number];

export interface Run {
  readonly way: Way;
  /** Share of the processors, from 0 to 1. */
  readonly busyBefore: number;
  readonly whole: Span;
  /** What is compared: for scripts the same as `whole`. */
  readonly rotation: Span;
  readonly steps: readonly StepTime[];
  readonly polls: readonly Poll[];
  /** Containers of the control plane that are others than before, of how many: `9 of 9`. */
  readonly restarted: string;
}

/** The name under which the load balancer is polled. */
export const balancer = "balancer";

const titles: Readonly<Record<Way, string>> = {
  kubespray: "kubespray's way",
  all: "`drydock run --restart all`",
  needed: "`drydock run --restart needed`",
  "bare-all": "bare: all, API server first",
  "bare-at-once": "bare: all, API server not waited for",
  "bare-needed": "bare: those needed",
};

export function report(runs: readonly Run[], idle: readonly Poll[]): readonly string[] {
  return [
    "Compared is the rotation: from the first renewal to the health gate after the last node. Drydock's",
    "whole window also surveys, stops the provider, backs up, copies the backups here and starts the",
    "provider again; kubespray's way does none of it. Polls are counted over the whole window. The bare",
    "ways are scripts that renew and restart in Drydock's order, look at nothing but the restarted",
    "components' health, and prove nothing: what they take is what no look could save.",
    "",
    ...table(
      ["median of the rounds", "rotation", "ratio", "whole window", "ratio"],
      ways.map((way) => timesRow(runs, way)),
    ),
    "",
    ...table(
      [
        "failed polls of all rounds",
        "load balancer",
        "failed per 1000",
        "the nodes' own addresses",
        "not ready, all nodes together, per run",
      ],
      ways.map((way) => pollsRow(of(runs, way), way)),
    ),
    "",
    ...reasonLines(runs),
    `- nothing going on: ${shown(idleCount(idle))} through the load balancer (${reasons(idle, [balancer])})`,
    "",
    "Each run: rotation, failed polls through the load balancer, containers restarted:",
    "",
    ...table(
      ["round", ...ways.map((way) => titles[way])],
      of(runs, "kubespray").map((_, round) => [
        String(round + 1),
        ...ways.map((way) => roundCell(of(runs, way)[round])),
      ]),
    ),
    "",
    "Where the window's time goes: a step's seconds on all nodes together, median of the windows. The",
    "rotation is renew-certificates to verify-renewal, and the health check after each node.",
    "",
    ...stepTable(runs),
  ];
}

function of(runs: readonly Run[], way: Way): readonly Run[] {
  return runs.filter((run) => run.way === way);
}

function lasted({ from, to }: Span): number {
  return to - from;
}

function rotationMs(runs: readonly Run[], way: Way): number {
  return median(of(runs, way).map((run) => lasted(run.rotation)));
}

function timesRow(runs: readonly Run[], way: Way): readonly string[] {
  const base = rotationMs(runs, "kubespray");
  const rotation = rotationMs(runs, way);
  const whole = median(of(runs, way).map((run) => lasted(run.whole)));
  return [
    titles[way],
    seconds(rotation),
    ratio(rotation, base),
    seconds(whole),
    ratio(whole, base),
  ];
}

function pollsRow(runs: readonly Run[], way: Way): readonly string[] {
  const through = sum(runs.map((run) => count(run.polls, balancer, run.whole)));
  const nodes = nodesOf(runs);
  const own = sum(runs.flatMap((run) => nodes.map((node) => count(run.polls, node, run.whole))));
  // One poll of each node stands for a tenth of a second.
  const downMs = runs.length === 0 ? 0 : (own.failed * 100) / runs.length;
  const rate = through.polls === 0 ? 0 : (1000 * through.failed) / through.polls;
  return [titles[way], shown(through), rate.toFixed(1), shown(own), seconds(downMs)];
}

function nodesOf(runs: readonly Run[]): readonly string[] {
  const targets = new Set(runs.flatMap((run) => run.polls.map((poll) => poll.target)));
  return [...targets].filter((target) => target !== balancer).sort();
}

function sum(counts: readonly Count[]): Count {
  return {
    polls: counts.reduce((total, one) => total + one.polls, 0),
    failed: counts.reduce((total, one) => total + one.failed, 0),
  };
}

function shown({ polls, failed }: Count): string {
  return `${failed} of ${polls}`;
}

function idleCount(polls: readonly Poll[]): Count {
  return count(polls, balancer, { from: 0, to: Number.POSITIVE_INFINITY });
}

function reasonLines(runs: readonly Run[]): readonly string[] {
  return ways.map((way) => {
    const polls = of(runs, way).flatMap((run) => run.polls);
    return `- ${titles[way]}, through the load balancer: ${reasons(polls, [balancer])}`;
  });
}

function roundCell(run: Run | undefined): string {
  if (run === undefined) return "–";
  const { failed } = count(run.polls, balancer, run.whole);
  return `${seconds(lasted(run.rotation))}, ${failed}, ${run.restarted}`;
}

/** All of a step's seconds in one window, on all nodes; the median of the windows. */
function stepTable(runs: readonly Run[]): readonly string[] {
  const steps = new Set(of(runs, "all").flatMap((run) => run.steps.map(({ step }) => step)));
  const times = (way: Way, step: string) =>
    of(runs, way).map((run) => run.steps.filter((one) => one.step === step));
  const inWindow = (way: Way, step: string) => {
    const each = times(way, step);
    if (each.every((some) => some.length === 0)) return "–";
    return seconds(median(each.map((some) => some.reduce((total, { ms }) => total + ms, 0))));
  };
  return table(
    ["step", "how often", ...drydockWays.map((way) => titles[way])],
    [...steps].map((step) => [
      step,
      String(times("all", step)[0]?.length ?? 0),
      ...drydockWays.map((way) => inWindow(way, step)),
    ]),
  );
}
