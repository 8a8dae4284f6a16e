// Leases' objects as Kubernetes' JSON: Manifest, Namespace, workloads, volume claims; and the
// provider's ConfigMap. A Manifest holds its tenant's environment and credentials, as the real one
// does.

import type { LeaseModel } from "../lease-model.ts";
import type { Model, Pod } from "../model.ts";
import { rememberedOf } from "../remembered.ts";

interface Shown {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

export const manifestJson = rememberedOf((lease: LeaseModel): Shown => {
  const services = lease.services.map(({ name, count }) => ({
    name,
    count,
    image: "registry.example/app:1",
    env: [lease.environment],
    credentials: { host: "registry.example", username: "tenant", password: lease.environment },
    resources: { id: 1, cpu: { units: 10 }, memory: { size: "16777216" }, storage: [] },
    expose: [{ port: 8080, external_port: 80, proto: "TCP", global: true }],
  }));
  return {
    apiVersion: "akash.network/v2beta2",
    kind: "Manifest",
    metadata: { name: lease.namespace, namespace: "lease", labels: labelsOf(lease) },
    spec: { lease_id: lease.id, group: { name: "dcloud", services } },
  } as Shown;
});

export const namespaceJson = rememberedOf((lease: LeaseModel): Shown => {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: lease.namespace, labels: labelsOf(lease) },
    status: { phase: "Active" },
  } as Shown;
});

function labelsOf({ id, namespace }: LeaseModel): Readonly<Record<string, string>> {
  return {
    "akash.network": "true",
    "akash.network/namespace": namespace,
    "akash.network/lease.id.owner": id.owner,
    "akash.network/lease.id.dseq": id.dseq,
    "akash.network/lease.id.gseq": String(id.gseq),
    "akash.network/lease.id.oseq": String(id.oseq),
    "akash.network/lease.id.provider": id.provider,
  };
}

type Index = ReadonlyMap<string, readonly Pod[]>;

/** Pods by namespace, so that thousands of workloads do not each search all of them. */
export function podsByNamespace(model: Model): Index {
  const index = new Map<string, Pod[]>();
  for (const pod of model.pods) {
    const known = index.get(pod.namespace);
    if (known === undefined) index.set(pod.namespace, [pod]);
    else known.push(pod);
  }
  return index;
}

export function workloadsJson(
  lease: LeaseModel,
  kind: "Deployment" | "StatefulSet",
  pods: Index,
): readonly Shown[] {
  return lease.services
    .filter((one) => one.persistent === (kind === "StatefulSet"))
    .map(({ name, count }) => {
      const mine = (pods.get(lease.namespace) ?? []).filter(
        (pod) => pod.labels["akash.network/manifest-service"] === name,
      );
      const ready = mine.filter((pod) => pod.ready).length;
      // Kubernetes leaves zeros out.
      const counted = ready === 0 ? {} : { availableReplicas: ready, readyReplicas: ready };
      const current = kind === "StatefulSet" ? { currentReplicas: mine.length } : {};
      return {
        apiVersion: "apps/v1",
        kind,
        metadata: { name, namespace: lease.namespace, labels: serviceLabels(name) },
        spec: { replicas: count },
        status: { replicas: mine.length, ...counted, ...current },
      } as Shown;
    });
}

export const claimsJson = rememberedOf((lease: LeaseModel): readonly Shown[] => {
  return lease.services
    .filter((one) => one.persistent)
    .map(({ name }) => {
      return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name: `data-${name}-0`,
          namespace: lease.namespace,
          labels: serviceLabels(name),
        },
        status: { phase: "Bound" },
      } as Shown;
    });
});

function serviceLabels(name: string): Readonly<Record<string, string>> {
  return { "akash.network": "true", "akash.network/manifest-service": name };
}

/** As the chart writes it: the same settings as in the StatefulSet, and more. */
export function configMapJson(namespace: string): Shown {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "akash-provider-main", namespace, labels: {} },
    data: { AKASH_BOOT_KEYS: "/boot-keys", AKASH_MONITOR_MAX_RETRIES: "40" },
  } as Shown;
}

/** The provider's container as its chart makes it, with its settings. */
export function providerContainer(model: Model, image: string): object {
  const { maxRetries, retryPeriodMs, retryJitterMs, checkPeriodMs, checkJitterMs } = model.monitor;
  const seconds = (ms: number) => `${ms / 1000}s`;
  const environment = {
    AKASH_FROM: model.providerAddress,
    AKASH_NODE: "http://akash-node-1:26657",
    AKASH_CHAIN_ID: "akashnet-2",
    AKASH_MONITOR_MAX_RETRIES: String(maxRetries),
    AKASH_MONITOR_RETRY_PERIOD: seconds(retryPeriodMs),
    AKASH_MONITOR_RETRY_PERIOD_JITTER: seconds(retryJitterMs),
    AKASH_MONITOR_HEALTHCHECK_PERIOD: seconds(checkPeriodMs),
    AKASH_MONITOR_HEALTHCHECK_PERIOD_JITTER: seconds(checkJitterMs),
  };
  return {
    name: "provider",
    image,
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
  };
}
