// The engine: the only thing that acts. It writes to the journal before and after every act, and
// finds out what is done by looking: running a window again is the same code as running it.

import { type Act, showAct } from "./command.ts";
import { forwardOnly } from "./forward.ts";
import { invariant } from "./invariant.ts";
import { fenced, fencedOut } from "./lock.ts";
import { lookOnce } from "./look.ts";
import { complaint } from "./outcome.ts";
import { perform, resendMs } from "./perform.ts";
import { isMending, type PlannedStep, stepOf } from "./plan.ts";
import { remedyOf } from "./remedy.ts";
import { note, type Run, tell } from "./run.ts";
import { fallenFor, isStanding, lostOf } from "./standing.ts";
import { blocked, settleMsOf, type Verdict } from "./step.ts";
import { foldJournal, stepsToRun, upheldSinceBefore } from "./window.ts";

/** How a run ended. All but `completed` leave the provider as it is, and the lock held. */
export type RunEnd =
  | { readonly kind: "completed"; readonly how: "completed" | "abandoned" }
  /** All but the closing steps are done: a hold, whose own command comes next. */
  | { readonly kind: "holding" }
  | {
      readonly kind: "stopped";
      readonly key: string;
      readonly because: string;
      readonly remedy: string;
    }
  | { readonly kind: "interrupted"; readonly key: string }
  | { readonly kind: "fenced-out"; readonly key: string; readonly because: string };

/** How often a step is acted for when answers are lost. */
const roundsMax = 3;
/** How often the standing goals are looked at while something else is waited for. */
export const guardEveryMs = 5000;

/** Carries out what the journal's plan says, from its first step, as far as it gets. */
export async function runWindow(run: Run): Promise<RunEnd> {
  const state = foldJournal(run.world.journal.records());
  invariant(state !== undefined, "a window is run without a plan");
  const standing = [...upheldSinceBefore(state, run.away)];
  const steps = stepsToRun(state, run.away);
  for (const [index, planned] of steps.entries()) {
    if (run.stopBeforeClosing === true && planned.closing === true) {
      return run.world.interrupted() ? interrupt(run, planned.key) : { kind: "holding" };
    }
    const lifted = new Set(steps.slice(index + 1).map(({ lifts }) => lifts));
    const upheld = isMending(planned) ? state.plan.steps.filter(isStanding) : standing;
    const guarded = upheld.filter(({ key }) => planned.closing !== true || lifted.has(key));
    const end = await carryOut(run, planned, guarded);
    if (end !== undefined) return end;
    if (isStanding(planned)) standing.push(planned);
  }
  const how = state.abandoned ? "abandoned" : "completed";
  await run.release?.();
  await note(run, { kind: "closed", how });
  tell(run, { kind: "closed", how });
  return { kind: "completed", how };
}

/** One step to its verdict; undefined when it is satisfied and the next one may begin. */
async function carryOut(
  run: Run,
  planned: PlannedStep,
  standing: readonly PlannedStep[],
): Promise<RunEnd | undefined> {
  const { key } = planned;
  const { title } = stepOf(run.registry, planned);
  if (run.world.interrupted()) return interrupt(run, key);
  const startedAt = run.world.clock.now();
  await note(run, { kind: "began", key });
  tell(run, { kind: "began", planned, title });
  const verdict = await reach(run, planned, standing);
  if (verdict.kind === "interrupted") return interrupt(run, key);
  if (verdict.kind === "fenced-out") return verdict;
  if (verdict.kind !== "satisfied") return stop(run, planned, verdict);
  const ms = run.world.clock.now() - startedAt;
  await note(run, { kind: "settled", key, verdict, ms });
  tell(run, { kind: "settled", key, verdict, ms });
  return undefined;
}

type Reached =
  | Verdict
  | { readonly kind: "interrupted" }
  | (RunEnd & { readonly kind: "fenced-out" });

