// `npm run rig -- …` from within the tests.

import { execFileSync } from "node:child_process";

/** A first `up` builds everything, and one of its builds alone may take 25 minutes. */
export function rig(...words: readonly string[]): void {
  const argv = ["node_modules/tsx/dist/cli.mjs", "rig/main.ts", ...words];
  execFileSync(process.execPath, argv, { stdio: "inherit", timeout: 60 * 60_000 });
}
