// One process of a search: it is told what to play, and tells what came of it.

import process from "node:process";
import { carryOut, type Task } from "./task.ts";

// Ctrl-C reaches the whole group: the one that started this one says what was found so far.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
process.on("message", (task: Task) => {
  void carryOut(task).then((tally) => process.send?.(tally));
});
process.send?.("ready");
