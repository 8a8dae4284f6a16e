import { defineConfig } from "vitest/config";
import { bundledTests } from "./test/bundle.ts";

export default defineConfig({
  test: {
    // By default one core is left idle, and on two cores that is half of them.
    maxWorkers: "100%",
    reporters: ["default", "./test/summary-reporter.ts"],
    projects: [
      {
        plugins: [bundledTests],
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/*.test.ts", "rig/**/*.test.ts"],
          // Some start real processes, while the simulator's searches take both cores.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "rig",
          include: ["test/rig/*.rigtest.ts"],
          globalSetup: ["test/rig/setup.ts"],
          testTimeout: 600_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
