// `drydock abandon --break-lock`: takes the lock of a window away whose machine is lost. The
// provider is not touched.

import { type LockSeen, parseLock, readLock, releaseLockOn } from "../core/lock.ts";
import { exitCodes, Failure } from "./exit.ts";
import { sayAgain } from "./finish.ts";
import { foundStopped } from "./left-stopped.ts";
import type { OpenCluster, Outside } from "./outside.ts";
import { isProviderLeft } from "./still-true.ts";
import { bewareLines } from "./views/account.ts";
import { jsonLine } from "./views/json.ts";

export async function breakLock(
  outside: Outside,
  cluster: OpenCluster,
  { window, json }: { readonly window: string; readonly json: boolean },
): Promise<number> {
  const { terminal } = outside;
  const { source } = cluster;
  const broken = await takeAway(cluster, window);
  const { taken, doubts, away } = broken;
  if (taken.length === 0) throw nothingTaken(cluster, window, broken);
  const beware = (await isProviderLeft(outside, cluster)) ? [foundStopped(source)] : [];
  if (json) {
    const unconfirmed = [...doubts.map(({ name }) => name), ...away];
    const line = { kind: "lock-taken-away", window, hosts: taken, unconfirmed, beware };
    terminal.out(jsonLine(line));
  } else {
    const lines = [
      `The lock of window ${window} is taken away on ${taken.join(", ")}.`,
      `The provider was not touched: see \`${sayAgain("provider status", source)}\`.`,
      ...bewareLines(beware),
    ];
    terminal.out(`${lines.join("\n")}\n`);
  }
  const unsure = [...doubts.map(({ why }) => why), ...runAgain(source, window, broken)];
  if (unsure.length > 0) terminal.err(`${unsure.join("\n")}\n`);
  return doubts.length === 0 ? exitCodes.ok : exitCodes.unreachable;
}

interface Broken {
  readonly taken: readonly string[];
  /** The window does not hold it there. */
  readonly free: readonly string[];
  readonly doubts: readonly { readonly name: string; readonly why: string }[];
  /** Not asked, and named already. */
  readonly away: readonly string[];
}

async function takeAway({ hosts }: OpenCluster, window: string): Promise<Broken> {
  const present = hosts.filter(({ away }) => away === undefined);
  const seen = await Promise.all(
    present.map(async ({ host }) => ({ host, lock: parseLock(await host.run(readLock())) })),
  );
  const read = seen.flatMap(({ host, lock }) =>
    lock.kind === "read" ? [{ host, holds: isHolder(lock.value, window) }] : [],
  );
  const holding = read.flatMap(({ host, holds }) => (holds ? [host] : []));
  const silent = await releaseLockOn(holding, window);
  return {
    taken: holding.map(({ name }) => name).filter((name) => !silent.includes(name)),
    free: read.flatMap(({ host, holds }) => (holds ? [] : [host.name])),
    doubts: [
      ...silent.map((name) => ({ name, why: `${name}: did not confirm that the lock is gone` })),
      ...seen.flatMap(({ host: { name }, lock }) =>
        lock.kind === "read" ? [] : [{ name, why: `${name}: could not read its ${lock.because}` }],
      ),
    ],
    away: hosts.filter(({ away }) => away !== undefined).map(({ host }) => host.name),
  };
}

function isHolder(lock: LockSeen, window: string): boolean {
  return lock.kind === "held" && lock.window === window;
}

function nothingTaken(cluster: OpenCluster, window: string, broken: Broken): Failure {
  const { free, doubts } = broken;
  const asked = free.join(", ");
  const again = runAgain(cluster.source, window, broken);
  if (doubts.length > 0) {
    const others = free.length === 0 ? [] : [`Not locked by window ${window}: ${asked}.`];
    const message = doubts.map(({ why }) => why).join("\n");
    return new Failure("unreachable", message, [...others, ...again].join("\n"));
  }
  return new Failure(
    "usage",
    `no host of ${cluster.name} is locked by window ${window} (asked: ${asked})`,
    [`To see who holds the lock: ${sayAgain("survey", cluster.source)}`, ...again].join("\n"),
  );
}

function runAgain(source: string, window: string, { doubts, away }: Broken): readonly string[] {
  const names = doubts.map(({ name }) => name);
  const where = [...names, ...(away.length === 0 ? [] : ["what was gone on without"])];
  if (where.length === 0) return [];
  const again = sayAgain(`abandon --break-lock ${window}`, source);
  return [
    `The lock of window ${window} may still lie on ${where.join(", ")}. When that answers again, run: ${again}`,
  ];
}
