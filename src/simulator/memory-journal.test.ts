import { journalSuite } from "../core/journal.testsuite.ts";
import { memoryJournal } from "./memory-journal.ts";

journalSuite("a journal in memory", async () => {
  let journal = memoryJournal();
  return {
    journal,
    reopen: async () => {
      journal = memoryJournal(journal.records());
      return journal;
    },
  };
});
