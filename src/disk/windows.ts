// Where windows live on this machine: <state folder>/<cluster>/<window id>/journal.jsonl.

import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { invariant } from "../core/invariant.ts";
import { codeOf } from "./durable.ts";

export interface WindowPlace {
  readonly cluster: string;
  readonly id: string;
  readonly folder: string;
  readonly journal: string;
}

/** $DRYDOCK_STATE, else $XDG_STATE_HOME/drydock, else ~/.local/state/drydock. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (env.DRYDOCK_STATE) return env.DRYDOCK_STATE;
  // The specification tells to ignore a relative path.
  if (env.XDG_STATE_HOME?.startsWith("/")) return join(env.XDG_STATE_HOME, "drydock");
  return join(env.HOME || homedir(), ".local", "state", "drydock");
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

/** The windows of a cluster, newest first; folders without a journal are left out. */
export async function listWindows(state: string, cluster: string): Promise<readonly WindowPlace[]> {
  const found: { readonly place: WindowPlace; readonly bornMs: number }[] = [];
  for (const id of await namesIn(join(state, cluster))) {
    if (!isSafeName(id)) continue;
    const place = windowPlace(state, cluster, id);
    const bornMs = await bornAt(place.journal);
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

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
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
