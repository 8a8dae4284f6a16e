// Carries out a window: lock, engine, views, and what is left to say when it ended.

import type { ClusterFacts } from "../cluster/facts.ts";
import { type RunEnd, runWindow } from "../core/engine.ts";
import type { Reporter } from "../core/event.ts";
import { invariant } from "../core/invariant.ts";
import type { JournalRecord } from "../core/journal.ts";
import { releaseLockOn, takeLockOn } from "../core/lock.ts";
import { doOnce } from "../core/once.ts";
import type { Plan, PlannedStep } from "../core/plan.ts";
import type { Run } from "../core/run.ts";
import { foldJournal, stepsToRun, type WindowState } from "../core/window.ts";
import type { Host, World } from "../core/world.ts";
import { steps } from "../steps/index.ts";
import { Failure } from "./exit.ts";
import { sayAgain } from "./finish.ts";
import { lockFailure, supersededFailure } from "./lock-failure.ts";
import { carryOutCommand } from "./operators-command.ts";
import { hostsByName, type OpenCluster, type Outside, type WindowFolder } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { refuseOtherCluster } from "./same-cluster.ts";
import { closingHosts, withStandIn } from "./stand-in.ts";
import { refuseStale } from "./still-true.ts";
import type { View } from "./views/view.ts";

export interface Ended {
  readonly end: RunEnd;
  readonly state: WindowState;
  readonly folder: string;
}

export interface OpenedWindow {
  /** Another window has held the lock since this one did: what it knows of the provider is old. */
  readonly superseded: boolean;
  /** Runs the plan as far as it goes; may be called again, to go on. */
  run(how?: Pick<Run, "stopBeforeClosing">): Promise<Ended>;
  /** Gives up all but the closing steps, or all but the resuming of what it paused; what runs next is only those. */
  abandon(how?: { readonly superseded?: true }): Promise<void>;
  /** What a step that stands in no plan would do now; also when the operator has interrupted. */
  once(planned: PlannedStep): Promise<void>;
  /** Closes a window that has nothing to go on with, without carrying out what is left. */
  drop(): Promise<void>;
  /**
   * Carries out the operator's own command, noted before and after, and meanwhile keeps the provider
   * stopped; its exit code. `report` hears of what was undone, as the terminal is the command's.
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
    /** What the plan was made from; its provider must still be so. Undefined where it is left alone. */
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
 * Closes the windows of this machine that were planned and never had the lock: nothing was done in them,
 * and what they were planned from may not be so any more.
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
  const { folder, view, skip = [], toClose = false } = taken;
  const { clock, holder } = outside;
  const { id: window, journal, store } = folder;
  const everyone = hostsByName(cluster);
  const state = stateOf(journal.records());
  const locked = lockHosts(state.plan, everyone);
  const skipped = [...state.skipped, ...skip];
  const away = cluster.hosts.filter((one) => one.away !== undefined).map(nameOf);
  const closing = stepsToRun({ ...state, skipped, abandoned: true }, away);
  const needed = toClose ? closingHosts(cluster, closing) : state.plan.lockHosts;
  const taking = locked.filter((host) => needed.includes(host.name));
  const hosts = toClose ? withStandIn(outside, cluster, closing, taking) : everyone;
  const left = { id: window, plan: state.plan, folder: store.location };
  let superseded = state.overtaken;
  const refuse = () => {
    if (superseded && !toClose) throw supersededFailure(window, cluster);
  };
  refuse();
  const lock = await takeLock(outside, cluster, {
    ...{ hosts: taking, window, holder },
    beforeTaking: async ({ known, given, epoch }) => {
      if (taken.resumed && !known) await refuseOtherCluster(taking, left);
      // One that was lost may still show this window when the others have seen another one.
      if (taken.resumed && given > stateOf(journal.records()).asked && !superseded) {
        await journal.append(clock.now(), { kind: "overtaken" });
        superseded = true;
        refuse();
      }
      await journal.append(clock.now(), { kind: "taking", epoch });
    },
  });
  if (lock.kind !== "taken") throw lockFailure(lock, toClose, cluster);
  try {
    await journal.append(clock.now(), { kind: "opened", epoch: lock.epoch, holder });
  } catch (error) {
    // Nobody would know whose it is. One that was left has held it before, and is gone on with.
    if (!taken.resumed) await releaseLockOn(taking, window);
    throw error;
  }
  if (skip.length > 0) await journal.append(clock.now(), { kind: "skipping", gates: skip });
  const { plan } = state;
  view.event({ kind: "opened", window, plan, resumed: taken.resumed, at: clock.now() });
  const { chain } = cluster;
  const interrupted = () => outside.interrupted();
  const world: World = { hosts, clock, journal, store, chain, interrupted };
  const release = () => letGo(outside, cluster, locked, window);
  const { epoch } = lock;
  const run = { world, registry: steps, window, epoch, report: view.event, release, away };
  return {
    superseded,
    async run(how = {}) {
      const end = await runWindow({ ...run, ...how });
      return { end, state: stateOf(journal.records()), folder: store.location };
    },
    async abandon(how = {}) {
      await journal.append(clock.now(), { kind: "abandoned", ...how });
    },
    once: (planned) => doOnce(run, planned),
    async drop() {
      await release();
      await journal.append(clock.now(), { kind: "closed", how: "abandoned" });
    },
    runCommand: (argv, { work, report }) => carryOutCommand({ ...run, report }, argv, work),
    state: () => stateOf(journal.records()),
    leave: () => folder.release(),
  };
}

