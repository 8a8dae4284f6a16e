// Carries out a window: lock, engine, views, and what is left to say when it ended.

import type { ClusterFacts } from "../cluster/facts.ts";
import { type RunEnd, runWindow } from "../core/engine.ts";
import type { Reporter } from "../core/event.ts";
import { releaseLockOn } from "../core/lock.ts";
import { doOnce } from "../core/once.ts";
import type { Plan, PlannedStep } from "../core/plan.ts";
import type { Run } from "../core/run.ts";
import { foldJournal, stateOf, stepsToRun, type WindowState } from "../core/window.ts";
import type { Host, World } from "../core/world.ts";
import { steps } from "../steps/index.ts";
import { Failure } from "./exit.ts";
import { carryOutCommand } from "./operators-command.ts";
import { hostsByName, type OpenCluster, type Outside, type WindowFolder } from "./outside.ts";
import { closingHosts, withStandIn } from "./stand-in.ts";
import { refuseStale } from "./still-true.ts";
import type { View } from "./views/view.ts";
import { letGo, lockFor } from "./window-lock.ts";

export interface Ended {
  readonly end: RunEnd;
  readonly state: WindowState;
  readonly folder: string;
}

export interface OpenedWindow {
  /** Another window has held the lock since this one did: what it knows of the provider is old. */
  readonly overtaken: boolean;
  /** Runs the plan as far as it goes; may be called again, to go on. */
  run(how?: Pick<Run, "stopBeforeClosing">): Promise<Ended>;
  /**
   * Gives up all but the closing steps, or all but the resuming of what it paused; what runs next
   * is only those.
   */
  abandon(how?: { readonly superseded?: true }): Promise<void>;
  /** What a step that stands in no plan would do now; also when the operator has interrupted. */
  once(planned: PlannedStep): Promise<void>;
  /** Closes a window that has nothing to go on with, without carrying out what is left. */
  drop(): Promise<void>;
  /**
   * Carries out the operator's own command, noted before and after, and meanwhile keeps the
   * provider stopped; its exit code. `report` hears of what was undone, as the terminal is the
   * command's.
   */
  runCommand(
    argv: readonly string[],
    how: { readonly work: () => Promise<number>; readonly report: Reporter },
  ): Promise<number>;
  /** As its journal has it now. */
  state(): WindowState;
  /** Lets go of the journal. The lock on the cluster stays unless the window is closed. */
  leave(): Promise<void>;
}

/** Writes the plan down and takes the lock; nothing else is changed if that fails. */
export async function startWindow(
  outside: Outside,
  cluster: OpenCluster,
  made: {
    readonly id: string;
    readonly plan: Plan;
    readonly view: View;
    /**
     * What the plan was made from; its provider must still be so. Undefined where it is left alone.
     */
    readonly facts?: ClusterFacts;
  },
): Promise<OpenedWindow> {
  const folder = await cluster.createWindow(made.id, made.plan);
  const { id: window, plan, view, facts } = made;
  await folder.journal.append(outside.clock.now(), { kind: "planned", window, plan });
  let opened: OpenedWindow;
  try {
    opened = await takeUp(outside, cluster, { folder, view, resumed: false });
  } catch (error) {
    const closing = { kind: "closed", how: "abandoned" } as const;
    // Where it cannot be written there either, the next window does it: see closeUnopened.
    await folder.journal.append(outside.clock.now(), closing).catch(() => undefined);
    await folder.release();
    throw error;
  }
  try {
    if (facts !== undefined) await refuseStaleFacts(outside, cluster, facts);
  } catch (error) {
    await opened.drop();
    await opened.leave();
    throw error;
  }
  return opened;
}

async function refuseStaleFacts(
  { clock }: Outside,
  cluster: OpenCluster,
  { primary, providers }: ClusterFacts,
): Promise<void> {
  const host = hostsByName(cluster).get(primary);
  const [provider] = providers.kind === "read" ? providers.value : [];
  if (host !== undefined && provider !== undefined) await refuseStale(host, clock, provider);
}

/**
 * Closes the windows of this machine that were planned and never had the lock: nothing was done in
 * them, and what they were planned from may not be so any more.
 */
export async function closeUnopened(outside: Outside, cluster: OpenCluster): Promise<void> {
  for (const { id, records } of await cluster.windows()) {
    const state = foldJournal(records);
    if (state === undefined || state.closed !== undefined || state.epoch > 0) continue;
    const folder = await cluster.openWindow(id);
    try {
      // It may have been cut off while it took the lock; where that stays, it is a closed window's.
      const everyone = hostsByName(cluster);
      const hosts = state.plan.lockHosts.flatMap((name) => everyone.get(name) ?? []);
      await releaseLockOn(hosts, id);
      await folder.journal.append(outside.clock.now(), { kind: "closed", how: "abandoned" });
    } finally {
      await folder.release();
    }
  }
}

