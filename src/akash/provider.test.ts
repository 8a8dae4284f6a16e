import { describe, expect, test } from "vitest";
import { provider, stoppedProvider } from "../steps/seen.testkit.ts";
import { notRunningBecause, notStoppedBecause } from "./provider.ts";

describe("a provider counts as stopped", () => {
  test("only at 0, seen by its controller, with no pod that exists or is counted", () => {
    expect(notStoppedBecause(stoppedProvider)).toBeUndefined();
    const buts = [{ replicas: 1 }, { upToDate: false }, { pods: ["p-0"] }, { currentReplicas: 1 }];
    for (const but of buts) {
      expect(notStoppedBecause({ ...stoppedProvider, ...but })).toMatch(/^akash-services\//);
    }
  });
});

describe("a provider counts as running", () => {
  test("only with all of its replicas ready, seen by its controller", () => {
    expect(notRunningBecause(provider(), 1)).toBeUndefined();
    expect(notRunningBecause(provider(), 2)).toMatch(/wants 1 replica, not 2/);
    expect(notRunningBecause(provider({ readyReplicas: 0 }), 1)).toMatch(/0 of 1 ready/);
    expect(notRunningBecause(provider({ upToDate: false }), 1)).toMatch(/controller/);
    expect(notRunningBecause(stoppedProvider, 0)).toBeUndefined();
  });
});
