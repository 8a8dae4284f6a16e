// For tests of parsers: what a real program really printed, as `npm run rig -- record` kept it.

import { readFileSync } from "node:fs";
import type { Outcome } from "../core/outcome.ts";

export function transcript(program: string, name: string): Outcome & { readonly kind: "exited" } {
  const file = new URL(`../../transcripts/${program}/${name}.json`, import.meta.url);
  const { code, stdout, stderr }: { code: number; stdout: string; stderr: string } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return { kind: "exited", code, stdout, stderr };
}

/** A clean exit with this on stdout, for shapes that the rig does not show. */
export function printed(stdout: string): Outcome & { readonly kind: "exited" } {
  return { kind: "exited", code: 0, stdout, stderr: "" };
}
