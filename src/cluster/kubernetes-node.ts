// Which Node of the cluster a host of the inventory is: the inventory's names are the operator's.

import { commonName } from "./certificate.ts";
import { type ClusterFacts, controlPlaneHosts, type HostFacts, type NodeFacts } from "./facts.ts";
import { certificateOf } from "./node-certificates.ts";

/**
 * By the name that its kubelet calls itself (the client certificate's `system:node:NAME`, which the
 * API server admits no other Node for); else by the inventory's name, an address, or the host's own
 * name.
 */
export function nodeOf(facts: Pick<ClusterFacts, "nodes">, host: HostFacts): NodeFacts | undefined {
  const nodes = facts.nodes.kind === "read" ? facts.nodes.value : [];
  const named = (name: string) => nodes.find((one) => one.name === name);
  const { basics } = host;
  const told = basics.kind === "read" ? basics.value : undefined;
  const advertised = told?.advertised.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const addresses = [host.address, advertised ?? ""];
  return (
    named(kubeletName(host) ?? "") ??
    named(host.name) ??
    nodes.find((one) => one.addresses.some((address) => addresses.includes(address))) ??
    named(told?.hostname.toLowerCase() ?? "")
  );
}

function kubeletName({ certificates }: HostFacts): string | undefined {
  if (certificates.kind === "unreadable") return undefined;
  const client = certificateOf(certificates.value.entries, "kubelet-client");
  const name = client === undefined ? "" : commonName(client.subject);
  return name.startsWith("system:node:") ? name.slice("system:node:".length) : undefined;
}

/**
 * Control plane nodes of the inventory that are no Node, and those of the cluster that it lacks.
 */
export function unmatched(facts: ClusterFacts): {
  readonly hosts: readonly HostFacts[];
  readonly nodes: readonly NodeFacts[];
} {
  const hosts = controlPlaneHosts(facts);
  const known = hosts.map((host) => nodeOf(facts, host));
  const nodes = facts.nodes.kind === "read" ? facts.nodes.value : [];
  return {
    hosts: hosts.filter((_, index) => known[index] === undefined),
    nodes: nodes.filter((node) => node.controlPlane && !known.includes(node)),
  };
}
