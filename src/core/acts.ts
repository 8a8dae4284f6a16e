// The acts of one step, one after the other; and what is waited for where an answer was lost.

import { type Act, showAct } from "./command.ts";
import { forwardOnly } from "./forward.ts";
import { fenced, fencedOut } from "./lock.ts";
import { complaint } from "./outcome.ts";
import { perform, resendMs } from "./perform.ts";
import { type PlannedStep, stepOf } from "./plan.ts";
import type { FencedOut, NotReached } from "./reached.ts";
import { type Run, tell } from "./run.ts";
import { settleMsOf } from "./step.ts";

type Acted =
  | { readonly kind: "performed" }
  /** An act exited with another code than 0: a look tells whether it is needed still. */
  | { readonly kind: "refused" }
  /** An answer was lost: the act may have happened, may be happening, or not. */
  | { readonly kind: "lost" }
  | { readonly kind: "ended"; readonly end: NotReached };

/** What did not arrive was sent often enough. */
const keptBack = { exited: "refused", unknown: "lost", "not-sent": "performed" } as const;

/**
 * One act after the other, up to the first that does not exit with 0. Whoever interrupts waits for
 * all of them: between the stop of a container and its removal its component would be away for
 * long.
 */
export async function performAll(
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
    const complained = `${showAct(action)}: ${said}`;
    if (!complaints.includes(complained)) complaints.push(complained);
    return { kind: keptBack[outcome.kind] };
  }
  return { kind: "performed" };
}

/**
 * Waits until nothing that was sent before still runs on the host: the fence's flock is only had
 * then. After that a look tells what the lost act has done, and what is still needed may be done.
 */
export async function drain(run: Run, planned: PlannedStep): Promise<NotReached | undefined> {
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

function fencedEnd(run: Run, key: string, because: string): FencedOut {
  const remedy = "The lock is not this window's any more, so it changes nothing more.";
  tell(run, { kind: "stopped", key, because, remedy });
  return { kind: "fenced-out", key, because };
}
