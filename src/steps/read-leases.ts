// Reads the ledger: the three sets of leases at one moment, and beside them the lease clock and
// what the provider's release does to leases. Reads only; everything on the cluster at the same
// time.

import { isAddress } from "../akash/lease.ts";
import { durationMs, leaseClock } from "../akash/lease-clock.ts";
import type { LeasesSeen, ProviderLeases } from "../akash/ledger.ts";
import type { ProviderSeen } from "../akash/provider.ts";
import { releaseOf, rulesOf, versionVariable } from "../akash/release.ts";
import type { Chain, ChainSeen, LeaseId } from "../core/chain.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import {
  listLeaseNamespaces,
  listManifests,
  listNodeGpus,
  listWorkloads,
  parseLeaseNamespaces,
  parseManifests,
  parseNodeGpus,
  parseWorkloads,
  withWorkloads,
} from "../programs/lease-objects.ts";
import { findProviders, parseProviders } from "../programs/provider-objects.ts";
import {
  type ProviderSettings,
  parseProviderSettings,
  readProviderSettings,
} from "../programs/provider-settings.ts";

/** The program's default. */
const manifestTimeoutMs = 5 * 60_000;

export async function readLeases(look: Pick<Look, "run" | "chain" | "now">): Promise<LeasesSeen> {
  const [manifests, namespaces, workloads, nodes, set] = await Promise.all([
    ask(look, listManifests, parseManifests),
    ask(look, listLeaseNamespaces, parseLeaseNamespaces),
    ask(look, listWorkloads, parseWorkloads),
    ask(look, listNodeGpus, parseNodeGpus),
    readProvider(look),
  ]);
  const settings = set.kind === "read" ? set.value.settings.variables : new Map<string, string>();
  const known = [manifests, namespaces].flatMap((one) => {
    const items: readonly { readonly id: LeaseId }[] = one.kind === "read" ? one.value : [];
    return items.map(({ id }) => id.provider);
  });
  const from = [settings.get("AKASH_FROM"), settings.get("AP_FROM")]
    .filter(isText)
    .filter(isAddress);
  const providers = [...new Set([...known, ...from])].sort();
  const timeout = settings.get("AKASH_MANIFEST_TIMEOUT") ?? settings.get("AP_MANIFEST_TIMEOUT");
  return {
    ledger: {
      readAt: look.now,
      providers,
      chain: await askChain(look.chain, providers),
      manifests,
      namespaces: withWorkloads(namespaces, workloads),
      nodes,
    },
    provider: set.kind === "read" ? read(providerLeases(set.value)) : set,
    manifestTimeoutMs: durationMs(timeout ?? "") ?? manifestTimeoutMs,
  };
}

async function ask<T>(
  look: Pick<Look, "run">,
  command: ReadCommand,
  parse: (outcome: Outcome) => Reading<T>,
): Promise<Reading<T>> {
  return parse(await look.run(command));
}

interface SetSeen {
  readonly seen: ProviderSeen;
  readonly settings: ProviderSettings;
}

async function readProvider(look: Pick<Look, "run">): Promise<Reading<SetSeen>> {
  const sets = await ask(look, findProviders, parseProviders);
  if (sets.kind === "unreadable") return sets;
  const [seen, ...others] = sets.value;
  if (seen === undefined) return unreadable("there is no provider on this cluster");
  if (others.length > 0) return unreadable(`there are ${sets.value.length} providers`);
  const settings = await ask(look, readProviderSettings(seen), (outcome) =>
    parseProviderSettings(outcome, seen),
  );
  return settings.kind === "unreadable" ? settings : read({ seen, settings: settings.value });
}

function providerLeases({ seen, settings }: SetSeen): ProviderLeases {
  const { image, versionLabel, variables } = settings;
  const variable = variables.get(versionVariable);
  const { release, source = "image" } = releaseOf({ image, variable, label: versionLabel }) ?? {};
  return {
    seen,
    chart: settings.chart,
    clock: leaseClock(variables),
    release,
    releaseSource: source,
    rules: release === undefined ? [] : rulesOf(release),
  };
}

/** Of all providers of the cluster together; one that cannot be told makes the whole unknown. */
export async function askChain(chain: Chain, providers: readonly string[]): Promise<ChainSeen> {
  const [first, ...others] = providers;
  if (first === undefined) {
    return { kind: "not-asked", because: "the provider's address is not known" };
  }
  let all = await chain.ask(first);
  for (const provider of others) {
    const next = await chain.ask(provider);
    if (all.kind !== "read") return all;
    if (next.kind !== "read") return next;
    all = {
      ...all,
      leases: [...all.leases, ...next.leases],
      openBids: [...all.openBids, ...next.openBids],
    };
  }
  return all;
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
