import { describe, expect, test } from "vitest";
import type { Operator } from "../programs/operator-objects.ts";
import { checkOperators } from "./check-operators.ts";
import { cutOff, read, said } from "./seen.testkit.ts";

function operator(name: string, more: Partial<Operator> = {}): Operator {
  const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
  return { kind: "Deployment", name, ...counts, upToDate: true, ...more };
}

const well = operator("operator-hostname");

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
      [well, operator("operator-ip", { replicas: 0, readyReplicas: 0, updatedReplicas: 0 })],
      "satisfied: ready: operator-hostname",
    ],
    ["that are not there", [], "satisfied: no operator is meant to run in akash-services"],
  ])("%s", (_, seen, words) => {
    expect(said(checkOperators.judge(read(seen), { namespace: "akash-services" }))).toBe(words);
  });

  test("that cannot be read are looked for again", () => {
    expect(said(checkOperators.judge(cutOff, { namespace: "akash-services" }))).toBe(
      "unclear: no answer: cut off",
    );
  });

  test("that never become ready leave the operator with what to do", () => {
    expect(checkOperators.remedy?.({ namespace: "akash-services" })).toContain(
      "kubectl -n akash-services get pods",
    );
  });
});
