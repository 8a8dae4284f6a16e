// What kubectl keeps, on disk and for six hours, of what kinds an API server has. Whoever knows
// them does not ask for them first, and says in other words that nobody answers. As recorded from
// kubectl 1.33; the six hours are ToDiscoveryClient's of k8s.io/cli-runtime.

import type { HostModel, Model } from "../model.ts";
import { type Answer, failed } from "./call.ts";
import { goTemplate } from "./go-template.ts";

const keptMs = 6 * 3_600_000;

export function knowsKinds({ now }: Model, { kindsKept }: HostModel, server: string): boolean {
  return (kindsKept.get(server) ?? 0) > now;
}

export function keepKinds({ now }: Model, { kindsKept }: HostModel, server: string): void {
  if ((kindsKept.get(server) ?? 0) <= now) kindsKept.set(server, now + keptMs);
}

/** A command that nobody has answered. */
export interface Unanswered {
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  readonly server: string;
  readonly stderr: string;
}

/**
 * `get` prints what it has, which is nothing, and says it of each kind; `scale` names its address.
 */
export function unanswered(asked: Unanswered): Answer {
  const { values, words, stderr } = asked;
  const [verb, , ...names] = words;
  if (verb === "scale") return failed(1, unscaled(asked));
  // Of several reasons each has its own line, whatever it begins with.
  const alone = isOwn.test(stderr) ? stderr : `error: ${stderr}`;
  if (verb !== "get" || names.length > 0) return failed(1, alone);
  const stdout = values.has("--ignore-not-found") ? "" : empty(values.get("-o") ?? "");
  const asks = asksOf(words);
  return failed(1, asks === 1 ? alone : stderr.repeat(asks), stdout);
}

/** What kubectl has words of its own for. */
const isOwn = /^(error:|Error from server|The connection to|Unable to connect to)/;

/** How often it asks: a list of several kinds is one for each, one after the other. */
export function asksOf([verb, kinds = "", ...names]: readonly string[]): number {
  return verb === "get" && names.length === 0 ? kinds.split(",").length : 1;
}

function empty(output: string): string {
  const list = { apiVersion: "v1", items: [], kind: "List", metadata: { resourceVersion: "" } };
  if (output === "json") return `${JSON.stringify(list, undefined, 4)}\n`;
  const template = /^go-template=(.*)$/s.exec(output)?.[1];
  return template === undefined ? "" : goTemplate(template)(list);
}

function unscaled({ values, words, server, stderr }: Unanswered): string {
  const [, , name = ""] = words;
  const timeout = values.get("--request-timeout") ?? "32s";
  const path = `apis/apps/v1/namespaces/${values.get("-n") ?? "default"}/statefulsets/${name}?timeout=${timeout}`;
  const got = (because: string) => `Get "${server}/${path}": ${because}`;
  const [, because] = /^Unable to connect to the server: (.*)$/s.exec(stderr) ?? [];
  const dialled = `dial tcp ${server.replace(/^https:\/\//, "")}: connect: connection refused`;
  const reason = [
    stderr.endsWith("(Unauthorized)\n") ? "Unauthorized" : undefined,
    stderr.startsWith("The connection to") ? got(dialled) : undefined,
    because === undefined ? undefined : got(because),
  ].find((one) => one !== undefined);
  return `error: no objects passed to scale ${reason ?? stderr}`;
}
