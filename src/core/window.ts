// What a window's journal says, folded into one value. Derived, never stored.

import { invariant } from "./invariant.ts";
import type { JournalRecord } from "./journal.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { Verdict } from "./step.ts";
import type { Instant } from "./world.ts";

/** In place of a step's key, of what a hold carries out. */
export const operatorsCommand = "operator's command";

export interface Settled {
  readonly verdict: Verdict;
  readonly at: Instant;
  /** The record's number: the operator's clock may be set back. */
  readonly seq: number;
  /** From the first look to the verdict, of all runs that came to one. */
  readonly ms: number;
}

export interface WindowState {
  readonly id: string;
  readonly plan: Plan;
  readonly plannedAt: Instant;
  readonly epoch: number;
  /** The highest epoch that it ever asked for, in vain or not. */
  readonly asked: number;
  readonly holder: string | undefined;
  readonly settled: ReadonlyMap<string, Settled>;
  /**
   * The operator's own command that was begun and whose end is not known: it may still be at work.
   */
  readonly command: string | undefined;
  /** By the key of a step, the number of the record of what was last sent to a host for it. */
  readonly acted: ReadonlyMap<string, number>;
  readonly lost: readonly {
    readonly key: string;
    readonly because: string;
    readonly at: Instant;
    readonly seq: number;
  }[];
  /** Why it last stopped, if nothing was begun after that. */
  readonly stopped:
    | { readonly key: string; readonly because: string; readonly remedy: string }
    | undefined;
  readonly current: string | undefined;
  readonly abandoned: boolean;
  /** Another window has held the lock since this one did, and it was not abandoned after that. */
  readonly overtaken: boolean;
  /** It was abandoned after another window had worked: the provider is not its own to give back. */
  readonly superseded: boolean;
  /** Gates that the operator told to leave out, when it was planned or later. */
  readonly skipped: readonly string[];
  readonly closed: "completed" | "abandoned" | undefined;
  readonly lastAt: Instant;
}

/** Folds a journal; undefined when it holds no plan. */
export function foldJournal(records: readonly JournalRecord[]): WindowState | undefined {
  const first = records[0];
  if (first === undefined || first.kind !== "planned") return undefined;
  return records.slice(1).reduce(fold, beginning(first.window, first.plan, first.at));
}

/** Of a window that is at work: its plan was written first. */
export function stateOf(records: readonly JournalRecord[]): WindowState {
  const state = foldJournal(records);
  invariant(state !== undefined, "a window's journal holds no plan");
  return state;
}

/** It has had the lock, and is not closed: somebody has to go on with it. */
export function isOpen({ closed, epoch }: Pick<WindowState, "closed" | "epoch">): boolean {
  return closed === undefined && epoch > 0;
}

function beginning(id: string, plan: Plan, at: Instant): WindowState {
  return {
    id,
    plan,
    plannedAt: at,
    epoch: 0,
    asked: 0,
    holder: undefined,
    settled: new Map(),
    acted: new Map(),
    command: undefined,
    lost: [],
    stopped: undefined,
    current: undefined,
    overtaken: false,
    abandoned: false,
    superseded: false,
    skipped: plan.skipped ?? [],
    closed: undefined,
    lastAt: at,
  };
}

function fold(before: WindowState, record: JournalRecord): WindowState {
  const state = { ...before, lastAt: record.at };
  switch (record.kind) {
    case "planned":
      return state;
    case "taking":
      return { ...state, asked: Math.max(state.asked, record.epoch) };
    case "opened": {
      const { epoch, holder } = record;
      // Journals of earlier versions say no more of the epochs than this.
      const asked = Math.max(state.asked, epoch);
      return { ...state, epoch, asked, holder, stopped: undefined };
    }
    case "overtaken":
      return { ...state, overtaken: true };
    case "began":
      return { ...state, current: record.key, stopped: undefined };
    case "sending":
      return {
        ...{ ...state, acted: new Map(state.acted).set(record.key, record.seq) },
        command: record.key === operatorsCommand ? record.act : state.command,
      };
    case "ran":
      return record.key === operatorsCommand ? { ...state, command: undefined } : state;
    case "settled":
      // A standing goal settles anew while another step is at work.
      return {
        ...{ ...state, settled: settle(state, record) },
        current: state.current === record.key ? undefined : state.current,
      };
    case "lost":
      return { ...state, lost: [...state.lost, record] };
    case "stopped":
      return { ...state, stopped: record, current: record.key };
    case "skipping":
      return { ...state, skipped: [...new Set([...state.skipped, ...record.gates])] };
    case "abandoned":
      // Whether it may give the provider back was decided with that: it is gone on with to close
      // it.
      return {
        // Nor is it, before its command has ended: whoever abandons it has said so.
        ...{ ...state, abandoned: true, overtaken: false, command: undefined },
        superseded: record.superseded ?? state.superseded,
      };
    case "closed":
      return { ...state, closed: record.how, current: undefined };
  }
}

