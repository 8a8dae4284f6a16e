// The windows of a cluster as this machine keeps them, and what is said of those that cannot be
// read.

import { resolve } from "node:path";
import { Failure } from "./cli/exit.ts";
import { sayAgain } from "./cli/finish.ts";
import { andNothingChanged } from "./cli/nothing-changed.ts";
import type { UnreadWindow } from "./cli/outside.ts";
import { unnamed } from "./config.ts";
import { quote } from "./core/command.ts";
import type { JournalRecord } from "./core/journal.ts";
import { printable } from "./core/printable.ts";
import { foldJournal, isOpen } from "./core/window.ts";
import { JournalError } from "./disk/journal.ts";
import { listClusters, listWindows, readRecords, type WindowPlace } from "./disk/windows.ts";
import { explained, unreadFolder } from "./explained.ts";

/** Where the windows of a cluster are, and how the same cluster is named again. */
export interface Kept {
  readonly state: string;
  readonly cluster: string;
  readonly source: string;
}

export interface KeptWindows {
  /** Newest first. */
  readonly read: readonly { readonly id: string; readonly records: readonly JournalRecord[] }[];
  readonly unread: readonly UnreadWindow[];
}

/**
 * All that are there, whole or not. Throws a Failure where the folders themselves cannot be read.
 */
export async function lookAtWindows(kept: Kept): Promise<KeptWindows> {
  const { state, cluster, source } = kept;
  return explained(async () => {
    const places = await listWindows(state, cluster);
    const seen = await Promise.all(places.map((place) => lookAt(place, source)));
    return {
      read: seen.flatMap((one) => ("records" in one ? [one] : [])),
      unread: seen.flatMap((one) => ("because" in one ? [one] : [])),
    };
  }, unreadFolder(state));
}

/**
 * For whoever may change something: any of them may be open, so that one that cannot be read is
 * refused.
 */
export async function readWindows(kept: Kept): Promise<KeptWindows["read"]> {
  const { read, unread } = await lookAtWindows(kept);
  const [first] = unread;
  if (first === undefined) return read;
  throw new Failure("journal", first.because, andNothingChanged(first.remedy));
}

/** One line for each, before what a command that only looks has to say. */
export function sayUnread(unread: readonly UnreadWindow[], err: (text: string) => void): void {
  for (const { window, because } of unread) {
    err(`${printable(because)}. Going on; whether window ${window} is open is not known.\n`);
  }
}

/**
 * The other clusters of which windows are open here, or may be. What is wrong with them is no
 * matter of who asks about this one.
 */
export async function othersOpen(kept: Kept): Promise<readonly string[]> {
  const { state, cluster } = kept;
  const all = await explained(() => listClusters(state), unreadFolder(state));
  const others = all.filter((name) => name !== cluster);
  const said = await Promise.all(
    others.map(async (name) => {
      const seen = await lookAtWindows({ ...kept, cluster: name }).catch(() => undefined);
      if (seen?.read.some(({ records }) => isLeft(records))) return [name];
      return seen === undefined || seen.unread.length > 0 ? [`${name} (cannot be read)`] : [];
    }),
  );
  return said.flat();
}

/**
 * Clusters that a command names were all called "cluster" once. A window that was left under that
 * name holds its locks: this says how to go on with it.
 */
export async function sayUnnamed(kept: Kept, err: (text: string) => void): Promise<void> {
  const others = await othersOpen(kept);
  if (!others.some((one) => one === unnamed || one.startsWith(`${unnamed} (`))) return;
  err(
    `${resolve(kept.state, unnamed)}: a window is open there, or may be, and this cluster is called ${kept.cluster}. If it is the same one, add: --cluster ${unnamed}\n`,
  );
}

function isLeft(records: readonly JournalRecord[]): boolean {
  const state = foldJournal(records);
  return state !== undefined && isOpen(state);
}

async function lookAt(
  place: WindowPlace,
  source: string,
): Promise<KeptWindows["read"][number] | UnreadWindow> {
  const { id } = place;
  try {
    return { id, records: await readRecords(place) };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const remedy = error.isDamaged ? afterDamage(place, source) : error.remedy;
    return { window: id, because: error.message, remedy };
  }
}

/** A folder whose name ends in ~ is no window's: it may stay beside the others. */
function afterDamage({ id, folder }: WindowPlace, source: string): string {
  const [from, to] = [resolve(folder), `${resolve(folder)}~`].map(quote);
  return [
    "Restore the file from a copy. Without one:",
    `1. Move the window's folder aside: mv ${from} ${to}`,
    `2. See what it has left on the cluster: ${sayAgain("survey", source)}`,
    `3. If a host's lock is still held by it: ${sayAgain(`abandon --break-lock ${id}`, source)}`,
  ].join("\n");
}
