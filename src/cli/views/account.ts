// What became of the leases in a window, as its journal has it: for every report's last line.

import { isObject } from "../../core/json.ts";
import type { WindowState } from "../../core/window.ts";
import type { ExitKind } from "../exit.ts";
import { jsonLine } from "./json.ts";

export interface Account {
  readonly kind: "kept" | "unknown" | "lost";
  readonly countedBy: "chain" | "manifests" | "none";
  readonly sentence: string;
  /** One for every lease that was not simply kept. */
  readonly lines: readonly string[];
}

/** Undefined for a window that has not counted them. */
export function accountOf({ settled }: Pick<WindowState, "settled">): Account | undefined {
  for (const [key, { verdict }] of settled) {
    if (!key.startsWith("account-for-leases@") || verdict.kind !== "satisfied") continue;
    const { detail, because: sentence } = verdict;
    if (!isObject(detail) || !Array.isArray(detail.lines)) continue;
    const kind = detail.kind === "kept" || detail.kind === "lost" ? detail.kind : "unknown";
    const countedBy =
      detail.countedBy === "chain" || detail.countedBy === "manifests" ? detail.countedBy : "none";
    return { kind, countedBy, sentence, lines: detail.lines.map(String) };
  }
  return undefined;
}

/**
 * What ends every report: gates that were left out, each lease that was not simply kept, the
 * sentence.
 */
export function accountLines(state: Pick<WindowState, "settled" | "skipped">): readonly string[] {
  const { skipped } = state;
  const account = accountOf(state);
  return [
    ...(skipped.length === 0 ? [] : [`Gates left out: ${skipped.join(", ")}`]),
    ...(account?.lines ?? []),
    account?.sentence ?? "leases were not counted in this window",
  ];
}

export function bewareLines(sentences: readonly string[]): readonly string[] {
  return sentences.map((sentence) => `Beware: ${sentence}`);
}

/** Of a window that is completed. */
export function accountExit(state: Pick<WindowState, "settled">): ExitKind {
  const account = accountOf(state);
  if (account?.kind === "lost") return "leasesLost";
  return account?.countedBy === "none" ? "leasesUnknown" : "ok";
}

/** For windows that have no other report: text, or one JSON object in a line, with `more` in it. */
export function shortReport(
  state: Pick<WindowState, "id" | "settled" | "skipped">,
  json: boolean,
  {
    beware = [],
    ...more
  }: { readonly beware?: readonly string[]; readonly halfRenewed?: object } = {},
): string {
  if (!json) return `${[...accountLines(state), ...bewareLines(beware)].join("\n")}\n`;
  const leases = accountOf(state) ?? null;
  const { skipped } = state;
  return jsonLine({ kind: "report", window: state.id, skipped, leases, beware, ...more });
}
