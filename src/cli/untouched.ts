// A window that ends before anything was sent: there is nothing to go on with.

import type { Ended, OpenedWindow } from "./open-window.ts";

/** Closes it and lets go of the lock, so that the next one is planned anew; whether it did. */
export async function dropUntouched(
  window: Pick<OpenedWindow, "drop">,
  { end, state }: Pick<Ended, "end" | "state">,
): Promise<boolean> {
  const isLeft = end.kind === "stopped" || end.kind === "interrupted";
  if (!isLeft || state.acted.size > 0) return false;
  await window.drop();
  return true;
}
