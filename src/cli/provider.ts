// `drydock provider stop | status | start`: the guide's first heading by itself.

import { compareLedger } from "../akash/comparison.ts";
import { notRunningBecause, notStoppedBecause, type ProviderSeen } from "../akash/provider.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import { counted } from "../core/counted.ts";
import type { Plan } from "../core/plan.ts";
import { printable } from "../core/printable.ts";
import type { Gated } from "../gates.ts";
import { apiBlocker } from "../readiness/api.ts";
import type { Blocker } from "../readiness/blocker.ts";
import { providerOnlyBlockers, providerStartBlockers } from "../readiness.ts";
import { planProviderStart, planProviderStop } from "../runbook.ts";
import { survey } from "../survey.ts";
import { exitCodes, exitOfBlockers, Failure } from "./exit.ts";
import { sayAgain, sayGated, spelledOut, spellOut } from "./finish.ts";
import { toStart } from "./left-stopped.ts";
import { andNothingChanged } from "./nothing-changed.ts";
import { type OpenCluster, type Outside, sayAway, type Where } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { carryOutSmall } from "./small-window.ts";
import { findBeforeStop } from "./stop-memory.ts";
import { ownWindows, unfinishedWindow } from "./unfinished.ts";
import { jsonDocument } from "./views/json.ts";
import { clockLines } from "./views/leases.ts";

export interface ProviderFlags extends Gated {
  readonly json: boolean;
  readonly replicas?: number | undefined;
  readonly acceptProviderVersion?: string | undefined;
}

type Verb = "stop" | "status" | "start";

export async function providerCommand(
  outside: Outside,
  where: Where,
  verb: Verb,
  flags: ProviderFlags,
): Promise<number> {
  const on =
    verb === "status" ? ({ connect: "any", looks: true } as const) : ({ connect: "most" } as const);
  const cluster = await outside.openCluster(where, on);
  try {
    sayAway(outside, cluster);
    if (verb !== "status") await unfinishedWindow(outside, cluster, `provider-${verb}`);
    const { facts, provider } = await findProvider(outside, cluster, { ...flags, verb });
    if (verb === "status") {
      const held = await windowsHolding(outside, cluster, facts);
      return showProvider(outside, provider, { facts, held, json: flags.json });
    }
    const again = sayProvider(verb, cluster.source, flags);
    const id = outside.newWindowId();
    const plan =
      verb === "stop"
        ? planProviderStop(facts)
        : await planStart(cluster, { facts, provider }, { ...flags, again });
    return await carryOutSmall(outside, cluster, {
      id,
      plan,
      facts,
      json: flags.json,
      again,
      done: () =>
        verb === "stop" ? `${sayStopped(provider, cluster.source)}\n` : "The provider is back.\n",
    });
  } finally {
    await cluster.close();
  }
}

/**
 * Of one that was at 0 before, `stop` leaves no note either: nobody knows how many replicas it had.
 */
function sayStopped({ replicas, previousReplicas }: ProviderSeen, source: string): string {
  if (replicas === 0 && previousReplicas === undefined)
    return `The provider is stopped. ${toStart(source)}`;
  return `The provider is stopped. To start it again: ${sayAgain("provider start", source)}`;
}

/**
 * Which window keeps it as it is, and how to go on with it: its own machine's once, another one's
 * for its lock.
 */
async function windowsHolding(
  outside: Outside,
  cluster: OpenCluster,
  facts: ClusterFacts,
): Promise<readonly Blocker[]> {
  const [isRemnant, own] = await Promise.all([remnants(outside, cluster), ownWindows(cluster)]);
  const wanted = { isRemnant, own, freeBytesHere: Number.POSITIVE_INFINITY };
  const found = spelledOut(providerOnlyBlockers(facts, wanted), cluster.source);
  const locks = found.filter(({ kind }) => kind === "locked" || kind === "journal");
  return locks.filter(
    ({ because }, at) => locks.findIndex((one) => one.because === because) === at,
  );
}

function sayProvider(verb: Verb, source: string, flags: ProviderFlags): string {
  const { replicas } = flags;
  const words = replicas === undefined ? "" : ` --replicas ${replicas}`;
  return `${sayGated(`provider ${verb}`, source, flags)}${words}`;
}

async function planStart(
  cluster: OpenCluster,
  seen: { readonly facts: ClusterFacts; readonly provider: ProviderSeen },
  flags: ProviderFlags & { readonly again: string },
): Promise<Plan> {
  const replicas = replicasToStart(seen.provider, flags.replicas, flags.again);
  const stopped = await findBeforeStop(cluster, seen);
  return planProviderStart(seen.facts, { replicas, stopped }, flags);
}

