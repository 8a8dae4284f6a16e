// What a window that was closed early leaves behind on nodes whose certificates it has renewed:
// processes that go on with the old ones. The files alone look as if all were well.

import { type WindowState, wasCutOff } from "../../core/window.ts";
import type { Instant } from "../../core/world.ts";
import { plannedRows } from "./report.ts";

export interface HalfRenewed {
  readonly host: string;
  /**
   * When the first of the certificates expires that what was not restarted still has; null where
   * nobody knows.
   */
  readonly until: Instant | null;
}

/** Nodes that are renewed and not verified. */
export function halfRenewed(state: WindowState): readonly HalfRenewed[] {
  return state.plan.steps
    .filter(({ step }) => step === "renew-certificates")
    .filter(({ key, host }) => wasCutOff(state, [key, `verify-renewal@${host}`]))
    .map(({ host, goal }) => ({ host, until: firstExpiry(goal) }));
}

/** One line for each of them, and what to do; nothing where there is none. */
export function halfRenewedLines(state: WindowState, again: string): readonly string[] {
  const nodes = halfRenewed(state);
  if (nodes.length === 0) return [];
  return [
    ...nodes.map(
      ({ host, until }) =>
        `${host}: certificates were renewed and not seen in use: what was not restarted goes on with ${until === null ? "the old ones" : `those that expire ${new Date(until).toISOString().slice(0, 10)}`}.`,
    ),
    `Finish it${nodes.some(({ until }) => until !== null) ? " before then" : ""}, whatever \`drydock certs\` says of the files: ${again}`,
  ];
}

function firstExpiry(goal: unknown): Instant | null {
  const rows = plannedRows(goal);
  return rows.length === 0 ? null : Math.min(...rows.map(({ notAfter }) => notAfter));
}
