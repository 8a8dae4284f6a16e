// A release of the provider that is known to destroy leases: not without the operator's word for
// it.

import type { ProviderSeen } from "../akash/provider.ts";
import {
  parseRelease,
  type Release,
  type ReleaseSource,
  rulesOf,
  showRelease,
  showSource,
} from "../akash/release.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import type { Blocker, Wanted } from "./blocker.ts";

export function releaseBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  const providers = facts.providers.kind === "read" ? facts.providers.value : [];
  return providers.flatMap((provider): readonly Blocker[] => {
    const { namespace, name } = provider;
    const { release, source } = releaseSeen(facts, provider);
    if (release === undefined) return [];
    const version = showRelease(release);
    const accepted = parseRelease(wanted.acceptedVersion ?? "");
    if (accepted !== undefined && showRelease(accepted) === version) return [];
    const rules = rulesOf(release).filter((rule) => rule.destructive);
    if (rules.length === 0) return [];
    const says = rules.map((one) => `${one.says} (${one.source})`).join("; ");
    return [
      {
        kind: "provider-version",
        where: `${namespace}/${name}`,
        because: `release ${version}${showSource(source)} is known to destroy leases: ${says}`,
        remedy: `Upgrade the provider to 0.6.10 or later first; or say --accept-provider-version ${version}.`,
      },
    ];
  });
}

/**
 * The image's tag; of an image without one what the provider's settings say, where they were read.
 */
export function releaseSeen(
  { leases }: ClusterFacts,
  { namespace, name, image }: ProviderSeen,
): { readonly release: Release | undefined; readonly source: ReleaseSource } {
  const release = parseRelease(image);
  const set = leases?.provider.kind === "read" ? leases.provider.value : undefined;
  if (release !== undefined || set === undefined) return { release, source: "image" };
  const isSame = set.seen.namespace === namespace && set.seen.name === name;
  return { release: isSame ? set.release : undefined, source: set.releaseSource };
}
