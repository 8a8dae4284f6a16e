// How long kubeadm signs for where a node has no configuration file for it: it asks the cluster
// then. Where it cannot use what stands there it takes its defaults, and signs for a year whatever
// that says.

import type { HostFacts } from "../cluster/facts.ts";
import type { Host } from "../core/world.ts";
import { parseValidityPeriod, readClusterConfiguration } from "../programs/kubeadm.ts";

/**
 * The hosts as they were seen, each with the certificateValidityPeriod that kubeadm goes by there.
 */
export async function surveyValidity(
  host: Host | undefined,
  hosts: readonly HostFacts[],
): Promise<readonly HostFacts[]> {
  if (host === undefined || !hosts.some(asksTheCluster)) return hosts;
  const said = parseValidityPeriod(await host.run(readClusterConfiguration));
  if (said.kind === "unreadable" || said.value === "") return hosts;
  const validityPeriod = said.value;
  return hosts.map((one) =>
    one.certificates.kind === "read" && asksTheCluster(one)
      ? {
          ...one,
          certificates: { kind: "read", value: { ...one.certificates.value, validityPeriod } },
        }
      : one,
  );
}

function asksTheCluster({ kubeadmGoesBy }: HostFacts): boolean {
  return kubeadmGoesBy === "cluster";
}