/** Also where windows that were closed on this machine have left theirs behind. */
async function takeLock(
  outside: Outside,
  cluster: OpenCluster,
  { hosts, ...wanted }: Parameters<typeof takeLockOn>[2] & { readonly hosts: readonly Host[] },
): Promise<Awaited<ReturnType<typeof takeLockOn>>> {
  const { clock, terminal } = outside;
  let lock = await takeLockOn({ clock }, hosts, wanted);
  // Each host may have another one.
  for (const _ of hosts) {
    if (lock.kind !== "held" || !(await remnants(outside, cluster))(lock.by)) break;
    const { window } = lock.by;
    terminal.err(
      `${lock.host}: the lock of window ${window}, which was closed here, is taken away.\n`,
    );
    // Only where it is that window's: elsewhere nothing happens.
    await releaseLockOn(hosts, window);
    lock = await takeLockOn({ clock }, hosts, wanted);
  }
  return lock;
}

/** How often the lock is let go of, and how long apart. */
const releasesMax = 5;
const releaseAgainMs = 2000;
async function letGo(
  outside: Outside,
  cluster: OpenCluster,
  locked: readonly Host[],
  window: string,
): Promise<void> {
  const gone = new Set(cluster.hosts.filter(({ away }) => away !== undefined).map(nameOf));
  const reached = locked.filter(({ name }) => !gone.has(name));
  let silent = await releaseLockOn(reached, window);
  for (let tries = 1; silent.length > 0 && tries < releasesMax; tries++) {
    await outside.clock.wait(releaseAgainMs);
    const left = reached.filter((host) => silent.includes(host.name));
    silent = await releaseLockOn(left, window);
  }
  silent = [...silent, ...locked.map(({ name }) => name).filter((name) => gone.has(name))];
  if (silent.length === 0) return;
  const breakIt = sayAgain(`abandon --break-lock ${window}`, cluster.source);
  outside.terminal.err(
    `${silent.join(", ")}: the lock could not be released there. When it answers again, run: ${breakIt}\n`,
  );
}

function nameOf({ host }: OpenCluster["hosts"][number]): string {
  return host.name;
}

function stateOf(records: readonly JournalRecord[]): WindowState {
  const state = foldJournal(records);
  invariant(state !== undefined, "a window's journal holds no plan");
  return state;
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
