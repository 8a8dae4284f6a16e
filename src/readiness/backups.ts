// What backups need, and what they are worth: something to archive on each host, and another
// machine to lie on.

import type { ClusterFacts } from "../cluster/facts.ts";
import type { Blocker } from "./blocker.ts";

/**
 * A host of the inventory that has not joined the cluster yet, or not any more: a window would stop
 * at its archive.
 */
export function archiveBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap(({ name, roles, basics }): readonly Blocker[] => {
    if (basics.kind === "unreadable") return [];
    const { kubeletConf, etcdEnv, staticPods } = basics.value;
    const remedy = "Let it join the cluster, or take it out of the inventory, then look again.";
    if (roles.controlPlane || roles.worker) {
      if (kubeletConf) return [];
      const because =
        "there is no /etc/kubernetes/kubelet.conf: it has not joined the cluster, or was taken out of it";
      return [{ kind: "other", where: name, because, remedy }];
    }
    if (etcdEnv || staticPods.includes("etcd")) return [];
    const because = "there is no /etc/etcd.env: no etcd of the cluster's is set up there";
    return [{ kind: "other", where: name, because, remedy }];
  });
}

/** Where Drydock runs on a node. */
export function copiesHere({ here }: ClusterFacts): readonly string[] {
  if (here === undefined) return [];
  return [
    `this machine is ${here}: the backups that are brought here lie on a node of the cluster. Copy them to another machine afterwards`,
  ];
}
