// What the real program was recorded to answer, and what the simulated one answers to an argv.

import { readFileSync } from "node:fs";
import { hostNamed } from "../../src/simulator/model.ts";
import type { Answer } from "../../src/simulator/programs/call.ts";
import { run } from "../../src/simulator/programs/run.ts";
import { somebody } from "../../src/simulator/transition.ts";
import type { Sandbox } from "../scenarios/simulated.ts";

export interface Transcript {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `name`: `program/name`, without .json. */
export function transcript(name: string): Transcript {
  const text = readFileSync(new URL(`../../transcripts/${name}.json`, import.meta.url), "utf8");
  const recorded: Transcript = JSON.parse(text);
  return recorded;
}

export function played(
  { site }: Sandbox,
  argv: readonly string[],
  node = "node1",
): Promise<Answer> {
  const host = hostNamed(site.model, node);
  return run({ site, host, argv, by: somebody, boot: host.boots });
}

/** In place of the environment with which some were recorded. */
export const etcdFlags = [
  "--endpoints=https://127.0.0.1:2379",
  "--cacert=/etc/ssl/etcd/ssl/ca.pem",
  "--cert=/etc/ssl/etcd/ssl/admin-node1.pem",
  "--key=/etc/ssl/etcd/ssl/admin-node1-key.pem",
];

export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
