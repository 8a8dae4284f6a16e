// What every Journal must do; run against each implementation.

import { describe, expect, test } from "vitest";
import type { Journal, RecordBody } from "./journal.ts";
import { planVersion } from "./plan.ts";

export interface JournalUnderTest {
  readonly journal: Journal;
  /** Lets go of the journal and opens it again, as the next run of the program does. */
  reopen(): Promise<Journal>;
}

const planned: RecordBody = {
  kind: "planned",
  window: "w1",
  plan: {
    version: planVersion,
    purpose: "rotation",
    cluster: "prod",
    lockHosts: ["node1"],
    steps: [{ key: "a@node1", step: "a", host: "node1", goal: { odd: "é\n\"'\u2028", deep: [1] } }],
  },
};
const began: RecordBody = { kind: "began", key: "a@node1" };

export function journalSuite(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(name, () => {
    test("is empty at first", async () => {
      const { journal } = await open();
      expect(journal.records()).toEqual([]);
    });

    test("numbers its records from 1 and gives them back as they were written", async () => {
      const { journal } = await open();
      expect(await journal.append(1000, planned)).toEqual({ seq: 1, at: 1000, ...planned });
      await journal.append(1001, began);
      expect(journal.records()).toEqual([
        { seq: 1, at: 1000, ...planned },
        { seq: 2, at: 1001, ...began },
      ]);
    });

    test("goes on where it ended when it is opened again", async () => {
      const { journal, reopen } = await open();
      await journal.append(1, planned);
      await journal.append(2, began);
      const again = await reopen();
      expect(again.records()).toEqual(journal.records());
      expect(await again.append(3, { kind: "abandoned" })).toHaveProperty("seq", 3);
      expect((await reopen()).records().map(({ kind }) => kind)).toEqual([
        "planned",
        "began",
        "abandoned",
      ]);
    });

    test("keeps the order of records that are appended at once", async () => {
      const { journal, reopen } = await open();
      const keys = Array.from({ length: 20 }, (_, i) => `step-${i}@node1`);
      await Promise.all(keys.map((key, at) => journal.append(at, { kind: "began", key })));
      const records = (await reopen()).records();
      expect(records.map(({ seq }) => seq)).toEqual(keys.map((_, i) => i + 1));
      expect(records.map((record) => record.kind === "began" && record.key)).toEqual(keys);
    });

    test("does not change what was given out before", async () => {
      const { journal } = await open();
      const before = journal.records();
      await journal.append(1, began);
      expect(before).toEqual([]);
    });
  });
}
