// What the order needs to know of the cluster and of one host, out of a survey's facts.

import type { ProviderSeen } from "../akash/provider.ts";
import { leaderNames } from "../cluster/component.ts";
import type { EtcdAccess } from "../cluster/etcd.ts";
import {
  apiServerAddress,
  type ClusterFacts,
  controlPlaneHosts,
  type HostFacts,
  listenerOf,
} from "../cluster/facts.ts";
import { nodeOf } from "../cluster/kubernetes-node.ts";
import { authorityOf } from "../cluster/node-certificates.ts";
import { invariant } from "../core/invariant.ts";
import type { PlannedCertificate } from "../steps/renew-certificates.ts";

export function theProvider(facts: ClusterFacts): ProviderSeen {
  const [provider] = facts.providers.kind === "read" ? facts.providers.value : [];
  invariant(provider !== undefined, "a plan was made without a provider");
  return provider;
}

/** The fingerprint of its authority: every control plane node has it, and no window changes it. */
export function clusterIdOf(facts: ClusterFacts): string | undefined {
  const ids = controlPlaneHosts(facts).map(({ certificates }) =>
    certificates.kind === "read" ? authorityOf(certificates.value.entries) : undefined,
  );
  return ids.find((id) => id !== undefined);
}

/** The rows that kubeadm will renew on this node. */
export function plannedCertificates(host: HostFacts): readonly PlannedCertificate[] {
  const entries = host.certificates.kind === "read" ? host.certificates.value.entries : [];
  return entries.flatMap(({ table, found }) => {
    if (table !== "certificates" || found.kind !== "present") return [];
    const { name, serialHex, notAfter, subjectAltNames, path, resolvedPath } = found.certificate;
    return [{ name, serialHex, notAfter, subjectAltNames, path, file: resolvedPath }];
  });
}

/** How far the host's clock is ahead of ours, milliseconds. */
export function clockOffsetOf({ basics }: HostFacts): number {
  return basics.kind === "read" ? basics.value.clockOffsetMs : 0;
}

export function containerOf(host: HostFacts, component: string): string {
  const seen = host.components.kind === "read" ? host.components.value : [];
  return seen.find((one) => one.name === component)?.container ?? "";
}

/**
 * The API server's own listener, and the file whose certificate it should show where that is known.
 */
export function apiServerEndpoint(host: HostFacts): {
  readonly name: "kube-apiserver";
  readonly address: string;
  readonly path?: string;
} {
  const path = listenerOf(host, "kube-apiserver")?.path;
  const address = apiServerAddress(host);
  return { name: "kube-apiserver", address, ...(path === undefined ? {} : { path }) };
}

export function nodeName(facts: ClusterFacts, host: HostFacts): string {
  return nodeOf(facts, host)?.name ?? host.name;
}

export function hasKubeconfig(host: HostFacts, path: string): boolean {
  return host.basics.kind === "read" && host.basics.value.kubeconfigs.includes(path);
}

export function snapshotHost(facts: ClusterFacts): HostFacts {
  const host = snapshotHostOf(facts);
  invariant(host !== undefined, "a plan was made without a way to reach etcd");
  return host;
}

/** An etcd host that does not lead, if there is one: a snapshot reads the whole database. */
export function snapshotHostOf(facts: ClusterFacts): HostFacts | undefined {
  const reachable = facts.hosts.filter((host) => host.etcdAccess.kind === "read");
  const endpoints = facts.etcd.kind === "read" ? facts.etcd.value.endpoints : [];
  const leading = endpoints.find((one) => one.memberId === one.leaderId)?.url ?? "";
  return reachable.find((one) => !leading.includes(`//${one.address}:`)) ?? reachable[0];
}

export function accessOrNull(facts: ClusterFacts, name: string): EtcdAccess | null {
  const host = facts.hosts.find((one) => one.name === name);
  return host?.etcdAccess.kind === "read" ? host.etcdAccess.value : null;
}

export function access(host: HostFacts): EtcdAccess {
  invariant(host.etcdAccess.kind === "read", `${host.name} does not say how to reach etcd`);
  return host.etcdAccess.value;
}

/**
 * What an archive of the host must hold, as tar names it: by where they really are, without a
 * leading slash.
 */
export function mustHold(host: HostFacts): readonly string[] {
  const { roles, basics } = host;
  const folder = basics.kind === "read" ? basics.value.kubernetesFolder.slice(1) : "etc/kubernetes";
  if (roles.controlPlane) {
    const renewed = plannedCertificates(host).map(({ file }) => file.slice(1));
    return [
      ...new Set([`${folder}/admin.conf`, `${folder}/manifests/kube-apiserver.yaml`, ...renewed]),
    ];
  }
  if (roles.worker) return [`${folder}/kubelet.conf`];
  const isPod = basics.kind === "read" && !basics.value.etcdEnv;
  return [isPod ? `${folder}/manifests/etcd.yaml` : "etc/etcd.env"];
}

/** Those that wait for a lock before they work on any of their nodes. */
export function leadersOf(facts: ClusterFacts): readonly string[] {
  return leaderNames.filter((name) =>
    controlPlaneHosts(facts).some(
      ({ certificates }) =>
        certificates.kind === "unreadable" ||
        certificates.value.leaderless?.includes(name) !== true,
    ),
  );
}
