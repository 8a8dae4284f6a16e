// `npm run rig -- …` from within the tests.

import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultSettings } from "../../rig/settings.ts";

/** A first `up` builds everything, and one of its builds alone may take 25 minutes. */
export function rig(...words: readonly string[]): void {
  const argv = ["node_modules/tsx/dist/cli.mjs", "rig/main.ts", ...words];
  execFileSync(process.execPath, argv, { stdio: "inherit", timeout: 60 * 60_000 });
}

/**
 * In the rig's folder, which `up` empties: the rig that is up is of a kind that one file of tests
 * wanted.
 */
const mark = join(defaultSettings(process.env).runDir, "of-one-file");
// Each file of tests has a process of its own.
let isOwn = false;

/** Another rig for this file of tests; whoever comes next has the usual one brought up. */
export function ownRig(...words: readonly string[]): void {
  rig("up", ...words);
  writeFileSync(mark, "");
  isOwn = true;
}

export function usualRig(): void {
  if (!isOwn && existsSync(mark)) rig("up");
}
