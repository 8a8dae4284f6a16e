// `npm run rig -- …` from within the tests.

import { execFileSync } from "node:child_process";

export function rig(...words: readonly string[]): void {
  const argv = ["node_modules/tsx/dist/cli.mjs", "rig/main.ts", ...words];
  execFileSync(process.execPath, argv, { stdio: "inherit", timeout: 45 * 60_000 });
}