/** Observe, judge, act, observe again; and once more when nobody knows what became of an act. */
async function reach(
  run: Run,
  planned: PlannedStep,
  standing: readonly PlannedStep[],
): Promise<Reached> {
  const step = stepOf(run.registry, planned);
  const complaints: string[] = [];
  const lookFor = (enough: Enough) => lookUntil(run, planned, { enough, standing });
  for (let rounds = 1; ; rounds++) {
    // Both looks at once. A check changes nothing: while it waits, the standing goals are looked at.
    const [first, fallen] = await Promise.all([
      lookFor(isClear),
      step.onlyLooks === true ? [] : fallenFor(run, planned, standing),
    ]);
    if (first.verdict.kind !== "needed") return explain(first.verdict, complaints);
    const upheld = await uphold(run, fallen);
    if (upheld !== undefined) return upheld;
    // Where nobody answers, looking at the standing goals takes long: what was seen meanwhile is old.
    const isFresh = fallen.length === 0 && !isMending(planned);
    const before = isFresh ? first : await lookFor(isClear);
    if (before.verdict.kind !== "needed") return explain(before.verdict, complaints);
    const acts = step.change(before.seen, planned.goal);
    if (acts.length === 0) return (await lookFor(isDecided)).verdict;
    const acted = await performAll(run, planned, acts, complaints);
    if (acted.kind === "ended") return acted.end;
    if (acted.kind === "performed" || rounds >= roundsMax) {
      // What was mended may have ended once more on what it had read before: that is mended again.
      const again = isMending(planned) && rounds < roundsMax;
      const after = await lookFor(again ? isClear : isDecided);
      if (again && after.verdict.kind === "needed") continue;
      return explain(after.verdict, complaints);
    }
    const drained = await drain(run, planned);
    if (drained !== undefined) return drained;
  }
}

type Acted =
  | { readonly kind: "performed" }
  /** An answer was lost: the act may have happened, may be happening, or not. */
  | { readonly kind: "lost" }
  | { readonly kind: "ended"; readonly end: Reached };

/**
 * One act after the other, up to the first that does not exit with 0. Whoever interrupts waits for all of
 * them: between the stop of a container and its removal its component would be away for long.
 */
async function performAll(
  run: Run,
  planned: PlannedStep,
  acts: readonly Act[],
  complaints: string[],
): Promise<Acted> {
  if (run.world.interrupted()) return { kind: "ended", end: { kind: "interrupted" } };
  for (const action of acts) {
    const outcome = await perform(run, planned, action);
    const refused = fencedOut(outcome);
    if (refused !== undefined) {
      return { kind: "ended", end: fencedEnd(run, planned.key, refused) };
    }
    const said = complaint(outcome);
    if (said === undefined) continue;
    complaints.push(`${showAct(action)}: ${said}`);
    return { kind: outcome.kind === "unknown" ? "lost" : "performed" };
  }
  return { kind: "performed" };
}

/**
 * Waits until nothing that was sent before still runs on the host: the fence's flock is only had then.
 * After that a look tells what the lost act has done, and what is still needed may be done.
 */
async function drain(run: Run, planned: PlannedStep): Promise<Reached | undefined> {
  const { clock, hosts } = run.world;
  const now = forwardOnly(clock);
  const deadline = now() + settleMsOf(stepOf(run.registry, planned), planned.goal);
  const nothing = fenced({ argv: ["true"], timeoutMs: 15_000 }, run.window, run.epoch);
  while (now() < deadline) {
    if (run.world.interrupted()) return { kind: "interrupted" };
    const outcome = await hosts.get(planned.host)?.run(nothing);
    if (outcome === undefined || complaint(outcome) === undefined) return undefined;
    const refused = fencedOut(outcome);
    if (refused !== undefined) return fencedEnd(run, planned.key, refused);
    tell(run, { kind: "waiting", key: planned.key, because: complaint(outcome) ?? "" });
    await clock.wait(resendMs);
  }
  return undefined;
}

type Enough = (verdict: Verdict) => boolean;

