/** One script on node after node over ssh, as an operator without Drydock carries it out. */

import { join } from "node:path";
import { must, run } from "../../rig/command.ts";
import { type RigNode, type Settings, sshDir } from "../../rig/settings.ts";
import type { Span } from "./polls.ts";

const limit = { timeoutMs: 300_000 };

export interface ScriptRun {
  readonly whole: Span;
  /** Milliseconds by node. */
  readonly nodes: ReadonlyMap<string, number>;
}

/** The connections stand before the clock starts, as Drydock's do before its first renewal. */
export async function nodeByNode(settings: Settings, script: string): Promise<ScriptRun> {
  await Promise.all(settings.nodes.map((node) => must(ssh(settings, node, "true"), limit)));
  const nodes = new Map<string, number>();
  const from = Date.now();
  for (const node of settings.nodes) {
    const startedAt = Date.now();
    await must(ssh(settings, node, "bash -s"), { ...limit, input: script });
    nodes.set(node.name, Date.now() - startedAt);
  }
  const whole = { from, to: Date.now() };
  await Promise.all(
    settings.nodes.map((node) => run([...master(settings), "-O", "exit", node.name], limit)),
  );
  return { whole, nodes };
}

function ssh(settings: Settings, node: RigNode, command: string): readonly string[] {
  return [...master(settings), node.name, command];
}

function master(settings: Settings): readonly string[] {
  const folder = sshDir(settings);
  const shared = ["ControlMaster=auto", "ControlPersist=120", `ControlPath=${folder}/bench-%n`];
  const options = [...shared, "BatchMode=yes"].flatMap((one) => ["-o", one]);
  return ["ssh", "-F", join(folder, "ssh_config"), ...options];
}
