// Random clusters, endings and faults: each seed is one window, run again and mended until it is
// closed.

import { expect, test } from "vitest";
import { carryOut } from "./simulate/task.ts";

test("the windows of the seeds from 251 to 500 are survived", async () => {
  const { failures, windows } = await carryOut({ kind: "seeds", from: 251, until: 501 });
  expect(failures).toEqual([]);
  expect(windows).toBe(250);
}, 300_000);
