import { describe, expect, test } from "vitest";
import { checkProvider } from "./check-provider.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

const goal = {
  namespace: "akash-services",
  name: "akash-provider",
  replicas: 1,
  watchSeconds: 60,
  illBefore: ["akash1a/1/1/1"],
  monitor: { maxRetries: 40, retryPeriodMs: 4000, retryJitterMs: 15_000 },
};
function running(...pods: readonly { name: string; ready: boolean; runsSeconds: number }[]) {
  return read({ replicas: 1, pods });
}

const provider = running({ name: "akash-provider-0", ready: true, runsSeconds: 70 });
const counted = { provider, leases: read(12), manifests: read(12) };

function checks(...failing: readonly (readonly [string, number])[]) {
  const failed = failing.map(([lease, attempt]) => ({ lease, attempt }));
  return read({ takenUp: 0, failed });
}

describe("a provider that was started", () => {
  test.each([
    [
      "and is quiet",
      { ...counted, checks: checks() },
      "satisfied: it answers, works for 12 leases, and no check failed in 60 s but of 1 ill before",
    ],
    [
      "and has closed leases in its memory",
      { ...counted, leases: read(13), checks: checks() },
      "satisfied: it answers, works for 13 leases, and no check failed in 60 s but of 1 ill before",
    ],
    [
      "whose only failing lease was ill before",
      { ...counted, checks: checks(["akash1a/1/1/1", 4]) },
      "satisfied: it answers, works for 12 leases, and no check failed in 60 s but of 1 ill before",
    ],
    [
      "that counts failures",
      { ...counted, checks: checks(["akash1b/2/1/1", 3], ["akash1c/3/1/1", 11]) },
      "unclear: checks fail of akash1c/3/1/1 (attempt 11), akash1b/2/1/1 (attempt 3); the provider closes the first in about 5.8 min",
    ],
    [
      "that has not taken over every lease",
      { ...counted, leases: read(11), checks: checks() },
      "unclear: it works for 11 of 12 leases",
    ],
    [
      "that has not run long enough",
      { provider },
      "unclear: akash-provider-0 is watched until it has run for 60 s",
    ],
    [
      "that has waited for its RPC node, and took up its leases a moment ago",
      { ...counted, checks: read({ takenUp: 12, failed: [] }) },
      "unclear: it took up 12 leases less than 60 s ago, and is watched for so long",
    ],
    [
      "that took up one lease a moment ago while another fails",
      {
        ...counted,
        checks: read({ takenUp: 1, failed: [{ lease: "akash1b/2/1/1", attempt: 3 }] }),
      },
      "unclear: checks fail of akash1b/2/1/1 (attempt 3); the provider closes the first in about 7.3 min",
    ],
    [
      "that has no lease to check",
      { provider, leases: read(0), manifests: read(0), checks: read({ takenUp: 0, failed: [] }) },
      "satisfied: it answers, works for 0 leases, and no check failed in 60 s but of 1 ill before",
    ],
    ["whose log cannot be read", { ...counted, checks: cutOff }, "unclear: no answer: cut off"],
    ["that does not answer", { ...counted, leases: cutOff }, "unclear: no answer: cut off"],
    [
      "whose pod is not ready",
      { provider: running({ name: "akash-provider-0", ready: false, runsSeconds: 9 }) },
      "unclear: akash-provider-0 is not ready",
    ],
    ["without a pod", { provider: running() }, "unclear: akash-provider is not ready"],
    ["that cannot be looked at", { provider: cutOff }, "unclear: no answer: cut off"],
  ])("%s", (_, seen, words) => {
    expect(said(checkProvider.judge(seen, goal))).toBe(words);
  });

  test("is said not to have been watched, where that was asked for", () => {
    const seen = { provider, leases: read(12), manifests: read(12) };
    const unwatched = { ...goal, watchSeconds: 0, illBefore: [] };
    expect(said(checkProvider.judge(seen, unwatched))).toBe(
      "satisfied: it answers, works for 12 leases, and its log was not read",
    );
  });

  test("and scaled by somebody meanwhile is for people to judge", () => {
    const seen = { ...counted, provider: read({ replicas: 3, pods: [] }) };
    expect(said(checkProvider.judge(seen, goal))).toBe(
      "blocked: akash-services/akash-provider wants 3 replicas, not 1",
    );
  });

  test("whose settings are not known fails without a time", () => {
    const seen = { ...counted, checks: checks(["akash1c/3/1/1", 2]) };
    expect(said(checkProvider.judge(seen, { ...goal, monitor: null }))).toBe(
      "unclear: checks fail of akash1c/3/1/1 (attempt 2)",
    );
  });
});
