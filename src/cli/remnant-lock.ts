// Locks that are left of windows which were closed on this machine: not let go of, or taken by a
// command that came to life after it had been given up. Nobody can go on with such a window.

import type { LockHolder } from "../core/lock.ts";
import { foldJournal } from "../core/window.ts";
import type { OpenCluster, Outside } from "./outside.ts";

/**
 * Says of a lock whether it is a remnant. One that another machine has taken is none, whatever this
 * one knows of its window: the folder may have been copied there. A journal that cannot be read
 * tells of none.
 */
export async function remnants(
  { holder }: Outside,
  cluster: OpenCluster,
): Promise<(lock: LockHolder) => boolean> {
  const closed = new Set(await closedWindows(cluster));
  return (lock) => closed.has(lock.window) && lock.holder === holder;
}

async function closedWindows(cluster: OpenCluster): Promise<readonly string[]> {
  try {
    const windows = await cluster.windows();
    return windows
      .filter(({ records }) => foldJournal(records)?.closed !== undefined)
      .map(({ id }) => id);
  } catch {
    // Whoever goes on with a window reads them all, and tells what is wrong.
    return [];
  }
}
