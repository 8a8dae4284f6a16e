// The window that was left open on this machine, and whether a command may go on with it.

import { counted } from "../core/counted.ts";
import { type Purpose, planVersion } from "../core/plan.ts";
import {
  foldJournal,
  hasSettledBack,
  isOpen,
  operatorsCommand,
  type WindowState,
} from "../core/window.ts";
import type { OwnWindow } from "../readiness/blocker.ts";
import { type Answering, Failure } from "./exit.ts";
import { sayAgain, sayStop } from "./finish.ts";
import { andNothingChanged } from "./nothing-changed.ts";
import { closeUnopened, resumeWindow } from "./open-window.ts";
import { type AtWork, mostOf, type OpenCluster, type Outside, type Where } from "./outside.ts";
import { takeNoteBack } from "./take-note-back.ts";

export interface LeftWindow {
  readonly id: string;
  /** The step it was at. */
  readonly at: string;
  readonly state: WindowState;
  /** A process that goes on with it just now: then it was not left, and is to be waited for. */
  readonly atWork: AtWork | undefined;
}

/**
 * Hosts reached; where that fails while a window is open, also how to close it, or why that must
 * wait.
 */
export async function openForWindow(
  outside: Outside,
  where: Where,
  on: { readonly connect: "all" | "most" },
): Promise<OpenCluster> {
  try {
    return await outside.openCluster(where, on);
  } catch (error) {
    if (!(error instanceof Failure) || error.answering === undefined) throw error;
    const cluster = await outside.openCluster(where, { connect: "none" });
    const left = await leftWindow(cluster);
    await cluster.close();
    if (left === undefined) throw error;
    const hint =
      left.atWork === undefined
        ? `Window ${left.id} is still open. ${howToClose(error.answering, cluster.source)}`
        : `Window ${left.id} is open: ${left.atWork.because}. ${left.atWork.remedy}`;
    throw new Failure(error.exit, error.message, andNothingChanged(`${error.remedy}\n${hint}`));
  }
}

/**
 * Abandoning is refused without most of the control plane: that it would help is said only where it
 * does.
 */
function howToClose({ answered, of }: Answering, source: string): string {
  const missing = mostOf(of) - answered;
  if (missing <= 0) {
    return `If the host is lost, close the window without it, which puts the provider back: ${sayAgain("abandon", source)}`;
  }
  const nodes = `${mostOf(of)} of ${counted(of, "control plane node")}`;
  return `\`drydock abandon\` needs ${nodes}, and ${answered === 0 ? "none" : answered} answered: bring ${missing === 1 ? "one" : missing} back first. The provider stays as it is.`;
}

/** The newest window that is not closed; one that never had the lock is none (closeUnopened). */
export async function leftWindow(
  cluster: Pick<OpenCluster, "windows" | "atWork">,
): Promise<LeftWindow | undefined> {
  for (const { id, records } of await cluster.windows()) {
    const state = foldJournal(records);
    if (state === undefined || !isOpen(state)) continue;
    return { id, at: placeOf(state), state, atWork: await cluster.atWork(id) };
  }
  return undefined;
}

/** For what only looks: why no other window could begin, and what to do about it. */
export async function ownWindows(cluster: OpenCluster): Promise<readonly OwnWindow[]> {
  const unread = (await cluster.unread?.()) ?? [];
  const mayBeOpen = unread.map(({ window, because, remedy }): OwnWindow => {
    const unknown = `whether window ${window} is open is not known: ${because}`;
    return { kind: "journal", window, because: unknown, remedy };
  });
  const left = await leftWindow(cluster);
  return [...(left === undefined ? [] : ownWindow(left, cluster)), ...mayBeOpen];
}

function ownWindow(left: LeftWindow, { source }: OpenCluster): readonly OwnWindow[] {
  const { id, at, state, atWork } = left;
  const { purpose } = state.plan;
  if (atWork !== undefined) return [{ kind: "locked", window: id, ...openNow(left, atWork) }];
  if (purpose !== "rotation" && purpose !== "hold") return [];
  const close = sayAgain("abandon", source);
  const remedy =
    purpose === "rotation" && !isOtherVersion(state)
      ? `Go on with it: ${sayAgain("run", source)}\nor close it: ${close}`
      : `Close it: ${close}`;
  const because = `window ${id} was left on this machine, at ${at}`;
  return [{ kind: "locked", window: id, because, remedy }];
}

function openNow({ id, at, state }: LeftWindow, { because, remedy }: AtWork): AtWork {
  return { because: `window ${id} (${state.plan.purpose}) is open, at ${at}: ${because}`, remedy };
}

/** Nobody can go on with it then, nor close it; nor is its operator to be asked anything. */
export function refuseAtWork(left: LeftWindow | undefined): void {
  if (left?.atWork === undefined) return;
  const { because, remedy } = openNow(left, left.atWork);
  throw new Failure("locked", because, remedy);
}

/** Its goals may mean something else; closing steps keep their meaning. */
export function isOtherVersion({ plan }: Pick<WindowState, "plan">): boolean {
  const { version }: { readonly version: number } = plan;
  return version !== planVersion;
}

function refuseOtherVersion({ id, at, state }: LeftWindow, cluster: OpenCluster): void {
  if (!isOtherVersion(state)) return;
  const { version } = state.plan;
  throw new Failure(
    "journal",
    `window ${id} is still open, at ${at}, and another version of Drydock has planned it (version ${version} of the plan, not ${planVersion})`,
    `Close it, which puts the provider back once the cluster is healthy, and begin anew: ${sayAgain("abandon", cluster.source)}`,
  );
}

/** Between two steps no step is current: then it is the first that is not settled. */
function placeOf(state: WindowState): string {
  if (state.command !== undefined) return `the ${operatorsCommand}`;
  const next = state.plan.steps.find(({ key }) => !state.settled.has(key));
  return state.current ?? next?.key ?? "its end";
}

/**
 * The window that a command with `purpose` goes on with. One of a backup, or of stopping or
 * starting the provider, has nothing to go on with: it is closed. Another purpose is refused.
 */
export async function unfinishedWindow(
  outside: Outside,
  cluster: OpenCluster,
  purpose: Purpose,
): Promise<LeftWindow | undefined> {
  await closeUnopened(outside, cluster);
  const left = await leftWindow(cluster);
  if (left === undefined) return undefined;
  refuseAtWork(left);
  const { plan } = left.state;
  if (plan.purpose === purpose && purpose === "rotation") {
    refuseOtherVersion(left, cluster);
    return left;
  }
  if (plan.purpose !== "rotation" && plan.purpose !== "hold") {
    const view = { event: () => undefined, end: () => undefined };
    const opened = await resumeWindow(outside, cluster, { id: left.id, view, toClose: true });
    await takeNoteBack(opened, left.state);
    await opened.drop();
    await opened.leave();
    return undefined;
  }
  const stop = hasSettledBack(left.state) ? `\n${sayStop(cluster.source)}` : "";
  const what = plan.purpose === "hold" ? "of `drydock hold`" : "of `drydock run`";
  const closes = plan.purpose === "hold" || isOtherVersion(left.state);
  const how = closes ? " (checks the cluster's health, then starts the provider)" : "";
  throw new Failure(
    "locked",
    `window ${left.id} ${what} is still open, at ${left.at}`,
    `Finish it first${how}: ${sayAgain(closes ? "abandon" : "run", cluster.source)}${stop}`,
  );
}
