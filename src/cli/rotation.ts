// `drydock plan` and `drydock run`: the whole guide, shown and carried out.

import type { LeaseClock } from "../akash/lease-clock.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { counted } from "../core/counted.ts";
import type { Plan } from "../core/plan.ts";
import type { Gated } from "../gates.ts";
import { beware } from "../readiness/automation.ts";
import { rotationBlockers } from "../readiness.ts";
import { planRotation, type RotationOptions } from "../runbook.ts";
import { survey } from "../survey.ts";
import { sayAbandoned } from "./abandon.ts";
import { exitCodes, exitOfBlockers, Failure } from "./exit.ts";
import { finish, planWords, sayAgain, sayRun, spelledOut } from "./finish.ts";
import { staysAtZero } from "./left-stopped.ts";
import { andNothingChanged } from "./nothing-changed.ts";
import { type OpenedWindow, resumeWindow, startWindow } from "./open-window.ts";
import { hostsByName, type OpenCluster, type Outside, type Where } from "./outside.ts";
import { preview } from "./preview.ts";
import { mustAgree } from "./question.ts";
import { remnants } from "./remnant-lock.ts";
import { type LeftWindow, openForWindow, ownWindows, unfinishedWindow } from "./unfinished.ts";
import { dropUntouched } from "./untouched.ts";
import { bewareLines } from "./views/account.ts";
import { jsonDocument } from "./views/json.ts";
import { blockerLines, clockLine, previewLines, shortPlan } from "./views/plan.ts";
import { report } from "./views/report.ts";
import { chooseView } from "./views/view.ts";

export interface RotationFlags extends Gated {
  readonly json: boolean;
  readonly restart: "all" | "needed";
  readonly restartEtcd: boolean;
  readonly acceptProviderVersion?: string | undefined;
}

export async function planCommand(
  outside: Outside,
  where: Where,
  flags: RotationFlags,
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "all", looks: true });
  try {
    const { out } = outside.terminal;
    const { facts, blockers } = await look(outside, cluster, flags);
    if (blockers.length > 0) {
      if (flags.json) out(jsonDocument({ cluster: cluster.name, blockers }));
      else out(`${blockerLines(blockers).join("\n")}\n`);
      return exitCodes[exitOfBlockers(blockers)];
    }
    const plan = planRotation(facts, options(outside.newWindowId(), flags));
    const hosts = hostsByName(cluster);
    const steps = await preview(plan, { hosts, clock: outside.clock, chain: cluster.chain });
    if (flags.json)
      out(
        jsonDocument({
          ...{ plan, steps, blockers, clock: clockOf(facts) },
          beware: [...beware(facts), ...staysAtZero(plan, cluster.source)],
        }),
      );
    else
      out(
        `${[...previewLines(steps), mendingLine, ...clockLine(facts), ...dangers(facts, plan, cluster)].join("\n")}\nNothing was changed. To carry it out: ${sayRun(cluster.source, flags)}\n`,
      );
    return exitCodes.ok;
  } finally {
    await cluster.close();
  }
}

const mendingLine =
  "Should it be cut off while certificates are written, running it again first makes anew what was left half-written (finish-renewal).";

export async function runCommand(
  outside: Outside,
  where: Where,
  flags: RotationFlags & { readonly yes: boolean },
): Promise<number> {
  const { interactive } = outside.terminal;
  if (!flags.yes && !interactive) {
    throw new Failure(
      "usage",
      "drydock run asks before it begins, and there is no terminal to ask on",
      "Look at `drydock plan`, then say --yes.",
    );
  }
  const cluster = await openForWindow(outside, where, { connect: "all" });
  try {
    const view = chooseView(outside, { json: flags.json, source: cluster.source });
    try {
      const opened = await open(outside, cluster, { ...flags, view });
      return await carryOut(outside, cluster, { opened, flags, endView: view.end });
    } finally {
      view.end();
    }
  } finally {
    await cluster.close();
  }
}

async function carryOut(
  outside: Outside,
  cluster: OpenCluster,
  window: {
    readonly opened: OpenedWindow;
    readonly flags: RotationFlags;
    readonly endView: () => void;
  },
): Promise<number> {
  const { opened, flags } = window;
  const ended = await opened.run();
  window.endView();
  const isDropped = await dropUntouched(opened, ended);
  await opened.leave();
  if (ended.end.kind === "completed" && ended.end.how === "completed") {
    const after = await survey({
      cluster: cluster.name,
      hosts: cluster.hosts,
      clock: outside.clock,
    });
    const left = staysAtZero(ended.state.plan, cluster.source);
    outside.terminal.out(report(ended, after, flags.json, left));
  } else if (ended.end.kind === "completed")
    sayAbandoned(outside, cluster, ended.state, flags.json);
  const { source } = cluster;
  const again = cluster.again ?? (isDropped ? sayRun(source, flags) : sayAgain("run", source));
  return finish(outside, ended, { again, source, providerStays: true });
}

