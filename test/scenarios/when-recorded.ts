// Something that befalls a window once, at a certain record of its journal.

import type { RecordFault } from "../../src/simulator/faults.ts";
import type { Sandbox } from "./simulated.ts";

export function whenRecorded(
  { desk }: Sandbox,
  kind: "began" | "settled",
  key: string,
  does: () => void,
): RecordFault {
  let done = false;
  return {
    at: "record",
    number: "each",
    moment: "after",
    does: () => {
      const record = [...desk.windows.values()].at(-1)?.records.at(-1);
      if (done || record?.kind !== kind || record.key !== key) return;
      done = true;
      does();
    },
  };
}
