// The note of a `provider stop` that ended before it stopped anything: left beside a provider that
// runs, it would tell the next one who finds the provider at 0 that it is meant to be, and how many
// replicas it had.

import { planStep } from "../core/plan.ts";
import type { WindowState } from "../core/window.ts";
import type { OpenedWindow } from "./open-window.ts";

/** Not of a window after which another one has worked: the note may be that one's. */
export async function takeNoteBack(opened: OpenedWindow, state: WindowState): Promise<void> {
  const { plan, acted } = state;
  const noted = plan.steps.find(({ key, step }) => step === "remember-replicas" && acted.has(key));
  if (noted === undefined || opened.overtaken || sentToStop(state)) return;
  await opened.once(planStep("forget-replicas", noted.host, noted.goal));
}

/** Whether it had any effect only the cluster knows. */
export function sentToStop({ plan, acted }: Pick<WindowState, "plan" | "acted">): boolean {
  return plan.steps.some(({ key, step }) => step === "stop-provider" && acted.has(key));
}