function isClear(verdict: Verdict): boolean {
  return verdict.kind !== "unclear";
}

function isDecided(verdict: Verdict): boolean {
  return verdict.kind === "satisfied" || verdict.kind === "blocked";
}

function explain(verdict: Reached, complaints: readonly string[]): Reached {
  if (complaints.length === 0 || verdict.kind === "interrupted" || verdict.kind === "fenced-out") {
    return verdict;
  }
  if (verdict.kind === "satisfied") return verdict;
  return { ...verdict, because: `${verdict.because} (${complaints.join("; ")})` };
}

/**
 * Looks until `enough`, the step's patience is over, or the operator wants to stop. What somebody undoes
 * of the standing goals meanwhile is restored at once, and costs nothing of the patience.
 */
async function lookUntil(
  run: Run,
  planned: PlannedStep,
  { enough, standing }: { readonly enough: Enough; readonly standing: readonly PlannedStep[] },
): Promise<{ readonly seen: unknown; readonly verdict: Reached }> {
  const { clock } = run.world;
  const now = forwardOnly(clock);
  const step = stepOf(run.registry, planned);
  let deadline = now() + settleMsOf(step, planned.goal);
  let guardAt = now() + guardEveryMs;
  let told = "";
  for (;;) {
    const guards = now() >= guardAt;
    const looks = [lookOnce(run, planned), guards ? lostOf(run, standing) : []] as const;
    const [{ seen, verdict }, lost] = await Promise.all(looks);
    if (enough(verdict)) return { seen, verdict };
    if (now() >= deadline) {
      const atLast = verdict.kind === "unclear" ? step.atLast?.(seen, planned.goal) : undefined;
      return { seen, verdict: atLast ?? verdict };
    }
    if (run.world.interrupted()) return { seen, verdict: { kind: "interrupted" } };
    const lostAt = now();
    const upheld = await uphold(run, lost);
    if (upheld !== undefined) return { seen, verdict: upheld };
    deadline += now() - lostAt;
    if (guards) guardAt = now() + guardEveryMs;
    if (verdict.because !== told) {
      tell(run, { kind: "waiting", key: planned.key, because: verdict.because });
    }
    told = verdict.because;
    await clock.wait(step.pollMs ?? 1000);
  }
}

/** Looks at the standing goals and restores what somebody else undid; undefined when all stand. */
export async function uphold(
  run: Run,
  standing: readonly PlannedStep[],
): Promise<Reached | undefined> {
  for (const planned of standing) {
    const { verdict } = await lookUntil(run, planned, { enough: isClear, standing: [] });
    if (verdict.kind === "satisfied") continue;
    if (verdict.kind === "unclear") return blocked(verdict.because, remedyOf(run, planned));
    if (verdict.kind !== "needed") return verdict;
    const { key } = planned;
    await note(run, { kind: "lost", key, because: verdict.because });
    tell(run, { kind: "lost", key, because: verdict.because });
    const restored = await reach(run, planned, []);
    if (restored.kind !== "satisfied") return restored;
  }
  return undefined;
}

async function stop(
  run: Run,
  planned: PlannedStep,
  verdict: Exclude<Verdict, { kind: "satisfied" }>,
): Promise<RunEnd> {
  const { key } = planned;
  const remedy = verdict.kind === "blocked" ? verdict.remedy : remedyOf(run, planned);
  await note(run, { kind: "stopped", key, because: verdict.because, remedy });
  tell(run, { kind: "stopped", key, because: verdict.because, remedy });
  return { kind: "stopped", key, because: verdict.because, remedy };
}

function interrupt(run: Run, key: string): RunEnd {
  tell(run, { kind: "interrupted", key });
  return { kind: "interrupted", key };
}

function fencedEnd(run: Run, key: string, because: string): RunEnd & { kind: "fenced-out" } {
  const remedy = "The lock is not this window's any more, so it changes nothing more.";
  tell(run, { kind: "stopped", key, because, remedy });
  return { kind: "fenced-out", key, because };
}
