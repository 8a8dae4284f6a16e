// A simulated world as the text of a file, and back. Everything in it is made up, keys included.

import type { JournalRecord } from "../core/journal.ts";
import { isObject } from "../core/json.ts";
import type { DeskWindow } from "../simulator/desk.ts";
import type { Model, StoredBytes } from "../simulator/model.ts";
import type { Kept } from "../simulator/site.ts";

const label =
  "A SIMULATED cluster of drydock demo or --simulated: no key, host or lease in it is real.";

/** Plain values only: no process is at work in it. */
export interface KeptWorld {
  /** Counts up with every save, so that it is noticed when another process has saved meanwhile. */
  readonly saves: number;
  readonly scenario: string;
  readonly model: Model;
  readonly kept: Kept;
  readonly desk: { readonly holder: string; readonly windows: readonly KeptWindow[] };
}

interface KeptWindow {
  readonly id: string;
  readonly records: readonly JournalRecord[];
  readonly files: Map<string, StoredBytes>;
}

/** `version` tells apart what one build of Drydock keeps from what another one could go on with. */
export function worldText(world: KeptWorld, version: string): string {
  return `${JSON.stringify({ label, version, ...world }, asJson)}\n`;
}

/** Undefined when it is not such a file, or one of another version. */
export function parseWorld(text: string, version: string): KeptWorld | undefined {
  try {
    const value: unknown = JSON.parse(text, fromJson);
    if (!isObject(value) || value.version !== version || value.label !== label) return undefined;
    // What was written in one piece by this very version is what it was.
    return value as unknown as KeptWorld;
  } catch {
    return undefined;
  }
}

export function keptWindows(windows: Iterable<DeskWindow>): readonly KeptWindow[] {
  return [...windows].map(({ id, records, files }) => ({ id, records, files }));
}

/** What JSON cannot spell: maps, sets, and a time that never comes. */
function asJson(_: string, value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Set) return { $set: [...value] };
  return value === Number.POSITIVE_INFINITY ? { $never: true } : value;
}

function fromJson(_: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value.$map)) return new Map(value.$map);
  if (Array.isArray(value.$set)) return new Set(value.$set);
  return value.$never === true ? Number.POSITIVE_INFINITY : value;
}
