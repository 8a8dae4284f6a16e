import { expect, test } from "vitest";
import { sayAgain, sayStatus } from "./finish.ts";

test("status is said without the chain's options, which it refuses", () => {
  const source = "--inventory a.ini --chain https://one/ --chain 'https://two/?a=b' --state /s";
  expect(sayStatus(source)).toBe("drydock status --inventory a.ini --state /s");
  expect(sayStatus("--inventory a.ini --no-chain")).toBe("drydock status --inventory a.ini");
});

test("a cluster of drydock.yaml in the working folder needs no options, and leaves no blank for them", () => {
  expect(sayAgain("run", "")).toBe("drydock run");
  expect(`${sayAgain("provider start", "")} --replicas 1`).toBe(
    "drydock provider start --replicas 1",
  );
});