type OpenFlags = Parameters<typeof runCommand>[2] & {
  readonly view: ReturnType<typeof chooseView>;
};

/** The window that was left, or a new one; throws when the operator says no. */
async function open(
  outside: Outside,
  cluster: OpenCluster,
  flags: OpenFlags,
): Promise<OpenedWindow> {
  const left = await unfinishedWindow(outside, cluster, "rotation");
  const { terminal } = outside;
  if (left !== undefined) {
    terminal.err(`${goingOn(left, flags).join("\n")}\n`);
    const { view, skip } = flags;
    return resumeWindow(outside, cluster, { id: left.id, view, skip });
  }
  const { facts, blockers } = await look(outside, cluster, flags);
  if (blockers.length > 0) {
    const [first] = blockers;
    const others = blockers.slice(1).map((one) => `${one.where}: ${one.because}. ${one.remedy}`);
    throw new Failure(
      exitOfBlockers(blockers),
      `${first?.where}: ${first?.because}`,
      andNothingChanged([first?.remedy ?? "", ...others].join("\n")),
    );
  }
  if (outside.interrupted()) {
    throw new Failure("interrupted", "Interrupted", "Nothing was changed.");
  }
  const id = outside.newWindowId();
  const plan = planRotation(facts, options(id, flags));
  if (!flags.yes) {
    const lines = [
      `${cluster.name}: ${counted(plan.steps.length, "step")}`,
      ...shortPlan(plan, terminal.columns),
    ];
    // With --json stdout is for a program; who is asked reads stderr.
    const show = flags.json ? terminal.err : terminal.out;
    show(`${[...lines, ...clockLine(facts), ...dangers(facts, plan, cluster)].join("\n")}\n`);
    await mustAgree(outside, "Carry this out?");
  }
  return startWindow(outside, cluster, { id, plan, view: flags.view, facts });
}

function goingOn({ id, at, state }: LeftWindow, flags: OpenFlags): readonly string[] {
  const told = planWords(flags);
  return [
    `Window ${id} was left at ${at}; going on with it.`,
    ...(state.abandoned ? ["It was abandoned: only its closing steps are carried out."] : []),
    ...(told.length > 0
      ? [`Its plan stands as it was made: ${told.join(" ")} changes nothing in it.`]
      : []),
  ];
}

/** Null where it could not be read. */
function clockOf({ leases }: ClusterFacts): LeaseClock | null {
  return leases?.provider.kind === "read" ? leases.provider.value.clock : null;
}

/** What is not ours to pause, and could undo the stop; and a provider that is left at 0. */
function dangers(facts: ClusterFacts, plan: Plan, { source }: OpenCluster): readonly string[] {
  const sentences = beware(facts).map((line) => `${line}.`);
  return bewareLines([...sentences, ...staysAtZero(plan, source)]);
}

function options(window: string, flags: RotationFlags): RotationOptions {
  const { restart, restartEtcd, skip, watch, settle } = flags;
  return {
    window,
    restart,
    restartEtcd,
    skip,
    ...(watch === undefined ? {} : { watch }),
    ...(settle === undefined ? {} : { settle }),
  };
}

async function look(
  outside: Outside,
  cluster: OpenCluster,
  flags: Pick<RotationFlags, "acceptProviderVersion" | "skip">,
): Promise<{
  readonly facts: ClusterFacts;
  readonly blockers: ReturnType<typeof rotationBlockers>;
}> {
  const { clock } = outside;
  const { name, hosts, machine, chain } = cluster;
  const [facts, freeBytesHere, isRemnant, own] = await Promise.all([
    survey({ cluster: name, hosts, machine, clock, chain }),
    cluster.freeBytesHere(),
    remnants(outside, cluster),
    ownWindows(cluster),
  ]);
  const { acceptProviderVersion: acceptedVersion, skip } = flags;
  const wanted = { isRemnant, own, freeBytesHere, acceptedVersion, skip };
  return { facts, blockers: spelledOut(rotationBlockers(facts, wanted), cluster.source) };
}
