// What stands in the way in the cluster as a whole: its topology, nodes, etcd, kubelets, provider.

import { etcdTrouble } from "../cluster/etcd.ts";
import type { ClusterFacts, HostFacts, HostRoles, NodeFacts } from "../cluster/facts.ts";
import { unmatched } from "../cluster/kubernetes-node.ts";
import { apiBlocker } from "./api.ts";
import type { Blocker } from "./blocker.ts";

export function topologyBlockers(facts: ClusterFacts): readonly Blocker[] {
  const where = facts.cluster;
  if (facts.topology === "k3s") {
    return [
      {
        kind: "other",
        where,
        because: "this is k3s, which has no kubeadm certificates",
        remedy: k3sRemedy,
      },
    ];
  }
  const reachesEtcd = facts.hosts.some((host) => host.etcdAccess.kind === "read");
  if (facts.topology === "unknown" || !reachesEtcd) {
    const because = "neither /etc/etcd.env nor a static pod of etcd was found on the etcd hosts";
    const remedy = "Check the [etcd] group of the inventory.";
    return [{ kind: "other", where, because, remedy }];
  }
  return facts.hosts
    .filter(({ roles, basics, etcdAccess }) => {
      if (!roles.controlPlane) return roles.etcd;
      return basics.kind === "read" && etcdAccess.kind === "unreadable";
    })
    .map(apart);
}

function apart({ name, roles }: HostFacts): Blocker {
  if (roles.etcd && roles.controlPlane) {
    return {
      kind: "etcd",
      where: name,
      because:
        "it is one of the inventory's etcd hosts, and has neither /etc/etcd.env nor a static pod of etcd",
      remedy:
        "Put back what is missing there (/etc/kubernetes/manifests/etcd.yaml, where kubeadm runs etcd), or correct the [etcd] group.",
    };
  }
  return {
    kind: "other",
    where: name,
    because: `${placeOfEtcd(roles)}, which is not supported yet`,
    remedy:
      "Use the guide by hand on this cluster; `drydock hold -- COMMAND` keeps the provider stopped meanwhile.",
  };
}

function placeOfEtcd(roles: HostRoles): string {
  if (!roles.etcd) return "etcd does not run on this control plane node";
  return roles.worker
    ? "etcd runs here on a worker and not on a control plane node"
    : "etcd runs here without a control plane";
}

const k3sRemedy =
  "Drydock works on clusters of kubeadm and kubespray. Use `k3s certificate rotate` by hand, once the provider is at 0 and its pod is gone.";

export function nodeBlockers(facts: ClusterFacts): readonly Blocker[] {
  if (facts.nodes.kind === "unreadable") return [apiBlocker(facts, facts.nodes.because)];
  const notReady = facts.nodes.value.filter((node) => !node.ready);
  return [
    ...notReady.map(
      ({ name }): Blocker => ({
        kind: "other",
        where: name,
        because: "the node is NotReady",
        remedy: `Mend ${name} first: a window must not begin on a cluster that lacks a node.`,
      }),
    ),
    ...inventoryBlockers(facts, facts.nodes.value),
  ];
}

/**
 * A window takes each control plane node in turn, and asks the kubelet of each by its Node's name.
 */
function inventoryBlockers(facts: ClusterFacts, all: readonly NodeFacts[]): readonly Blocker[] {
  const { hosts, nodes } = unmatched(facts);
  const names = all.map(({ name }) => name).join(", ");
  return [
    ...hosts.map(
      ({ name }): Blocker => ({
        kind: "other",
        where: name,
        because: `the inventory has it as a control plane node, and none of the cluster's Nodes is it (${names})`,
        remedy: "Name it as `kubectl get nodes` does, or give it ip=ADDRESS, its Node's address.",
      }),
    ),
    ...nodes.map(
      ({ name, addresses }): Blocker => ({
        kind: "other",
        where: name,
        because: "it is a control plane node of the cluster, and the inventory does not have it",
        remedy: `Add it to [kube_control_plane] (${addresses.join(", ")}): its certificates would not be renewed.`,
      }),
    ),
  ];
}

/**
 * Each API server must reach its kubelet to prove a renewal: where it does not, the window would
 * stop there.
 */
export function kubeletBlockers({ kubelets = {} }: ClusterFacts): readonly Blocker[] {
  return Object.entries(kubelets).map(([where, because]) => {
    const works = `until \`kubectl logs\` of a pod on ${where} works, then look again.`;
    const remedy = /tls:|x509:/.test(because)
      ? `Give the kubelet a certificate that API servers take: approve what it asked for (\`kubectl get csr\`, \`kubectl certificate approve NAME\`), ${works}`
      : `See on ${where} why its API server does not reach its kubelet (\`systemctl status kubelet\`, port 10250), ${works}`;
    return { kind: "other", where, because, remedy };
  });
}

export function etcdBlockers(facts: ClusterFacts): readonly Blocker[] {
  const where = "etcd";
  if (facts.etcd.kind === "unreadable") {
    const remedy = "Make `etcdctl endpoint health --cluster` succeed, then look again.";
    return [{ kind: "etcd", where, because: facts.etcd.because, remedy }];
  }
  const trouble: readonly Blocker[] = etcdTrouble(facts.etcd.value).map((because) => ({
    kind: "etcd",
    where,
    because,
    remedy: because.startsWith("alarm")
      ? "Clear the alarm (make space, defragment, `etcdctl alarm disarm`), then look again."
      : "Mend the member first: disturbing another one now could cost the quorum.",
  }));
  const { members } = facts.etcd.value;
  if (members.length !== 2) return trouble;
  const remedy = "Add a third member, or use the guide by hand and accept that etcd stops.";
  const because = "two members: losing either one loses the quorum";
  return [...trouble, { kind: "etcd", where, because, remedy }];
}

export function providerBlockers(facts: ClusterFacts): readonly Blocker[] {
  const where = facts.cluster;
  if (facts.providers.kind === "unreadable") {
    const { because } = facts.providers;
    // The API's trouble is already said of the nodes, with its remedy.
    return facts.nodes.kind === "unreadable"
      ? []
      : [
          {
            kind: "other",
            where,
            because,
            remedy: "Make kubectl work on the primary, then look again.",
          },
        ];
  }
  const found = facts.providers.value.map((one) => `${one.namespace}/${one.name}`);
  if (found.length === 1) return [];
  if (found.length === 0) {
    const because = "no StatefulSet carries the label app.kubernetes.io/name=provider";
    const remedy = "Is this the provider's cluster? Its chart labels the StatefulSet so.";
    return [{ kind: "no-provider", where, because, remedy }];
  }
  const because = `there are ${found.length} providers: ${found.join(", ")}`;
  return [
    {
      kind: "several-providers",
      where,
      because,
      remedy: "Remove the release that is not in use, then look again.",
    },
  ];
}
