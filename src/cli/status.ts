// `drydock status`: what the last window did, what is left of it, and how to go on.

import type { PlannedStep } from "../core/plan.ts";
import { printable } from "../core/printable.ts";
import { foldJournal, type WindowState } from "../core/window.ts";
import { exitCodes } from "./exit.ts";
import { sayAgain, spellOut } from "./finish.ts";
import { mayBeAtWork } from "./operators-command.ts";
import type { OpenCluster, Outside, UnreadWindow, Where } from "./outside.ts";
import { providerKept, sayProviderKept } from "./provider-kept.ts";
import { isOtherVersion, type LeftWindow, leftWindow } from "./unfinished.ts";
import { accountLines, accountOf } from "./views/account.ts";
import { halfRenewed, halfRenewedLines } from "./views/half-renewed.ts";
import { jsonDocument } from "./views/json.ts";
import { seconds } from "./views/plain.ts";

export async function statusCommand(
  outside: Outside,
  where: Where,
  flags: { readonly json: boolean },
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "none", looks: true });
  try {
    const { out } = outside.terminal;
    const { state, atWork } = await shownWindow(cluster);
    const unread = (await cluster.unread?.()) ?? [];
    if (state === undefined && unread.length === 0) {
      out(flags.json ? "null\n" : `${(await noneYet(cluster)).map(printable).join("\n")}\n`);
      return exitCodes.ok;
    }
    const shown = state === undefined ? [] : statusLines({ state, atWork }, cluster);
    if (flags.json)
      out(
        jsonDocument({
          ...(state === undefined ? { window: null } : statusJson({ state, atWork }, cluster)),
          unread,
        }),
      );
    else out(`${[...shown, ...unread.flatMap(unreadLines)].map(printable).join("\n")}\n`);
    if (state !== undefined && state.closed === undefined) return exitCodes.stopped;
    return unread.length === 0 ? exitCodes.ok : exitCodes.journal;
  } finally {
    await cluster.close();
  }
}

/** The one that is still open, else the newest that has done something. */
async function shownWindow(
  cluster: OpenCluster,
): Promise<Partial<Pick<LeftWindow, "state" | "atWork">>> {
  const left = await leftWindow(cluster);
  if (left !== undefined) return left;
  const states = (await cluster.windows()).map(({ records }) => foldJournal(records));
  const state = states.find((one) => one !== undefined && one.epoch > 0);
  return state === undefined ? {} : { state, atWork: undefined };
}

/** With where was looked: under another name, or in another folder, there may be one. */
async function noneYet({ name, kept }: OpenCluster): Promise<readonly string[]> {
  if (kept === undefined) return [`${name}: no window yet on this machine.`];
  const others = await kept.othersOpen();
  return [
    `${name}: no window yet in ${kept.folder}`,
    ...(others.length === 0
      ? []
      : [`Open windows there: ${others.join(", ")}`, "If one of these is meant: --cluster NAME"]),
  ];
}

type Shown = Pick<LeftWindow, "state" | "atWork">;

function statusJson({ state, atWork }: Shown, { source }: OpenCluster): object {
  const { id, plan, closed, current, stopped, lost, holder } = state;
  const steps = stepsOf(state).map(({ key }) => ({ key, settled: state.settled.get(key) ?? null }));
  return {
    window: id,
    purpose: plan.purpose,
    cluster: plan.cluster,
    holder,
    plannedAt: state.plannedAt,
    lastAt: state.lastAt,
    closed: closed ?? null,
    current: current ?? null,
    stopped:
      stopped === undefined ? null : { ...stopped, remedy: spellOut(stopped.remedy, source) },
    atWork: atWork?.because ?? null,
    lost,
    skipped: state.skipped,
    leases: accountOf(state) ?? null,
    command: state.command ?? null,
    provider: closed === undefined ? (providerKept(state) ?? null) : null,
    halfRenewed: closed === "abandoned" ? halfRenewed(state) : [],
    steps,
  };
}

function statusLines({ state, atWork }: Shown, cluster: OpenCluster): readonly string[] {
  const begun = new Date(state.plannedAt).toISOString().slice(0, 16).replace("T", " ");
  const head = `${state.plan.cluster}: window ${state.id} (${state.plan.purpose}) of ${state.holder ?? "nobody yet"}, begun ${begun} UTC`;
  const lines = stepsOf(state).map(({ key }) => {
    const settled = state.settled.get(key);
    if (settled !== undefined) {
      return `  done   ${key}  ${seconds(settled.ms)}  ${settled.verdict.because}`;
    }
    return key === state.current ? `  at     ${key}` : `  to do  ${key}`;
  });
  return [head, ...lines, ...howToGoOn({ state, atWork }, cluster)];
}

/** It may be open, and what is shown of another one is then not all. */
function unreadLines({ window, because, remedy }: UnreadWindow): readonly string[] {
  return [`Whether window ${window} is open is not known: ${because}`, ...remedy.split("\n")];
}

/** What was mended, or is being mended, came before all else. */
function stepsOf({ plan, settled, current }: WindowState): readonly PlannedStep[] {
  const mendings = plan.mendings ?? [];
  return [...mendings.filter(({ key }) => settled.has(key) || key === current), ...plan.steps];
}

function howToGoOn({ state, atWork }: Shown, cluster: OpenCluster): readonly string[] {
  if (state.closed !== undefined) {
    const counted = accountOf(state) === undefined ? [] : accountLines(state);
    const again = sayAgain("run", cluster.source);
    const left = state.closed === "abandoned" ? halfRenewedLines(state, again) : [];
    return [`It is ${state.closed}.`, ...counted, ...left];
  }
  const stopped = state.stopped;
  const why =
    stopped === undefined
      ? []
      : [`Stopped at ${stopped.key}: ${stopped.because}`, spellOut(stopped.remedy, cluster.source)];
  const { purpose } = state.plan;
  const now = atWork === undefined ? [] : [`Now ${atWork.because}.`, ...atWork.remedy.split("\n")];
  const mayGoOn = purpose === "rotation" && !isOtherVersion(state) && !state.overtaken;
  if (purpose !== "rotation" && purpose !== "hold") {
    const then = "There is nothing to go on with: whatever is run next here closes it.";
    return [...why, ...(now.length === 0 ? [then] : now)];
  }
  const onceEnded = atWork === undefined ? "" : ", once that process has ended";
  const goOn = sayAgain("run", cluster.source);
  const close = sayAgain("abandon", cluster.source);
  return [
    ...why,
    sayProviderKept(state, cluster.source),
    ...(atWork === undefined ? mayBeAtWork(state) : now),
    ...(mayGoOn ? [`To go on${onceEnded}: ${goOn}`] : []),
    `To close it early${onceEnded}, with the provider put back once the cluster is healthy: ${close}`,
  ];
}
