// The engine: the only thing that acts. It writes to the journal before and after every act, and
// finds out what is done by looking: running a window again is the same code as running it.

import { drain, performAll } from "./acts.ts";
import { forwardOnly } from "./forward.ts";
import { lookOnce } from "./look.ts";
import { isMending, type PlannedStep, stepOf } from "./plan.ts";
import { explain, type FencedOut, fallen, type NotReached, type Reached } from "./reached.ts";
import { remedyOf } from "./remedy.ts";
import { note, type Run, tell } from "./run.ts";
import { fallenFor, isStanding, lostOf } from "./standing.ts";
import { settleMsOf, type Verdict } from "./step.ts";
import { stateOf, stepsToRun, upheldSinceBefore } from "./window.ts";

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
  | FencedOut;

/** How often a step is acted for when answers are lost, or acts refused. */
const roundsMax = 3;
/** What refused an act may be over then: an API server that restarts, a leader that is elected. */
const refusedMs = 5000;
/** How often the standing goals are looked at while something else is waited for. */
export const guardEveryMs = 5000;

/** Carries out what the journal's plan says, from its first step, as far as it gets. */
export async function runWindow(run: Run): Promise<RunEnd> {
  const state = stateOf(run.world.journal.records());
  const standing = [...upheldSinceBefore(state, run.away)];
  const steps = stepsToRun(state, run.away);
  const [first] = steps;
  if (first !== undefined && !state.abandoned) {
    const end = await upholdFirst(run, first, standing);
    if (end !== undefined) return end;
  }
  for (const [index, planned] of steps.entries()) {
    if (run.stopBeforeClosing === true && planned.closing === true) {
      return run.world.interrupted() ? interrupt(run, planned.key) : { kind: "holding" };
    }
    const lifted = new Set(steps.slice(index + 1).map(({ lifts }) => lifts));
    const upheld = isMending(planned) ? state.plan.steps.filter(isStanding) : standing;
    const guarded = upheld.filter(
      (one) => one !== planned && (planned.closing !== true || lifted.has(one.key)),
    );
    const end = await carryOut(run, planned, guarded);
    if (end !== undefined) return end;
    if (isStanding(planned) && !standing.includes(planned)) standing.push(planned);
  }
  const how = state.abandoned ? "abandoned" : "completed";
  await run.release?.();
  await note(run, { kind: "closed", how });
  tell(run, { kind: "closed", how });
  return { kind: "completed", how };
}

/**
 * What was undone while nobody worked on the window is restored before anything else happens. Not
 * of one that was abandoned: it is there to undo that itself, and restores it only where it has to
 * wait, or to change something.
 */
async function upholdFirst(
  run: Run,
  first: PlannedStep,
  standing: readonly PlannedStep[],
): Promise<RunEnd | undefined> {
  const upheld = await uphold(run, await lostOf(run, standing));
  return upheld === undefined ? undefined : endOf(run, first, upheld);
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
  const verdict = await attain(run, planned, standing);
  if (verdict.kind !== "satisfied") return endOf(run, planned, verdict);
  const ms = run.world.clock.now() - startedAt;
  await note(run, { kind: "settled", key, verdict, ms });
  tell(run, { kind: "settled", key, verdict, ms });
  return undefined;
}

function endOf(run: Run, planned: PlannedStep, reached: NotReached): Promise<RunEnd> | RunEnd {
  switch (reached.kind) {
    case "interrupted":
      return interrupt(run, planned.key);
    case "fenced-out":
      return reached;
    case "fallen":
      return stop(run, reached.standing, reached.verdict);
    default:
      return stop(run, planned, reached);
  }
}

/**
 * Observe, judge, act, observe again; and once more when an act was refused, or nobody knows what
 * became of it.
 */
async function attain(
  run: Run,
  planned: PlannedStep,
  standing: readonly PlannedStep[],
): Promise<Reached> {
  const step = stepOf(run.registry, planned);
  const complaints: string[] = [];
  const lookFor = (enough: Enough) => lookUntil(run, planned, { enough, standing });
  for (let rounds = 1; ; rounds++) {
    // Both looks at once. A check changes nothing: while it waits, the standing goals are looked
    // at.
    const [first, undone] = await Promise.all([
      lookFor(isClear),
      step.onlyLooks === true ? [] : fallenFor(run, planned, standing),
    ]);
    if (first.verdict.kind !== "needed") return explain(first.verdict, complaints);
    const upheld = await uphold(run, undone);
    if (upheld !== undefined) return upheld;
    // Where nobody answers, looking at the standing goals takes long: what was seen meanwhile is
    // old.
    const isFresh = undone.length === 0 && !isMending(planned);
    const before = isFresh ? first : await lookFor(isClear);
    if (before.verdict.kind !== "needed") return explain(before.verdict, complaints);
    const acts = step.change(before.seen, planned.goal);
    if (acts.length === 0) return explain((await lookFor(isDecided)).verdict, complaints);
    const acted = await performAll(run, planned, acts, complaints);
    if (acted.kind === "ended") return acted.end;
    // What was mended may have ended once more on what it had read before: that is mended again.
    const isOver = acted.kind === "performed" && !isMending(planned);
    if (isOver || rounds >= roundsMax)
      return explain((await lookFor(isDecided)).verdict, complaints);
    if (acted.kind === "refused") await run.world.clock.wait(refusedMs);
    const drained = acted.kind === "lost" ? await drain(run, planned) : undefined;
    if (drained !== undefined) return drained;
  }
}

type Enough = (verdict: Verdict) => boolean;

function isClear(verdict: Verdict): boolean {
  return verdict.kind !== "unclear";
}

function isDecided(verdict: Verdict): boolean {
  return verdict.kind === "satisfied" || verdict.kind === "blocked";
}

/**
 * Looks until `enough`, the step's patience is over, or the operator wants to stop. What somebody
 * undoes of the standing goals meanwhile is restored at once, and costs nothing of the patience.
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
): Promise<NotReached | undefined> {
  for (const planned of standing) {
    const { verdict } = await lookUntil(run, planned, { enough: isClear, standing: [] });
    if (verdict.kind === "satisfied") continue;
    if (verdict.kind !== "needed") return fallen(planned, verdict);
    const { key } = planned;
    const lostAt = run.world.clock.now();
    await note(run, { kind: "lost", key, because: verdict.because });
    tell(run, { kind: "lost", key, because: verdict.because });
    const restored = await attain(run, planned, []);
    if (restored.kind !== "satisfied") return fallen(planned, restored);
    const ms = run.world.clock.now() - lostAt;
    await note(run, { kind: "settled", key, verdict: restored, ms });
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
