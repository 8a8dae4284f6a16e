// Autoscalers, CronJobs, Helm's Secrets and what acts on nodes, as Kubernetes' JSON. The Secrets
// hold what nobody may ask for.

import type { HelmRelease, Model } from "../model.ts";

interface Shown {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export function scalerJson({ namespace, name, target }: Model["scalers"][number]): Shown {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "StatefulSet", name: target };
  return {
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 1 },
  } as Shown;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

export function cronJobJson({ namespace, name, suspended }: Model["cronJobs"][number]): Shown {
  const spec = { schedule: "0 8 * * *", suspend: suspended };
  return { kind: "CronJob", metadata: { name, namespace }, spec } as Shown;
}

export function daemonSetJson({ namespace, name }: Named): Shown {
  return { kind: "DaemonSet", metadata: { name, namespace } };
}

export function planJson({ namespace, name }: Named): Shown {
  return { kind: "Plan", metadata: { name, namespace } };
}

export function releaseJson({ namespace, name, status, revision }: HelmRelease): Shown {
  const version = String(revision);
  return {
    kind: "Secret",
    metadata: {
      name: `sh.helm.release.v1.${name}.v${version}`,
      namespace,
      labels: { owner: "helm", name, status, version },
    },
    data: { release: "tenant-secret-values-of-the-chart" },
  } as Shown;
}
