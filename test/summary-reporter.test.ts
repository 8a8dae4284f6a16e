import { describe, expect, test } from "vitest";
import { type Counted, count } from "./summary-reporter.ts";

type State = "passed" | "failed" | "skipped" | "pending";

function module(states: readonly State[], broken = 0): Counted {
  const errors = (n: number) => () => Array.from({ length: n }, () => ({ message: "no" }));
  return {
    errors: errors(broken),
    children: {
      allSuites: () => [{ errors: errors(broken) }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  };
}

describe("the summary", () => {
  test("counts tests by their state, over all files", () => {
    const modules = [module(["passed", "passed", "failed"]), module(["skipped", "passed"])];
    expect(count(modules, 0)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  });

  test("counts a test that was never run as skipped", () => {
    expect(count([module(["pending"])], 0)).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });

  test("counts files and suites that do not load, and stray errors, as failed", () => {
    expect(count([module(["passed"], 1)], 2)).toEqual({ passed: 1, failed: 4, skipped: 0 });
  });
});
