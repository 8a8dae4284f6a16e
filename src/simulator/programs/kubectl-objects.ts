// The objects of the model as Kubernetes' JSON, and which of them a `kubectl get` means.

import type { LeaderLock, Model, NodeObject, Pod, StatefulSet } from "../model.ts";
import { podsOf } from "../nature/controllers.ts";
import { renewedAt } from "../nature/leaders.ts";
import { podsOfDeployment } from "../nature/operators.ts";
import type { Deployment } from "../operators.ts";
import {
  cronJobJson,
  daemonSetJson,
  planJson,
  releaseJson,
  scalerJson,
} from "./kubectl-automation.ts";
import {
  claimsJson,
  configMapJson,
  manifestJson,
  namespaceJson,
  podsByNamespace,
  providerContainer,
  workloadsJson,
} from "./kubectl-leases.ts";

export interface Selected {
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  /** Those that are not there are no error (`--ignore-not-found`). */
  readonly mayLack?: boolean;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** `label=value`, or `label`: it is there, whatever its value. */
  readonly labels: string | undefined;
}

const providerImage = "ghcr.io/akash-network/provider:0.14.0";

type Labels = Readonly<Record<string, string>>;
type IsMeant = (one: { readonly namespace?: string; readonly labels?: Labels }) => boolean;

export interface Shown {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    /** Left out where there is none. */
    readonly labels?: Labels;
  };
}

/** The objects, or what kubectl says on stderr when one of the names is not there. */
export function selected(
  model: Model,
  clock: number,
  selection: Selected,
): readonly Shown[] | string {
  const { names, namespace, labels } = selection;
  const [label = "", value] = (labels ?? "").split("=");
  const isMeant: IsMeant = (one) =>
    (namespace === undefined || one.namespace === undefined || one.namespace === namespace) &&
    (labels === undefined ||
      (value === undefined ? label in (one.labels ?? {}) : one.labels?.[label] === value));
  if (selection.kinds.some((kind) => /^plans\b/.test(kind)) && model.upgradePlans === undefined) {
    return 'error: the server doesn\'t have a resource type "plans"';
  }
  const found = selection.kinds.flatMap((kind) => ofKind(model, clock, kind, isMeant));
  if (names.length === 0) return found;
  const known = new Map(found.map((one) => [one.metadata.name, one]));
  const absent = names.find((name) => !known.has(name));
  if (absent !== undefined && selection.mayLack !== true) {
    return `Error from server (NotFound): ${resourceOf(selection.kinds[0] ?? "")} "${absent}" not found`;
  }
  return names.flatMap((name) => known.get(name) ?? []);
}

/** As the API server names it: in the plural, with the group. */
function resourceOf(kind: string): string {
  if (/^(statefulsets?|sts)$/.test(kind)) return "statefulsets.apps";
  if (/^(nodes?|no)$/.test(kind)) return "nodes";
  if (/^(configmaps?|cm)$/.test(kind)) return "configmaps";
  return /^(pods?|po)$/.test(kind) ? "pods" : kind;
}

export function listOf(items: readonly Shown[]): object {
  return { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
}

function ofKind(model: Model, clock: number, kind: string, isMeant: IsMeant): readonly Shown[] {
  if (/^(nodes?|no)$/.test(kind)) {
    return model.nodes.map(nodeJson).filter(({ metadata }) => isMeant(metadata));
  }
  if (/^(statefulsets?|sts)(\.apps)?$/.test(kind)) {
    const sets = model.sets.filter(isMeant).map((set) => setJson(model, set));
    return [...sets, ...ofLeases(model, kind, isMeant)];
  }
  if (/^(deployments?|deploy)(\.apps)?$/.test(kind)) {
    const operators = model.deployments.filter(isMeant).map((one) => deploymentJson(model, one));
    return [...operators, ...ofLeases(model, kind, isMeant)];
  }
  if (/^(pods?|po)$/.test(kind)) return model.pods.filter(isMeant).map(podJson);
  if (kind === "leases.coordination.k8s.io") {
    return model.leaderLocks.map((lock) => lockJson(model, clock, lock));
  }
  if (/^(configmaps?|cm)$/.test(kind)) {
    return [
      ...model.sets.map((set) => configMapJson(set.namespace)),
      ...kubeadmConfigJson(model),
    ].filter((one) => isMeant(one.metadata));
  }
  if (/^cronjobs\b/.test(kind)) {
    return model.cronJobs.map(cronJobJson).filter(({ metadata }) => isMeant(metadata));
  }
  if (/^daemonsets\b/.test(kind)) return model.daemonSets.map(daemonSetJson);
  if (/^plans\b/.test(kind)) return (model.upgradePlans ?? []).map(planJson);
  if (/^(horizontalpodautoscalers|hpa)\b/.test(kind)) {
    return model.scalers.map(scalerJson).filter(({ metadata }) => isMeant(metadata));
  }
  if (/^services?$/.test(kind))
    return model.sets.map(serviceJson).filter((one) => isMeant(one.metadata));
  if (/^secrets?$/.test(kind)) {
    return model.releases.map(releaseJson).filter(({ metadata }) => isMeant(metadata));
  }
  return ofLeases(model, kind, isMeant);
}

function ofLeases(model: Model, kind: string, isMeant: IsMeant): readonly Shown[] {
  const leases = [...model.leases.values()];
  const here = leases.filter((lease) => lease.hasNamespace);
  if (/^manifests\b/.test(kind)) {
    const objects = leases.filter((lease) => lease.hasManifest).map(manifestJson);
    return objects.filter(({ metadata }) => isMeant(metadata));
  }
  if (/^(namespaces?|ns)$/.test(kind)) {
    return here.map(namespaceJson).filter(({ metadata }) => isMeant(metadata));
  }
  if (/^(persistentvolumeclaims?|pvc)$/.test(kind)) {
    return here.flatMap(claimsJson).filter(({ metadata }) => isMeant(metadata));
  }
  const workload = /^deploy/.test(kind) ? "Deployment" : "StatefulSet";
  if (!/^(deployments?|deploy|statefulsets?|sts)(\.apps)?$/.test(kind)) return [];
  const pods = podsByNamespace(model);
  const objects = here.flatMap((lease) => workloadsJson(lease, workload, pods));
  return objects.filter(({ metadata }) => isMeant(metadata));
}

/** As kubeadm uploads it. */
function kubeadmConfigJson({ clusterConfiguration }: Model): readonly Shown[] {
  if (clusterConfiguration === "") return [];
  const shown = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kubeadm-config", namespace: "kube-system" },
    data: { ClusterConfiguration: clusterConfiguration },
  };
  return [shown];
}

