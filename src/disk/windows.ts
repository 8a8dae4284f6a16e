// Where windows live on this machine: <state folder>/<cluster>/<window id>/journal.jsonl.

import { lstat, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { invariant } from "../core/invariant.ts";
import type { JournalRecord } from "../core/journal.ts";
import { codeOf } from "./durable.ts";
import { JournalError, readJournal } from "./journal.ts";

/** The place where windows are to be kept cannot be one: nobody knows what lies there. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly of: "setting" | "folder";
  readonly remedy: string;

  constructor(of: "setting" | "folder", because: string, remedy: string) {
    super(because);
    this.of = of;
    this.remedy = remedy;
  }
}

export interface WindowPlace {
  readonly cluster: string;
  readonly id: string;
  readonly folder: string;
  readonly journal: string;
}

/**
 * $DRYDOCK_STATE, else $XDG_STATE_HOME/drydock, else ~/.local/state/drydock. Throws a StateError.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (env.DRYDOCK_STATE) return refuseRelative(env.DRYDOCK_STATE);
  // The specification tells to ignore a relative path.
  if (env.XDG_STATE_HOME?.startsWith("/")) return join(env.XDG_STATE_HOME, "drydock");
  return join(env.HOME || homedir(), ".local", "state", "drydock");
}

/** A window that was begun in one folder would not be found from another one. */
function refuseRelative(folder: string): string {
  if (folder.startsWith("/")) return folder;
  const because = `DRYDOCK_STATE: "${folder}" is relative: windows would be elsewhere for each working folder`;
  throw new StateError("setting", because, "Set it to a whole path, or give --state FOLDER.");
}

const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether a cluster's name can be the name of a folder. */
export function isSafeName(name: string): boolean {
  return safeName.test(name);
}

export function windowPlace(state: string, cluster: string, id: string): WindowPlace {
  invariant(isSafeName(cluster) && isSafeName(id), `"${cluster}/${id}" is no name for a folder`);
  const folder = join(state, cluster, id);
  return { cluster, id, folder, journal: join(folder, "journal.jsonl") };
}

/**
 * The windows of a cluster, newest first; folders without a journal are left out, as a window that
 * was ended before its first record leaves one. But not where it has left backups.
 */
export async function listWindows(state: string, cluster: string): Promise<readonly WindowPlace[]> {
  const found: { readonly place: WindowPlace; readonly bornMs: number }[] = [];
  for (const id of await namesIn(join(state, cluster))) {
    if (!isSafeName(id)) continue;
    const place = windowPlace(state, cluster, id);
    const bornMs = (await bornAt(place.journal)) ?? (await bornWithout(place));
    if (bornMs !== undefined) found.push({ place, bornMs });
  }
  // An id sorts by its minute; within one, the time at which the journal was made decides.
  const minute = (id: string): string => id.slice(0, "w20261122-0301".length);
  found.sort(
    (a, b) =>
      compare(minute(b.place.id), minute(a.place.id)) ||
      b.bornMs - a.bornMs ||
      compare(b.place.id, a.place.id),
  );
  return found.map(({ place }) => place);
}

/** The clusters of which there may be windows. */
export async function listClusters(state: string): Promise<readonly string[]> {
  return (await namesIn(state)).filter(isSafeName).sort();
}

/**
 * What a window has written down; nothing where it had not come to that. Throws a JournalError,
 * also where backups lie beside a journal that is lost or empty: they are only made after the plan
 * stands in it.
 */
export async function readRecords(place: WindowPlace): Promise<readonly JournalRecord[]> {
  const { folder, journal } = place;
  const isThere = (await bornAt(journal)) !== undefined;
  const records = isThere ? (await readJournal(journal)).records : [];
  const [backup] = records.length > 0 ? [] : await backupsIn(folder);
  if (backup === undefined) return records;
  const because = `it ${isThere ? "holds no record" : "is not there"}, and beside it lies ${backup}, which is only made after the plan was written down`;
  const remedy = "Restore the file from a copy, or move this window's folder away.";
  throw new JournalError(journal, { because, remedy, isDamaged: true });
}

const backupName = /^etcd-snapshot\.db|\.tar\.gz/;

async function backupsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => backupName.test(name)).sort();
}

/**
 * Of a window's folder that has backups. What else is kept beside the windows, is the operator's.
 */
async function bornWithout({ id, folder }: WindowPlace): Promise<number | undefined> {
  if (!/^w\d{8}-\d{4}-/.test(id)) return undefined;
  return (await backupsIn(folder)).length > 0 ? bornAt(folder) : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await refuseDangling(folder);
    return [];
  }
}

/** Of a folder that is not there: a disk that is not mounted, perhaps, with all windows on it. */
async function refuseDangling(folder: string): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined && dirname(path) !== path) continue;
    if (found?.isSymbolicLink() !== true || (await leadsSomewhere(path))) return;
    const remedy =
      "A window may be open where it should lead: mend the link, or give the right folder as --state FOLDER.";
    throw new StateError("folder", `${path}: it is a link that leads nowhere`, remedy);
  }
}

async function leadsSomewhere(link: string): Promise<boolean> {
  return stat(link).then(
    () => true,
    () => false,
  );
}

async function bornAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).birthtimeMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
