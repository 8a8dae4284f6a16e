// The windows that have ended on this machine, whose locks are remnants.

import { foldJournal } from "../core/window.ts";
import type { OpenCluster } from "./outside.ts";

/**
 * The windows that have ended on this machine. Nobody can go on with one; a lock of it that is still there
 * was not let go of, or was taken by a command that came to life after it had been given up.
 */
export async function closedHere(cluster: OpenCluster): Promise<ReadonlySet<string>> {
  const windows = await cluster.windows();
  const closed = windows.filter(({ records }) => foldJournal(records)?.closed !== undefined);
  return new Set(closed.map(({ id }) => id));
}
