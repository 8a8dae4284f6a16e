// Leases as a provider leaves them: on the chain, as Manifest objects, and as workloads in
// namespaces.

import { createHash } from "node:crypto";
import type { LeaseModel } from "../lease-model.ts";
import type { Pod } from "../model.ts";

/** What the simulated tenants keep secret begins like this: it must never leave a node. */
const secret = "tenant-secret-";

export function address(name: string): string {
  return `akash1${base32hex(createHash("sha256").update(name).digest()).slice(0, 38)}`;
}

export function keyOf(id: LeaseModel["id"]): string {
  return `${id.owner}/${id.dseq}/${id.gseq}/${id.oseq}`;
}

/** Every fourth lease has persistent storage, which makes its service a StatefulSet. */
export function leaseNumber(number: number, provider: string, createdAt: number): LeaseModel {
  const id = {
    owner: address(`tenant ${number % 7}`),
    dseq: String(18_200_000 + number * 1371),
    gseq: 1,
    oseq: 1,
    provider,
  };
  const web = { name: "web", count: 1, persistent: false };
  const database = { name: "db", count: 1, persistent: true };
  return {
    id,
    namespace: namespaceOf(id),
    state: "active",
    reason: 0,
    createdAt,
    services: [number % 4 === 3 ? database : web],
    environment: `PASSWORD=${secret}${number}`,
    hasManifest: true,
    hasNamespace: true,
    overdrawn: false,
  };
}

/** Lower-case base32hex of the SHA-224 of owner/dseq/gseq/oseq/provider. */
function namespaceOf(id: LeaseModel["id"]): string {
  return base32hex(
    createHash("sha224")
      .update(`${keyOf(id)}/${id.provider}`)
      .digest(),
  );
}

function base32hex(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => Number.parseInt(group.padEnd(5, "0"), 2).toString(32)).join("");
}

/** As old as the lease. */
export function tenantPods(lease: LeaseModel, number: number): readonly Pod[] {
  return lease.services.map(({ name, persistent }) => {
    const set = persistent ? name : `${name}-6d4b75cb6d`;
    return {
      namespace: lease.namespace,
      name: persistent ? `${set}-0` : `${set}-${number}`,
      uid: `tenant-${number}-${name}`,
      labels: { "akash.network": "true", "akash.network/manifest-service": name },
      owner: { kind: persistent ? "StatefulSet" : "ReplicaSet", name: set },
      nodeName: "node1",
      createdAt: lease.createdAt,
      ready: true,
      terminating: false,
      restarts: 0,
      reboots: 0,
    };
  });
}
