import { describe, expect, test } from "vitest";
import type { Operator } from "../programs/operator-objects.ts";
import { checkOperators } from "./check-operators.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

function operator(name: string, more: Partial<Operator> = {}): Operator {
  const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
  return { kind: "Deployment", name, ...counts, upToDate: true, ...more };
}

const well = operator("operator-hostname");
const stopped = { replicas: 0, readyReplicas: 0, updatedReplicas: 0 };
const namespace = "akash-services";
const none = { namespace, operators: [] };

describe("the provider's operators", () => {
  test.each([
    [
      "that are ready",
      [well, operator("akash-node-1")],
      "satisfied: ready: operator-hostname, akash-node-1",
    ],
    [
      "of which one is not ready",
      [well, operator("operator-ip", { readyReplicas: 0 })],
      "unclear: operator-ip: 0 of 1 ready",
    ],
    [
      "of which one is being replaced",
      [operator("operator-ip", { updatedReplicas: 0 })],
      "unclear: operator-ip: 0 of 1 up to date",
    ],
    [
      "whose change nobody has seen",
      [operator("operator-ip", { upToDate: false })],
      "unclear: operator-ip: its controller has not seen the change yet",
    ],
    [
      "of which one is stopped on purpose",
      [well, operator("operator-ip", stopped)],
      "satisfied: ready: operator-hostname",
    ],
    ["that are not there", [], "satisfied: no operator is meant to run in akash-services"],
  ])("%s", (_, seen, words) => {
    expect(said(checkOperators.judge(read(seen), none))).toBe(words);
  });

  test("that cannot be read are looked for again", () => {
    expect(said(checkOperators.judge(cutOff, none))).toBe("unclear: no answer: cut off");
  });

  test("that never become ready leave the operator with what to do", () => {
    expect(checkOperators.remedy?.(none)).toContain(
      "kubectl -n akash-services get deployments,statefulsets,pods",
    );
  });

  const ran = [
    { name: "operator-hostname", replicas: 1 },
    { name: "operator-ip", replicas: 2 },
  ];
  const two = { replicas: 2, readyReplicas: 2, updatedReplicas: 2 };
  test.each([
    ["as before", [well, operator("operator-ip", two)], /^satisfied: ready: operator-host/],
    [
      "stopped since then",
      [well, operator("operator-ip", stopped)],
      /^unclear: operator-ip wants 0 replicas, and 2 before$/,
    ],
    [
      "with fewer replicas wanted since then",
      [well, operator("operator-ip")],
      /^unclear: operator-ip wants 1 replica, and 2 before$/,
    ],
    ["gone since then", [well], /^unclear: operator-ip is gone, and wanted 2 before$/],
    [
      "both stopped since then",
      [operator("operator-hostname", stopped), operator("operator-ip", stopped)],
      /^unclear: operator-hostname wants 0 .*; operator-ip wants 0 /,
    ],
  ])("of which two ran before: %s", (_, seen, words) => {
    expect(said(checkOperators.judge(read(seen), { namespace, operators: ran }))).toMatch(words);
  });

  const illBefore = [
    { name: "operator-hostname", replicas: 1 },
    { name: "operator-ip", replicas: 1, notReady: "operator-ip: 0 of 1 ready" },
  ];
  test.each([
    [
      "is not waited for",
      [well, operator("operator-ip", { readyReplicas: 0 })],
      "satisfied: ready: operator-hostname; as before operator-ip: 0 of 1 ready",
    ],
    [
      "does not excuse another",
      [operator("operator-hostname", { readyReplicas: 0 }), operator("operator-ip")],
      "unclear: operator-hostname: 0 of 1 ready",
    ],
    ["is missed when it is gone", [well], "unclear: operator-ip is gone, and wanted 1 before"],
    [
      "may have become ready",
      [well, operator("operator-ip")],
      "satisfied: ready: operator-hostname, operator-ip",
    ],
  ])("of which one was not ready before: that one %s", (_, seen, words) => {
    const goal = { namespace, operators: illBefore };
    expect(said(checkOperators.judge(read(seen), goal))).toBe(words);
  });

  test("of a journal that does not know what ran before are judged by what is wanted now", () => {
    expect(said(checkOperators.judge(read([well]), { namespace }))).toBe(
      "satisfied: ready: operator-hostname; what ran before is not known",
    );
  });
});