/** Takes the lock again for a window that was left, and shuts its earlier holder out. */
export async function resumeWindow(
  outside: Outside,
  cluster: OpenCluster,
  left: Pick<Taken, "view" | "skip" | "toClose"> & { readonly id: string },
): Promise<OpenedWindow> {
  const folder = await cluster.openWindow(left.id);
  try {
    const { id: _, ...how } = left;
    return await takeUp(outside, cluster, { ...how, folder, resumed: true });
  } catch (error) {
    await folder.release();
    throw error;
  }
}

interface Taken {
  readonly folder: WindowFolder;
  readonly view: View;
  readonly resumed: boolean;
  /** Gates that are left out from here on. */
  readonly skip?: readonly string[];
  /** Only its closing steps will be run: hosts that these do not need may be away. */
  readonly toClose?: boolean;
}

async function takeUp(outside: Outside, cluster: OpenCluster, taken: Taken): Promise<OpenedWindow> {
  const { folder, view, resumed, skip = [] } = taken;
  const { clock, holder } = outside;
  const { journal } = folder;
  const { hosts, locked, taking, away } = hostsOf(outside, cluster, taken);
  const { epoch, overtaken } = await lockFor(outside, cluster, { ...taken, taking });
  try {
    await journal.append(clock.now(), { kind: "opened", epoch, holder });
  } catch (error) {
    // Nobody would know whose it is. One that was left has held it before, and is gone on with.
    if (!resumed) await releaseLockOn(taking, folder.id);
    throw error;
  }
  if (skip.length > 0) await journal.append(clock.now(), { kind: "skipping", gates: skip });
  const { plan } = stateOf(journal.records());
  view.event({ kind: "opened", window: folder.id, plan, resumed, at: clock.now() });
  const run: Run = {
    world: worldOf(outside, cluster, { folder, hosts }),
    ...{ registry: steps, window: folder.id, epoch, report: view.event, away },
    release: () => letGo(outside, cluster, locked, folder.id),
  };
  return { overtaken, ...openedWindow(run, folder) };
}

/**
 * By name; those whose lock is the window's, and is taken now; and the names of those that are
 * away.
 */
function hostsOf(
  outside: Outside,
  cluster: OpenCluster,
  { folder, skip = [], toClose = false }: Taken,
): {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly locked: readonly Host[];
  readonly taking: readonly Host[];
  readonly away: readonly string[];
} {
  const everyone = hostsByName(cluster);
  const state = stateOf(folder.journal.records());
  const locked = lockHosts(state.plan, everyone);
  const away = cluster.hosts.filter((one) => one.away !== undefined).map(({ host }) => host.name);
  if (!toClose) return { hosts: everyone, locked, taking: locked, away };
  const skipped = [...state.skipped, ...skip];
  const closing = stepsToRun({ ...state, skipped, abandoned: true }, away);
  const needed = closingHosts(cluster, closing);
  const taking = locked.filter((host) => needed.includes(host.name));
  return { hosts: withStandIn(outside, cluster, closing, taking), locked, taking, away };
}

function worldOf(
  outside: Outside,
  { chain }: OpenCluster,
  {
    folder: { journal, store },
    hosts,
  }: { readonly folder: WindowFolder; readonly hosts: World["hosts"] },
): World {
  const { clock } = outside;
  return { hosts, clock, journal, store, chain, interrupted: () => outside.interrupted() };
}

function openedWindow(
  run: Run,
  { journal, store, release }: WindowFolder,
): Omit<OpenedWindow, "overtaken"> {
  const { clock } = run.world;
  const state = () => stateOf(journal.records());
  return {
    state,
    async run(how = {}) {
      const end = await runWindow({ ...run, ...how });
      return { end, state: state(), folder: store.location };
    },
    async abandon(how = {}) {
      await journal.append(clock.now(), { kind: "abandoned", ...how });
    },
    once: (planned) => doOnce(run, planned),
    async drop() {
      await run.release?.();
      await journal.append(clock.now(), { kind: "closed", how: "abandoned" });
    },
    runCommand: (argv, { work, report }) => carryOutCommand({ ...run, report }, argv, work),
    leave: () => release(),
  };
}

function lockHosts(plan: Plan, hosts: ReadonlyMap<string, Host>): readonly Host[] {
  return plan.lockHosts.map((name) => {
    const host = hosts.get(name);
    if (host !== undefined) return host;
    throw new Failure(
      "brokenInventory",
      `${name} is part of the window's plan, but no longer in the inventory`,
      "Use the inventory with which the window was begun.",
    );
  });
}