async function findProvider(
  outside: Outside,
  cluster: OpenCluster,
  { verb, acceptProviderVersion: acceptedVersion }: ProviderFlags & { readonly verb: Verb },
): Promise<{ readonly facts: ClusterFacts; readonly provider: ProviderSeen }> {
  const { clock } = outside;
  const { name, hosts, chain } = cluster;
  const facts = await survey({ cluster: name, hosts, clock, chain });
  const freeBytesHere = Number.POSITIVE_INFINITY;
  const wanted = { isRemnant: await remnants(outside, cluster), freeBytesHere, acceptedVersion };
  const blockers = verb === "start" ? providerStartBlockers : providerOnlyBlockers;
  const [first] = spelledOut(blockers(facts, wanted), cluster.source).filter(
    (one) => verb !== "status" || (one.kind !== "locked" && one.kind !== "journal"),
  );
  if (first !== undefined) {
    const message = `${first.where}: ${first.because}`;
    throw new Failure(exitOfBlockers([first]), message, andNothingChanged(first.remedy));
  }
  const [provider] = facts.providers.kind === "read" ? facts.providers.value : [];
  if (provider !== undefined) return { facts, provider };
  const because = facts.nodes.kind === "unreadable" ? facts.nodes.because : "it cannot be read";
  const blocker = apiBlocker(facts, because);
  throw new Failure(
    blocker.kind === "unauthorized" ? "unauthorized" : "unreachable",
    `${facts.primary}: the provider cannot be seen: ${blocker.because}`,
    andNothingChanged(spellOut(blocker.remedy, cluster.source)),
  );
}

/**
 * Never a guess: what it has, or the note that stopping left; the option only where nobody knows.
 */
function replicasToStart(provider: ProviderSeen, asked: number | undefined, again: string): number {
  const { namespace, name, replicas, previousReplicas } = provider;
  const known = (replicas || undefined) ?? previousReplicas;
  if (known !== undefined && asked !== undefined && asked !== known) {
    const had = counted(known, "replica");
    throw new Failure(
      "usage",
      replicas > 0
        ? `${namespace}/${name} has ${had}`
        : `${namespace}/${name} had ${had} before \`drydock provider stop\``,
      andNothingChanged(
        "It is given back as it was: leave --replicas out, and scale it afterwards where it is to have others.",
      ),
    );
  }
  const wanted = known ?? asked;
  if (wanted !== undefined) return wanted;
  throw new Failure(
    "usage",
    `${namespace}/${name} is at 0, and nothing says how many replicas it had`,
    `Say it: ${again} --replicas 1`,
  );
}

function showProvider(
  outside: Outside,
  provider: ProviderSeen,
  {
    facts,
    held,
    json,
  }: { readonly facts: ClusterFacts; readonly held: readonly Blocker[]; readonly json: boolean },
): number {
  const { out } = outside.terminal;
  const { leases } = facts;
  const rows = leases === undefined ? undefined : compareLedger(leases.ledger, leases);
  const set = leases?.provider.kind === "read" ? leases.provider.value : undefined;
  if (json) {
    const countsDown = (rows ?? []).filter((row) => row.countsDown).map(({ key }) => key);
    const more = { clock: set?.clock ?? null, rules: set?.rules ?? null, countsDown };
    out(jsonDocument({ ...provider, ...more, held }));
    return exitCodes.ok;
  }
  const { namespace, name, replicas, readyReplicas, image, pods, previousReplicas } = provider;
  const because =
    replicas === 0 ? notStoppedBecause(provider) : notRunningBecause(provider, replicas);
  const state = because ?? (replicas === 0 ? "stopped" : "running");
  out(`${namespace}/${name}: ${state}\n`);
  out(
    `  replicas: ${replicas} wanted, ${readyReplicas} ready; pods: ${pods.join(", ") || "none"}\n`,
  );
  out(`  image: ${image}\n`);
  if (previousReplicas !== undefined) {
    out(`  had ${counted(previousReplicas, "replica")} before \`drydock provider stop\`\n`);
  }
  for (const { because, remedy } of held) {
    out(`${[because, ...remedy.split("\n")].map((line) => `  ${printable(line)}\n`).join("")}`);
  }
  if (set !== undefined) out(`${clockLines(set, rows).slice(1).join("\n")}\n`);
  return exitCodes.ok;
}
