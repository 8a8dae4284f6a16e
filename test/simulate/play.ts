// What is known of a window while a seed plays it: who takes part, what befell it, what was done by
// hand.

import type { Tool } from "../../src/simulator/tool.ts";
import type { Sandbox } from "../scenarios/simulated.ts";
import type { Scene } from "./scene.ts";

export interface Play {
  readonly scene: Scene;
  readonly box: Sandbox;
  /** Another operator's machine, with its own journals. */
  readonly rival: Sandbox;
  /** How often each kind of fault befell it. */
  readonly befell: Map<string, number>;
  /** What else works at the same time: a run is over when this is, too. */
  readonly meanwhile: Promise<unknown>[];
  /** One line for each run: what was run, and how it ended. */
  readonly log: string[];
  /** The run of the tool at work, to end it when it does not end. */
  tool: Tool | undefined;
  runs: number;
  /** The command that the last run named, to be run before anything else. */
  told: string | undefined;
  /**
   * Somebody scaled the provider when no window was at work, or none of its steps was left to look.
   */
  theirsToSay: boolean;
  /** The windows in which somebody scaled the provider. */
  readonly scaledIn: Set<string>;
  /** Somebody renewed certificates: what they left behind is theirs. */
  renewedByHand: boolean;
  /** Kubeconfigs that somebody replaced by another file, by who reads them. */
  readonly replaced: { readonly node: string; readonly reader: string; readonly at: number }[];
}

export function befall({ befell, log, box }: Play, kind: string): void {
  befell.set(kind, (befell.get(kind) ?? 0) + 1);
  const last = [...box.desk.windows.values()].at(-1)?.records.at(-1);
  const place = last === undefined || !("key" in last) ? "" : ` (${last.kind} ${last.key})`;
  log.push(`  ${new Date(box.site.model.now).toISOString()} ${kind}${place}`);
}
