// A release of the provider that is known to destroy leases: not without the operator's word for it.

import { parseRelease, rulesOf, showRelease } from "../akash/release.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import type { Blocker, Wanted } from "./blocker.ts";

export function releaseBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  const providers = facts.providers.kind === "read" ? facts.providers.value : [];
  return providers.flatMap(({ namespace, name, image }): readonly Blocker[] => {
    const release = parseRelease(image);
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
        because: `release ${version} is known to destroy leases: ${says}`,
        remedy: `Upgrade the provider to 0.6.10 or later first; or say --accept-provider-version ${version}.`,
      },
    ];
  });
}
