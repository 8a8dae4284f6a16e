// Kubernetes objects: the provider as its chart makes it, and mirror pods.

import type { HostModel, Pod, StatefulSet } from "../model.ts";
import type { Deployment } from "../operators.ts";

export function providerSet(
  replicas: number,
  namespace = "akash-services",
  version = "0.14.0",
): StatefulSet {
  const selector = {
    app: "akash-provider",
    "app.kubernetes.io/instance": "akash-provider",
    "app.kubernetes.io/name": "provider",
  };
  return {
    namespace,
    name: "akash-provider",
    labels: {
      ...selector,
      "app.kubernetes.io/managed-by": "Helm",
      "helm.sh/chart": "provider-18.0.0",
    },
    selector,
    annotations: new Map(),
    image: `ghcr.io/akash-network/provider:${version}`,
    generation: 1,
    observedGeneration: 1,
    replicas,
  };
}

/** The chain's node beside it, from which it works. */
export function rpcNodeSet(namespace = "akash-services"): StatefulSet {
  const selector = { app: "akash-node", "akash.network/node": "1" };
  return {
    namespace,
    name: "akash-node-1",
    labels: selector,
    selector,
    annotations: new Map(),
    image: "ghcr.io/akash-network/node:2.0.0",
    generation: 1,
    observedGeneration: 1,
    replicas: 1,
  };
}

/** `inventory`, `hostname` or `ip`, as its chart makes it. */
export function operatorDeployment(name: string, namespace = "akash-services"): Deployment {
  return {
    namespace,
    name: `operator-${name}`,
    labels: {
      "app.kubernetes.io/name": name,
      "app.kubernetes.io/instance": `${name}-service`,
      "app.kubernetes.io/component": "operator",
      "app.kubernetes.io/part-of": "provider",
    },
    generation: 1,
    observedGeneration: 1,
    replicas: 1,
    broken: false,
  };
}

export function providerPods(set: StatefulSet, createdAt: number): readonly Pod[] {
  return Array.from({ length: set.replicas }, (_, ordinal) => ({
    ...runningPod(createdAt),
    namespace: set.namespace,
    name: `${set.name}-${ordinal}`,
    uid: `${set.namespace}-${set.name}-${ordinal}`,
    labels: set.selector,
    owner: { kind: "StatefulSet", name: set.name },
    nodeName: "node1",
  }));
}

/** The shadows of a host's static pods: what `kubectl get pods -n kube-system` shows of them. */
export function systemPods(host: HostModel, createdAt: number): readonly Pod[] {
  return host.containers.map((container) => ({
    ...runningPod(createdAt),
    namespace: "kube-system",
    name: `${container.name}-${host.name}`,
    uid: `mirror-${container.name}-${host.name}`,
    labels:
      container.name === "kube-vip"
        ? { "k8s-app": "kube-vip" }
        : { component: container.name, tier: "control-plane" },
    owner: { kind: "Node", name: host.name },
    nodeName: host.name,
  }));
}

function runningPod(createdAt: number) {
  return { createdAt, ready: true, terminating: false, restarts: 0, reboots: 0 };
}
