// The last line of every run, in one form for people and scripts: `N passed, N failed, N skipped`.

import { stdout } from "node:process";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What is counted of a test file: the part of vitest's TestModule that is looked at. */
export interface Counted {
  errors(): readonly unknown[];
  readonly children: {
    allSuites(): Iterable<{ errors(): readonly unknown[] }>;
    allTests(): Iterable<{ result(): { readonly state: keyof Counts | "pending" } }>;
  };
}

/**
 * What broke outside of a test, a file that does not load or a stray rejection, counts as failed.
 */
export function count(modules: readonly Counted[], strayErrors: number): Counts {
  const counts = { passed: 0, failed: strayErrors, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "pending" ? "skipped" : state] += 1;
    }
  }
  return counts;
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], stray: readonly SerializedError[]): void {
    const { passed, failed, skipped } = count(modules, stray.length);
    stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}
