/**
 * What works beside the provider, and the provider itself, as the gates of a window look at them.
 */

const kubectl = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "--request-timeout=10s"];
const namespace = "/api/v1/namespaces/akash-services";
const rpc = `${namespace}/services/http:akash-node-1:26657/proxy`;

export interface ServiceReading {
  readonly argv: readonly string[];
  /** Default: everything is healthy. */
  readonly state?: string;
  /** Bring a state about and put it back, on node1. */
  readonly before?: string;
  readonly after?: string;
}

export const serviceReadings: Readonly<Record<string, ServiceReading>> = {
  "rpc-status": { argv: [...kubectl, "get", "--raw", `${rpc}/status`] },
  "rpc-status-behind": {
    state: "the RPC node catches up, and is 10 minutes behind",
    argv: [...kubectl, "get", "--raw", `${rpc}/status`],
    before: `kubectl get --raw '${rpc}/standin?behind=600&for=60'`,
    after: `kubectl get --raw '${rpc}/standin?behind=0&for=0'`,
  },
  operators: {
    argv: [...kubectl, "get", "-n", "akash-services", "deployments,statefulsets", "-o", "json"],
  },
  "inventory-operator": {
    argv: [
      ...kubectl,
      "get",
      ...["-n", "akash-services", "deployments,pods"],
      ...["-l", "app.kubernetes.io/name=inventory", "-o", "json"],
    ],
  },
  inventory: { argv: atInventory("8080/proxy/v1/inventory") },
  "provider-status": {
    argv: [
      ...kubectl,
      "get",
      "--raw",
      `${namespace}/pods/https:akash-provider-0:8443/proxy/status`,
    ],
  },
  "proxy-refused": {
    state: "nothing listens on that port of the pod",
    argv: [...kubectl, "get", "--raw", `${namespace}/pods/http:akash-node-1-0:9/proxy/status`],
  },
  "proxy-no-pod": {
    state: "there is no such pod",
    argv: [...kubectl, "get", "--raw", `${namespace}/pods/http:nothing-here:8080/proxy/status`],
  },
  "proxy-no-service": {
    state: "there is no such Service",
    argv: [...kubectl, "get", "--raw", `${namespace}/services/http:nothing-here:80/proxy/status`],
  },
  "logs-no-pod": {
    state: "there is no such pod",
    argv: [...kubectl, "-n", "akash-services", "logs", "nothing-here", "--since=60s"],
  },
  "rollout-restart": {
    argv: [
      ...kubectl,
      ...["-n", "akash-services", "rollout", "restart", "deployment/operator-inventory"],
    ],
    after: "kubectl -n akash-services rollout status deployment/operator-inventory --timeout=60s",
  },
};

/** Its pod's name is another one on every cluster. */
function atInventory(path: string): readonly string[] {
  const labels =
    "-l app.kubernetes.io/instance=inventory-service -o jsonpath={.items[0].metadata.name}";
  const pod = `kubectl -n akash-services get pods ${labels}`;
  return ["sh", "-c", `${kubectl.join(" ")} get --raw ${namespace}/pods/http:$(${pod}):${path}`];
}
