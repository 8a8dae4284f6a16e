/** The namespace akash-services: provider, operators and RPC node, labelled as their charts do. */
import { balancerAddress, chainPorts } from "../settings.ts";
import { nodeImage, providerImage, providerVersion } from "./images.ts";
import { providerAddress } from "./leases.ts";

const namespace = "akash-services";

export function serviceObjects(pace: ProviderPace): object[] {
  return [
    serviceAccount,
    adminBinding,
    providerService,
    providerStatefulSet(pace),
    ...["hostname", "inventory", "ip"].map(operator),
    rpcService,
    rpcNode,
  ];
}

const providerLabels = {
  app: "akash-provider",
  "app.kubernetes.io/name": "provider",
  "app.kubernetes.io/instance": "akash-provider",
};

const serviceAccount = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "akash-provider", namespace, labels: providerLabels },
};

const adminBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "akash-provider", labels: providerLabels },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: "akash-provider", namespace }],
};

const providerService = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "akash-provider", namespace, labels: providerLabels },
  spec: {
    selector: providerLabels,
    ports: [
      { name: "api", port: 8443 },
      { name: "grpc", port: 8444 },
    ],
  },
};

/** Service addresses lead nowhere on the rig: pods reach the API servers through the balancer. */
const apiServers = { KUBERNETES_SERVICE_HOST: balancerAddress, KUBERNETES_SERVICE_PORT: "6443" };

/**
 * How many failed checks in a row close a lease, and how much faster than the settings say they
 * come.
 */
export interface ProviderPace {
  readonly maxRetries: number;
  /** 1: as the settings say; 0.1: ten times as fast. */
  readonly clock: number;
}

/** Chart 18.0.0. */
export const usualPace: ProviderPace = { maxRetries: 626, clock: 1 };

export function providerStatefulSet({ maxRetries, clock }: ProviderPace): object {
  const environment = {
    AKASH_HOME: "/home",
    AKASH_FROM: providerAddress,
    AKASH_NODE: "http://akash-node-1:26657",
    AKASH_CHAIN_ID: "akashnet-2",
    AKASH_VERSION: providerVersion,
    AKASH_CLUSTER_PUBLIC_HOSTNAME: "provider.rig.example",
    AKASH_CLUSTER_K8S: "true",
    AKASH_WITHDRAWAL_PERIOD: "1h",
    AKASH_MONITOR_MAX_RETRIES: String(maxRetries),
    AKASH_MONITOR_RETRY_PERIOD: "4s",
    AKASH_MONITOR_RETRY_PERIOD_JITTER: "15s",
    AKASH_MONITOR_HEALTHCHECK_PERIOD: "10s",
    AKASH_MONITOR_HEALTHCHECK_PERIOD_JITTER: "5s",
    ...apiServers,
    STANDIN_CHAIN: `http://${balancerAddress}:${chainPorts[0]}`,
    STANDIN_CLOCK: String(clock),
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name: "akash-provider",
      namespace,
      labels: {
        ...providerLabels,
        "helm.sh/chart": "provider-18.0.0",
        "app.kubernetes.io/version": providerVersion,
        "app.kubernetes.io/managed-by": "Helm",
      },
    },
    spec: {
      replicas: 1,
      serviceName: "akash-provider",
      selector: { matchLabels: providerLabels },
      template: { metadata: { labels: providerLabels }, spec: providerPod(environment) },
    },
  };
}

function providerPod(environment: Record<string, string>): object {
  return {
    serviceAccountName: "akash-provider",
    containers: [
      {
        name: "provider",
        image: providerImage,
        args: ["provider"],
        env: variables(environment),
        ports: [
          { name: "api", containerPort: 8443 },
          { name: "grpc", containerPort: 8444 },
        ],
        volumeMounts: [{ name: "provider-config-volume", mountPath: "/config" }],
      },
    ],
    volumes: [
      {
        name: "provider-config-volume",
        hostPath: { path: "/root/.akash/k8s-config", type: "DirectoryOrCreate" },
      },
    ],
  };
}

function variables(environment: Readonly<Record<string, string>>): object[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

function operator(name: string): object {
  const labels = {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/instance": `${name}-service`,
    "app.kubernetes.io/component": "operator",
    "app.kubernetes.io/part-of": "provider",
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `operator-${name}`, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: "akash-provider",
          containers: [
            {
              name: `operator-${name}`,
              image: providerImage,
              args: ["operator", name],
              env: variables(apiServers),
            },
          ],
        },
      },
    },
  };
}

/** As its chart labels it. */
const nodeLabels = { app: "akash-node", "akash.network/node": "1" };

const rpcService = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "akash-node-1", namespace },
  spec: {
    selector: { "akash.network/node": "1" },
    ports: [
      { name: "akashd-p2p", port: 26656 },
      { name: "akashd-rpc", port: 26657 },
    ],
  },
};

const rpcNode = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "akash-node-1", namespace, labels: nodeLabels },
  spec: {
    replicas: 1,
    serviceName: "akash-node-1",
    selector: { matchLabels: nodeLabels },
    template: {
      metadata: { labels: nodeLabels },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          {
            name: "akash-node",
            image: nodeImage,
            args: ["rpc"],
            ports: [{ name: "rpc", containerPort: 26657 }],
          },
        ],
      },
    },
  },
};
