// The same with only what is needed restarted, with etcd restarted, and with etcd as static pods.

import { describe, test } from "vitest";
import { survivesEveryCrash } from "./scenarios/crashes.ts";

const words = "run --yes --restart needed --restart-etcd";

describe("a window that is killed at any record of its journal is completed by running it again", () => {
  test(
    "on one node, the gentle way",
    () => survivesEveryCrash({ controlPlane: 1 }, words),
    300_000,
  );

  test("on three nodes, the gentle way", () => survivesEveryCrash({}, words), 300_000);

  // A slice: nearly all of its moments are those of the other shapes.
  test(
    "on three nodes with etcd as static pods",
    () => survivesEveryCrash({ topology: "static-pod-etcd" }, "run --yes", 4),
    300_000,
  );
});
