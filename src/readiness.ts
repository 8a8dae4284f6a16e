// What must stop a window before it begins, each with its remedy. Pure: judged from one survey's
// facts.

import { type ClusterFacts, controlPlaneHosts } from "./cluster/facts.ts";
import { hasEtcdExpired } from "./readiness/api.ts";
import { authorityBlockers, foreignBlockers } from "./readiness/authorities.ts";
import { automationBlockers } from "./readiness/automation.ts";
import { archiveBlockers } from "./readiness/backups.ts";
import { type Blocker, heldBy, type Wanted } from "./readiness/blocker.ts";
import {
  etcdBlockers,
  kubeletBlockers,
  nodeBlockers,
  providerBlockers,
  topologyBlockers,
} from "./readiness/cluster.ts";
import {
  busyBlockers,
  clockBlockers,
  componentBlockers,
  hostBlockers,
  pkiBlockers,
  renewalSpaceBlockers,
  runtimeBlockers,
  spaceBlockers,
} from "./readiness/hosts.ts";
import { configBlockers } from "./readiness/kubeadm.ts";
import { lifetimeBlockers } from "./readiness/lifetimes.ts";
import { releaseBlockers } from "./readiness/release.ts";

/** All that stands in the way of a rotation; none when it may be planned. */
export function rotationBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  // Of a cluster whose control plane nobody reaches nothing else is known: all the rest would be
  // guesses.
  if (controlPlaneHosts(facts).every(({ basics }) => basics.kind === "unreadable")) {
    return [...lockBlockers(facts, wanted), ...hostBlockers(facts)];
  }
  return [
    // First: what else is in the way may only be what the lock's holder is doing.
    ...lockBlockers(facts, wanted),
    ...hostBlockers(facts),
    ...archiveBlockers(facts),
    ...pkiBlockers(facts),
    ...topologyBlockers(facts),
    ...nodeBlockers(facts),
    ...runtimeBlockers(facts),
    ...componentBlockers(facts),
    ...kubeletBlockers(facts),
    ...clockBlockers(facts),
    ...(hasEtcdExpired(facts) ? [] : etcdBlockers(facts)),
    ...spaceBlockers(facts, wanted),
    ...renewalSpaceBlockers(facts),
    ...configBlockers(facts),
    ...authorityBlockers(facts),
    ...foreignBlockers(facts),
    ...lifetimeBlockers(facts),
    ...providerBlockers(facts),
    ...releaseBlockers(facts, wanted),
    ...automationBlockers(facts, wanted),
    ...busyBlockers(facts),
  ];
}

/**
 * What stands in the way of the operator's own maintenance: only what keeps the provider from being
 * stopped (a Helm release that is pending would set its replicas again), or would make its start
 * destroy leases. All else may be what the maintenance is for, and the gates before the start look
 * at it.
 */
export function holdBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  return [
    ...lockBlockers(facts, wanted),
    ...(facts.nodes.kind === "unreadable" ? nodeBlockers(facts) : []),
    ...providerBlockers(facts),
    ...releaseBlockers(facts, wanted),
    ...automationBlockers(facts, wanted),
  ];
}

/** What stands in the way of only stopping the provider, or of looking at it. */
export function providerOnlyBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  return [...lockBlockers(facts, wanted), ...providerBlockers(facts)];
}

/** What stands in the way of only starting it. */
export function providerStartBlockers(facts: ClusterFacts, wanted: Wanted): readonly Blocker[] {
  return [...providerOnlyBlockers(facts, wanted), ...releaseBlockers(facts, wanted)];
}

/**
 * What stands in the way of a backup. The certificates are archived whether etcd answers or not.
 */
export function backupBlockers(
  facts: ClusterFacts,
  what: "etcd" | "certs",
  wanted: Wanted,
): readonly Blocker[] {
  return [
    ...lockBlockers(facts, wanted),
    ...hostBlockers(facts),
    ...(what === "certs" ? archiveBlockers(facts) : []),
    ...(what === "certs" || facts.etcd.kind === "read" ? [] : etcdBlockers(facts)),
    ...spaceBlockers(facts, wanted, { ofEtcd: what === "etcd" }),
  ];
}

function lockBlockers(facts: ClusterFacts, { isRemnant, own = [] }: Wanted): readonly Blocker[] {
  const here = own.map(({ kind, because, remedy }): Blocker => {
    return { kind, where: facts.cluster, because, remedy };
  });
  const others = facts.hosts.flatMap((host): readonly Blocker[] => {
    if (host.lock.kind === "unreadable" || host.lock.value.kind === "free") return [];
    const { value } = host.lock;
    if (isRemnant(value) || own.some(({ window }) => window === value.window)) return [];
    return [{ kind: "locked", where: host.name, ...heldBy(value) }];
  });
  return [...here, ...others];
}
