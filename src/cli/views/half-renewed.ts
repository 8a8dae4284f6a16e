// What a window that was closed early leaves behind on nodes whose certificates it has renewed: processes
// that go on with the old ones. The files alone look as if all were well.

import { type WindowState, wasCutOff } from "../../core/window.ts";
import { plannedRows } from "./report.ts";

/** One line for each node that is renewed and not verified, and what to do; nothing where there is none. */
export function halfRenewedLines(state: WindowState, again: string): readonly string[] {
  const nodes = state.plan.steps
    .filter(({ step }) => step === "renew-certificates")
    .filter(({ key, host }) => wasCutOff(state, [key, `verify-renewal@${host}`]))
    .map(({ host, goal }) => ({ host, until: firstExpiry(goal) }));
  if (nodes.length === 0) return [];
  return [
    ...nodes.map(
      ({ host, until }) =>
        `${host}: certificates were renewed and not seen in use: what was not restarted goes on with those that expire ${until}.`,
    ),
    `Finish it before then, whatever \`drydock certs\` says of the files: ${again}`,
  ];
}

function firstExpiry(goal: unknown): string {
  const first = Math.min(...plannedRows(goal).map(({ notAfter }) => notAfter));
  return new Date(first).toISOString().slice(0, 10);
}
