/** Leases as the provider leaves them in a cluster: namespace, Manifest object and workloads. */
import { workloadImage } from "./images.ts";
import { address, type LeaseId, leaseNamespace } from "./lease.ts";

interface Service {
  readonly name: string;
  readonly count: number;
  /** Persistent storage makes the provider use a StatefulSet. */
  readonly persistent: boolean;
}

export interface Lease {
  readonly id: LeaseId;
  readonly services: readonly Service[];
}

export const providerAddress = address("the rig's provider");

/** How many the rig has. */
export const leaseCount = 12;

/** Deterministic, so that two rigs hold the same leases. */
export function sampleLeases(count: number): Lease[] {
  return Array.from({ length: count }, (_, i) => ({
    id: {
      owner: address(`tenant ${i % 7}`),
      dseq: String(18_200_000 + i * 1_371),
      gseq: 1,
      oseq: 1,
      provider: providerAddress,
    },
    services: sampleServices(i),
  }));
}

function sampleServices(i: number): Service[] {
  const web: Service = { name: "web", count: i % 5 === 0 ? 2 : 1, persistent: false };
  const database: Service = { name: "db", count: 1, persistent: true };
  if (i % 4 === 1) return [database];
  return i % 4 === 3 ? [web, database] : [web];
}

export function leaseObjects(lease: Lease): object[] {
  return [manifest(lease), ...lease.services.map((service) => workload(lease, service))];
}

export function leaseNamespaceObject(lease: Lease): object {
  const name = leaseNamespace(lease.id);
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: leaseLabels(lease) } };
}

function leaseLabels({ id }: Lease): Record<string, string> {
  return {
    "akash.network": "true",
    "akash.network/namespace": leaseNamespace(id),
    "akash.network/lease.id.owner": id.owner,
    "akash.network/lease.id.dseq": id.dseq,
    "akash.network/lease.id.gseq": String(id.gseq),
    "akash.network/lease.id.oseq": String(id.oseq),
    "akash.network/lease.id.provider": id.provider,
  };
}

function manifest(lease: Lease): object {
  const services = lease.services.map((service) => ({
    name: service.name,
    image: workloadImage,
    count: service.count,
    resources: { id: 1, cpu: { units: 10 }, memory: { size: "16777216" }, storage: [] },
    expose: [{ port: 8080, external_port: 80, proto: "TCP", global: true }],
  }));
  return {
    apiVersion: "akash.network/v2beta2",
    kind: "Manifest",
    metadata: {
      name: leaseNamespace(lease.id),
      namespace: "lease",
      labels: leaseLabels(lease),
    },
    spec: { lease_id: lease.id, group: { name: "rig", services } },
  };
}

function workload(lease: Lease, service: Service): object {
  const namespace = leaseNamespace(lease.id);
  const labels = {
    "akash.network": "true",
    "akash.network/manifest-service": service.name,
    "akash.network/namespace": namespace,
  };
  const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }, type: "RollingUpdate" };
  return {
    apiVersion: "apps/v1",
    kind: service.persistent ? "StatefulSet" : "Deployment",
    metadata: { name: service.name, namespace, labels },
    spec: {
      replicas: service.count,
      revisionHistoryLimit: 10,
      selector: { matchLabels: labels },
      ...(service.persistent ? { serviceName: service.name } : { strategy }),
      template: { metadata: { labels }, spec: tenantPod(service) },
    },
  };
}

function tenantPod(service: Service): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: service.name,
        image: workloadImage,
        args: ["workload"],
        ports: [{ containerPort: 8080 }],
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
      },
    ],
  };
}
