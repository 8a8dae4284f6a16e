import { describe, expect, test } from "vitest";
import { notReadyBecause, parseOperators } from "./operator-objects.ts";
import { transcript } from "./transcript.testkit.ts";

describe("what works beside the provider", () => {
  test("on a real cluster is its operators and the chain's node, all ready", () => {
    const seen = parseOperators(transcript("kubectl", "operators"));
    const operators = seen.kind === "read" ? seen.value : [];
    expect(operators.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "Deployment operator-hostname",
      "Deployment operator-inventory",
      "Deployment operator-ip",
      "StatefulSet akash-node-1",
    ]);
    expect(operators.flatMap((one) => notReadyBecause(one) ?? [])).toEqual([]);
  });

  test("is not known when the API does not know who asks", () => {
    expect(parseOperators(transcript("kubectl", "get-unauthorized")).kind).toBe("unreadable");
  });
});
