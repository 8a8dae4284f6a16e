// Killed at any moment on five nodes, with only what is needed restarted, and etcd.

import { describe, test } from "vitest";
import { survivesEveryCrash } from "./scenarios/crashes.ts";

const words = "run --yes --restart needed --restart-etcd";

describe("a window that is killed at any record of its journal is completed by running it again", () => {
  test(
    "on five nodes, the gentle way",
    () => survivesEveryCrash({ controlPlane: 5 }, words),
    300_000,
  );
});
