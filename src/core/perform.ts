// One act, with the journal before and after it.

import { type Act, showAct } from "./command.ts";
import { invariant } from "./invariant.ts";
import type { OutcomeNote } from "./journal.ts";
import { fenced } from "./lock.ts";
import { complaint, type Outcome } from "./outcome.ts";
import type { PlannedStep } from "./plan.ts";
import { note, type Run, tell } from "./run.ts";

/** How often a command that certainly did not arrive is sent again, and how long apart. */
const sendsMax = 5;
export const resendMs = 2000;
/** Journal, act, journal. Sends again only what certainly did not arrive. */
export async function perform(run: Run, planned: PlannedStep, action: Act): Promise<Outcome> {
  const { key } = planned;
  for (let sends = 1; ; sends++) {
    await note(run, { kind: "sending", key, act: showAct(action) });
    tell(run, { kind: "acting", key, act: showAct(action) });
    const startedAt = run.world.clock.now();
    const outcome = await send(run, planned.host, action);
    const noted = noteOf(outcome);
    await note(run, { kind: "ran", key, outcome: noted });
    tell(run, { kind: "acted", key, outcome: noted, ms: run.world.clock.now() - startedAt });
    if (outcome.kind !== "not-sent" || sends >= sendsMax || run.world.interrupted()) return outcome;
    tell(run, { kind: "waiting", key, because: outcome.because });
    await run.world.clock.wait(resendMs);
  }
}

function send(run: Run, name: string, action: Act): Promise<Outcome> {
  const host = run.world.hosts.get(name);
  invariant(host !== undefined, `the plan names an unknown host ${name}`);
  if (action.kind === "fetch") return host.fetch(action.fetch);
  return host.run(fenced(action.command, run.window, run.epoch));
}

function noteOf(outcome: Outcome): OutcomeNote {
  const because = complaint(outcome);
  const code = outcome.kind === "exited" ? { code: outcome.code } : {};
  return { kind: outcome.kind, ...code, ...(because === undefined ? {} : { because }) };
}
