import { expect, test } from "vitest";
import { sayStatus } from "./finish.ts";

test("status is said without the chain's options, which it refuses", () => {
  const source = "--inventory a.ini --chain https://one/ --chain 'https://two/?a=b' --state /s";
  expect(sayStatus(source)).toBe("drydock status --inventory a.ini --state /s");
  expect(sayStatus("--inventory a.ini --no-chain")).toBe("drydock status --inventory a.ini");
});
