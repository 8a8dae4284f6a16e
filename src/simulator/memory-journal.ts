// A Journal that lives as long as whoever holds it: for the simulator, and for tests of the engine.

import type { Journal, JournalRecord } from "../core/journal.ts";

/** Begins with `before`, as a journal does that is opened again. */
export function memoryJournal(before: readonly JournalRecord[] = []): Journal {
  const records: JournalRecord[] = structuredClone([...before]);
  return {
    records: () => [...records],
    append: async (at, body) => {
      // A copy, as on disk: what the caller changes afterwards does not change what was written.
      const record: JournalRecord = { seq: records.length + 1, at, ...structuredClone(body) };
      records.push(record);
      return record;
    },
  };
}
