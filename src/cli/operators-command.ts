// What a hold is for: the operator's own command, here, while the provider is kept stopped.

import { guardWhile } from "../core/guard.ts";
import { printable } from "../core/printable.ts";
import { note, type Run } from "../core/run.ts";
import { operatorsCommand, type WindowState } from "../core/window.ts";

/** Noted before and after; its exit code. */
export async function carryOutCommand(
  run: Run,
  argv: readonly string[],
  work: () => Promise<number>,
): Promise<number> {
  const act = argv.join(" ");
  const key = operatorsCommand;
  await note(run, { kind: "sending", key, act });
  const code = await guardWhile(run, work());
  await note(run, { kind: "ran", key, outcome: { kind: "exited", code } });
  if (code !== 0) {
    const because = `${act}: exit code ${code}`;
    const remedy = "Mend it; closing the window checks the cluster, then starts the provider.";
    await note(run, { kind: "stopped", key, because, remedy });
  }
  return code;
}

/**
 * Where Drydock was killed beside it: nobody has kept the provider stopped since, nor seen it end.
 */
export function mayBeAtWork({ command }: WindowState): readonly string[] {
  if (command === undefined) return [];
  return [
    `Your command may still be at work: ${printable(command)}`,
    "Let it end first: closing the window starts the provider.",
  ];
}