/** A StatefulSet's Service has its name. */
function serviceJson({ namespace, name }: StatefulSet): Shown {
  return { kind: "Service", metadata: { name, namespace } };
}

function nodeJson(node: NodeObject): Shown {
  const role = node.controlPlane ? { "node-role.kubernetes.io/control-plane": "" } : {};
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: node.name, labels: { "kubernetes.io/hostname": node.name, ...role } },
    spec: {},
    status: {
      addresses: [
        { address: node.address, type: "InternalIP" },
        { address: node.name, type: "Hostname" },
      ],
      allocatable: { cpu: "8", memory: "32Gi" },
      conditions: [
        { type: "MemoryPressure", status: "False" },
        { type: "Ready", status: node.ready ? "True" : "Unknown" },
      ],
      nodeInfo: { kubeletVersion: node.kubeletVersion },
    },
  } as Shown;
}

function containerOf(model: Model, { name, image, labels }: StatefulSet): object {
  const isProvider = labels["app.kubernetes.io/name"] === "provider";
  return isProvider ? providerContainer(model, image) : { name, image };
}

function setJson(model: Model, set: StatefulSet): Shown {
  const pods = podsOf(model, set);
  const { namespace, name, labels, generation, observedGeneration, replicas, selector } = set;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name,
      namespace,
      labels,
      generation,
      ...(set.annotations.size === 0 ? {} : { annotations: Object.fromEntries(set.annotations) }),
    },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      template: { spec: { containers: [containerOf(model, set)] } },
    },
    status: {
      observedGeneration,
      replicas: pods.length,
      readyReplicas: pods.filter((pod) => pod.ready).length,
    },
  } as Shown;
}

function deploymentJson(model: Model, deployment: Deployment): Shown {
  const { namespace, name, labels, replicas, generation, observedGeneration } = deployment;
  const pods = podsOfDeployment(model, deployment);
  const newest = pods.filter((pod) => pod.owner.name === `${name}-${observedGeneration}`);
  const ready = pods.filter((pod) => pod.ready).length;
  // Kubernetes leaves zeros out.
  const counted = ready === 0 ? {} : { availableReplicas: ready, readyReplicas: ready };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels, generation },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { spec: { containers: [{ name, image: providerImage }] } },
    },
    status: {
      observedGeneration,
      replicas: pods.length,
      ...counted,
      ...(newest.length === 0 ? {} : { updatedReplicas: newest.length }),
    },
  } as Shown;
}

function podJson(pod: Pod): Shown {
  const { namespace, name, uid, labels, owner, nodeName, ready, restarts } = pod;
  const startedAt = new Date(pod.createdAt).toISOString().replace(/\.\d+/, "");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid,
      labels,
      creationTimestamp: startedAt,
      ownerReferences: [{ apiVersion: "apps/v1", kind: owner.kind, name: owner.name }],
      ...(pod.terminating ? { deletionTimestamp: "2026-11-22T03:00:00Z" } : {}),
    },
    spec: { ...(nodeName === "" ? {} : { nodeName }), containers: [{ name: "main" }] },
    status:
      nodeName === ""
        ? { phase: "Pending" }
        : {
            phase: "Running",
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
            containerStatuses: [
              { name: "main", ready, restartCount: restarts, state: { running: { startedAt } } },
            ],
          },
  } as Shown;
}

/** Written by the leader on its own clock; the differences between clocks are left out here. */
function lockJson(model: Model, clock: number, lock: LeaderLock): Shown {
  const at = renewedAt(model, lock) + (clock - model.now);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: lock.name, namespace: "kube-system" },
    spec: {
      holderIdentity: lock.holder,
      leaseDurationSeconds: 15,
      renewTime: new Date(at).toISOString().replace("Z", "000Z"),
    },
  } as Shown;
}
