// The very scenarios that the simulator plays, on the real cluster: both must end in the same
// facts.

import { beforeEach, describe, test } from "vitest";
import { windows } from "../scenarios/windows.ts";
import { mended, nodeNames } from "./cluster.ts";
import { realRig } from "./real-rig.ts";

beforeEach(mended);

describe("on the real cluster, a window", () => {
  const fitting = windows.filter(({ nodesMin }) => nodeNames.length >= nodesMin);
  test.each(fitting.map((one) => [one.title, one] as const))("%s", async (_, { run }) => {
    await run(realRig());
  });
});
