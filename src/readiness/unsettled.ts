// Signs that a cluster is between two states: said, for only a person can tell an upgrade from a
// habit.

import { type ClusterFacts, controlPlaneHosts } from "../cluster/facts.ts";
import { nodeOf } from "../cluster/kubernetes-node.ts";
import { printable } from "../core/printable.ts";

export function unsettled(facts: ClusterFacts): readonly string[] {
  const nodes = facts.nodes.kind === "read" ? facts.nodes.value : [];
  const cordoned = nodes.filter(({ unschedulable }) => unschedulable);
  const kubeadms = controlPlaneHosts(facts).flatMap(({ basics }) =>
    basics.kind === "read" ? [basics.value.kubeadmVersion] : [],
  );
  return [
    ...cordoned.map(({ name }) => `${printable(name)} is cordoned`),
    ...apart(
      "the nodes' kubelets",
      nodes.map(({ kubeletVersion }) => kubeletVersion),
    ),
    ...apart("the control plane nodes' kubeadms", kubeadms),
    ...strangers(facts),
  ];
}

function apart(whose: string, versions: readonly string[]): readonly string[] {
  const known = [...new Set(versions.filter((version) => version !== ""))].sort();
  if (known.length < 2) return [];
  return [
    `${whose} are of different versions (${known.map(printable).join(", ")}): is an upgrade under way?`,
  ];
}

/** Of control plane nodes that is in the way; a worker is only archived. */
function strangers(facts: ClusterFacts): readonly string[] {
  if (facts.nodes.kind === "unreadable") return [];
  return facts.hosts
    .filter(({ roles, basics }) => roles.worker && !roles.controlPlane && basics.kind === "read")
    .filter((host) => nodeOf(facts, host) === undefined)
    .map(
      ({ name }) =>
        `${printable(name)}: the inventory has it as a worker, and none of the cluster's Nodes is it`,
    );
}
