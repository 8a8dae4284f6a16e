// kubespray's k8s-certs-renew.timer renews everything and removes the control plane's pods on its
// node, whenever its hour comes: it rests while a window does the same with more care.

import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { defineStep, needed, satisfied, unclear } from "../core/step.ts";
import {
  noteTimerRan,
  parseUnits,
  showUnits,
  startUnit,
  stopUnit,
  type UnitSeen,
} from "../programs/systemctl.ts";

export type TimerGoal = {
  /** `NAME.timer`; what it starts is NAME.service. */
  readonly timer: string;
};

function serviceOf({ timer }: TimerGoal): string {
  return timer.replace(/\.timer$/, ".service");
}

export const pauseTimer = defineStep<TimerGoal, Reading<readonly UnitSeen[]>>({
  id: "pause-timer",
  title: "Pause the renewal timer",
  guide: "Stop the Provider (what renews by itself is none of its headings)",
  // What it has just started is waited for.
  settleMs: 600_000,
  why: ({ timer }) => `${timer} would renew and restart on its own, on all nodes at once.`,
  proof: (goal) => `${goal.timer} is not active, and ${serviceOf(goal)} does not run`,
  observe: async (look, goal) =>
    parseUnits(await look.run(showUnits([goal.timer, serviceOf(goal)]))),
  judge: (seen, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const [timer, service] = seen.value;
    if (timer?.active === "active") return needed(`${goal.timer} is active`);
    if (service?.active !== "inactive" && service?.active !== "failed") {
      return unclear(`${serviceOf(goal)} is ${service?.active ?? "not known"}: it is at work`);
    }
    return satisfied(`${goal.timer} is ${timer?.active ?? "gone"}`);
  },
  change: (_, { timer }) => [act(stopUnit(timer))],
});

/** A Persistent timer makes up for an hour that it has missed, as soon as it is started. */
export const resumeTimer = defineStep<TimerGoal, Reading<readonly UnitSeen[]>>({
  id: "resume-timer",
  title: "Resume the renewal timer",
  guide: "Restart Provider After Maintenance (everything as it was)",
  settleMs: 60_000,
  why: ({ timer }) =>
    `${timer} was active before the window. An hour that it missed is not made up for: that would be now.`,
  proof: ({ timer }) => `${timer} is active`,
  observe: async (look, goal) => parseUnits(await look.run(showUnits([goal.timer]))),
  judge: (seen, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const [timer] = seen.value;
    if (timer?.active === "active") return satisfied(`${goal.timer} is active`);
    if (timer?.load !== "loaded") {
      return satisfied(
        `${goal.timer} is ${timer?.load ?? "gone"} now: somebody's will, left alone`,
      );
    }
    return needed(`${goal.timer} is ${timer.active}`);
  },
  change: (_, { timer }) => [act(noteTimerRan(timer)), act(startUnit(timer))],
});
