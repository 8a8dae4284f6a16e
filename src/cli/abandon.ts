// `drydock abandon`: close a window early, with the provider put back once the cluster is healthy.

import { hasTakenNothing, type WindowState } from "../core/window.ts";
import type { Gated } from "../gates.ts";
import { breakLock } from "./break-lock.ts";
import { exitCodes, Failure } from "./exit.ts";
import { finish, sayAgain } from "./finish.ts";
import { foundStopped, staysAtZero } from "./left-stopped.ts";
import { closeUnopened, type OpenedWindow, resumeWindow } from "./open-window.ts";
import { mayBeAtWork } from "./operators-command.ts";
import { type OpenCluster, type Outside, sayAway, type Where } from "./outside.ts";
import { mustAgree } from "./question.ts";
import { isProviderLeft, seesProviderLeft } from "./still-true.ts";
import { takeNoteBack } from "./take-note-back.ts";
import { type LeftWindow, leftWindow, openForWindow, refuseAtWork } from "./unfinished.ts";
import { bewareLines, shortReport } from "./views/account.ts";
import { halfRenewed, halfRenewedLines } from "./views/half-renewed.ts";
import { jsonLine } from "./views/json.ts";
import { chooseView, type View } from "./views/view.ts";

interface AbandonFlags extends Gated {
  readonly json: boolean;
  readonly breakLock: string | undefined;
  readonly yes: boolean;
}

interface Closing {
  readonly left: LeftWindow;
  readonly view: View;
  readonly flags: AbandonFlags;
}

export async function abandonCommand(
  outside: Outside,
  where: Where,
  flags: AbandonFlags,
): Promise<number> {
  const cluster = await openForWindow(outside, where, { connect: "most" });
  try {
    sayAway(outside, cluster);
    if (flags.breakLock !== undefined) {
      return await breakLock(outside, cluster, { window: flags.breakLock, json: flags.json });
    }
    await closeUnopened(outside, cluster);
    const left = await leftWindow(cluster);
    if (left === undefined) {
      if (flags.json) outside.terminal.out(jsonLine({ kind: "report", window: null }));
      outside.terminal.err(`${cluster.name}: no window is open on this machine.\n`);
      return exitCodes.ok;
    }
    refuseAtWork(left);
    if (!flags.yes) await mustHaveEnded(outside, left.state);
    const view = chooseView(outside, { json: flags.json, source: cluster.source });
    try {
      return await close(outside, cluster, { left, view, flags });
    } finally {
      view.end();
    }
  } finally {
    await cluster.close();
  }
}

async function close(
  outside: Outside,
  cluster: OpenCluster,
  { left, view, flags: { skip, json } }: Closing,
): Promise<number> {
  const opened = await resumeWindow(outside, cluster, { id: left.id, view, skip, toClose: true });
  await takeNoteBack(opened, left.state);
  if (left.state.superseded || (await othersHaveIt(outside, cluster, opened))) {
    return closeSuperseded(outside, cluster, { opened, json, endView: view.end });
  }
  await opened.abandon();
  const ended = await opened.run();
  await opened.leave();
  view.end();
  if (ended.end.kind === "completed") {
    sayAbandoned(outside, cluster, ended.state, json);
    // Somebody else has stopped it: this window has nothing to give back.
    if (hasTakenNothing(ended.state) && (await isProviderLeft(outside, cluster))) {
      outside.terminal.err(`${bewareLines([foundStopped(cluster.source)]).join("")}\n`);
    }
  }
  const { source } = cluster;
  return finish(outside, ended, {
    again: sayAgain("abandon", source),
    source,
    providerStays: true,
  });
}

/**
 * Another window has worked since, and the provider is not left for this one to give back. Throws
 * where that cannot be seen, and something is perhaps to be given back; the window stays open.
 */
async function othersHaveIt(
  outside: Outside,
  cluster: OpenCluster,
  opened: OpenedWindow,
): Promise<boolean> {
  if (!opened.overtaken) return false;
  if (hasTakenNothing(opened.state())) return !(await isProviderLeft(outside, cluster));
  const again = sayAgain("abandon", cluster.source);
  const remedy = `Whether this window is to give it back cannot be told, and nothing was changed. When it can be seen, run: ${again}`;
  try {
    return !(await seesProviderLeft(outside, cluster, remedy));
  } catch (error) {
    await opened.leave();
    throw error;
  }
}

/** Of the operator's own command, which only a person can tell. */
async function mustHaveEnded(outside: Outside, state: WindowState): Promise<void> {
  const { terminal } = outside;
  const beware = mayBeAtWork(state);
  if (beware.length === 0) return;
  if (!terminal.interactive) {
    const remedy = "Then say --yes. Nothing was changed.";
    const [first = "", ...others] = beware;
    throw new Failure("usage", first, [...others, remedy].join(" "));
  }
  terminal.err(beware.map((line) => `${line}\n`).join(""));
  await mustAgree(outside, "Has it ended?");
}

/**
 * The report of a window that was closed early: its leases, and nodes that are renewed only half.
 */
export function sayAbandoned(
  { terminal }: Outside,
  { source }: OpenCluster,
  state: WindowState,
  json: boolean,
): void {
  const beware = staysAtZero(state.plan, source);
  terminal.out(shortReport(state, json, { beware, halfRenewed: halfRenewed(state) }));
  if (hasTakenNothing(state) && !json) terminal.out(`${tookNothing}\n`);
  terminal.err(toFinish(state, source));
}

function toFinish(state: WindowState, source: string): string {
  const left = halfRenewedLines(state, sayAgain("run", source));
  return left.map((line) => `${line}\n`).join("");
}

const tookNothing = "This window had not come to stop the provider: nothing was put back.";

/**
 * Whoever came after it has the last word on the provider; what it has paused only it can resume.
 */
async function closeSuperseded(
  outside: Outside,
  { source }: OpenCluster,
  {
    opened,
    json,
    endView,
  }: { readonly opened: OpenedWindow; readonly json: boolean; readonly endView: () => void },
): Promise<number> {
  await opened.abandon({ superseded: true });
  const ended = await opened.run();
  await opened.leave();
  endView();
  if (ended.end.kind === "completed") saySuperseded(outside, source, ended.state, json);
  return finish(outside, ended, {
    again: sayAgain("abandon", source),
    source,
    providerStays: false,
  });
}

/** What that other window has done is not looked at: it may have finished the nodes as well. */
function saySuperseded(
  { terminal }: Outside,
  source: string,
  state: WindowState,
  json: boolean,
): void {
  terminal.out(shortReport(state, json, { halfRenewed: halfRenewed(state) }));
  const left = toFinish(state, source);
  terminal.err(
    `Another window has worked here since window ${state.id}, which is closed now. The provider was not touched: see ${sayAgain("provider status", source)}\n${left === "" ? "" : `Unless that one has finished it:\n${left}`}`,
  );
}