function settle(
  state: WindowState,
  record: JournalRecord & { readonly kind: "settled" },
): ReadonlyMap<string, Settled> {
  const { key, verdict, at, seq } = record;
  const ms = (state.settled.get(key)?.ms ?? 0) + record.ms;
  return new Map(state.settled).set(key, { verdict, at, seq, ms });
}

/**
 * The steps that a run still goes over: all but those of skipped gates; or only the closing ones,
 * when the window was abandoned, or has given the provider back already: it is not stopped for
 * nothing then. None of an abandoned window that came to no standing goal: there is nothing to give
 * back. First comes what mends a window that was cut off, but on hosts that are `away`.
 */
export function stepsToRun(
  state: WindowState,
  away: readonly string[] = [],
): readonly PlannedStep[] {
  const { abandoned, plan, skipped, superseded } = state;
  if (superseded)
    return plan.steps.filter(({ gate }) => gate === "resume" && !skipped.includes(gate));
  if (abandoned && hasTakenNothing(state)) return [];
  const given = hasGivenBack(state);
  const mendings = (given ? [] : (plan.mendings ?? [])).filter(
    ({ host, between }) => wasCutOff(state, between) && !away.includes(host),
  );
  const steps = plan.steps.filter(({ closing }) => closing === true || (!abandoned && !given));
  return [...mendings, ...steps].filter(
    ({ gate }) => gate === undefined || !skipped.includes(gate),
  );
}

/**
 * A step that ends a standing goal has settled: the provider runs again, if it is to run. Or
 * something was sent for it, and nothing to reach that goal again since: it may be on its way.
 */
export function hasGivenBack(state: Pick<WindowState, "plan" | "settled" | "acted">): boolean {
  return hasSettledBack(state) || state.plan.steps.some((step) => isBeingLifted(state, step));
}

/** It was seen to be given back. */
export function hasSettledBack({ plan, settled }: Pick<WindowState, "plan" | "settled">): boolean {
  return plan.steps.some(({ key, lifts }) => lifts !== undefined && settled.has(key));
}

function isBeingLifted({ acted }: Pick<WindowState, "acted">, { key, lifts }: PlannedStep) {
  const sent = acted.get(key);
  return lifts !== undefined && sent !== undefined && sent > (acted.get(lifts) ?? 0);
}

/** The provider was not stopped by it, nor anything paused: it was left before that. */
export function hasTakenNothing({
  plan,
  settled,
  acted,
}: Pick<WindowState, "plan" | "settled" | "acted">): boolean {
  const taken = plan.steps.filter(({ standing }) => standing === true);
  return taken.length > 0 && !taken.some(({ key }) => settled.has(key) || acted.has(key));
}

/**
 * What a window that was left upholds from its beginning on: the standing goals that it came to,
 * until a closing step ends them. Not what can only be resumed on a host that is `away`, nor what
 * is left out now.
 */
export function upheldSinceBefore(
  state: WindowState,
  away: readonly string[] = [],
): readonly PlannedStep[] {
  const { plan, settled, acted, skipped } = state;
  if (hasGivenBack(state)) return [];
  const isLost = ({ key, host }: PlannedStep) =>
    away.includes(host) && plan.steps.some(({ lifts, gate }) => lifts === key && gate === "resume");
  return plan.steps
    .filter(({ standing, key }) => standing === true && (settled.has(key) || acted.has(key)))
    .filter((step) => !isLost(step) && (step.gate === undefined || !skipped.includes(step.gate)));
}

/** Something was sent for the first step, and the second has not settled since. */
export function wasCutOff(
  { acted, settled }: Pick<WindowState, "acted" | "settled">,
  [from, to]: readonly [string, string],
): boolean {
  const sent = acted.get(from);
  return sent !== undefined && !((settled.get(to)?.seq ?? 0) > sent);
}
