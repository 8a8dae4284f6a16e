// Killed at any moment on five nodes, with everything restarted.

import { describe, test } from "vitest";
import { survivesEveryCrash } from "./scenarios/crashes.ts";

describe("a window that is killed at any record of its journal is completed by running it again", () => {
  test("on five nodes", () => survivesEveryCrash({ controlPlane: 5 }, "run --yes"), 300_000);
});
