// Killed at any moment, the guide's own way, a window is completed by running it again.

import { describe, test } from "vitest";
import { survivesEveryCrash } from "./scenarios/crashes.ts";

describe("a window that is killed at any record of its journal is completed by running it again", () => {
  test("on one node", () => survivesEveryCrash({ controlPlane: 1 }, "run --yes"), 300_000);

  test("on three nodes", () => survivesEveryCrash({}, "run --yes"), 300_000);
});
