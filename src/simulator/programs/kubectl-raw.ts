// `kubectl get --raw`: health endpoints, Endpoints default/kubernetes, and a kubelet through its
// proxy.

import { clockOf, controlPlane, type HostModel, running } from "../model.ts";
import { isReady, reachesEtcd } from "../nature/api.ts";
import { validityOf } from "../x509.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";
import { proxyAnswer } from "./kubectl-proxy.ts";

const deprecated =
  "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

export async function rawAnswer(call: Call, server: HostModel, path: string): Promise<Answer> {
  const { model } = call.site;
  if (/^\/(livez|healthz|readyz)$/.test(path)) {
    const isWell = path === "/readyz" ? isReady : reachesEtcd;
    if (isWell(model, server)) return said("ok");
    const body = checksOf(path.slice(1), reachesEtcd(model, server));
    return failed(
      1,
      `Error from server (InternalError): an error on the server ("${body.replaceAll("\n", "\\n")}") has prevented the request from succeeding`,
    );
  }
  if (path === "/api/v1/namespaces/default/endpoints/kubernetes") {
    const addresses = controlPlane(model)
      .filter((host) => isReady(model, host))
      .map((host) => ({ ip: host.address }));
    const ports = [{ name: "https", port: 6443, protocol: "TCP" }];
    const stdout = JSON.stringify({ kind: "Endpoints", subsets: [{ addresses, ports }] });
    return { code: 0, stdout, stderr: `${deprecated}\n` };
  }
  const node = /^\/api\/v1\/nodes\/([^/]+)\/proxy\/healthz$/.exec(path)?.[1];
  if (node !== undefined) return askKubelet(call, server, node);
  const proxied = proxyAnswer(model, path);
  if (proxied !== undefined) return proxied;
  return failed(
    1,
    "Error from server (NotFound): the server could not find the requested resource",
  );
}

/** Of the list that it answers with: those before the one that fails, and that one. */
function checksOf(endpoint: string, hasEtcd: boolean): string {
  const first = "[+]ping ok\n[+]log ok\n";
  const failing = hasEtcd ? "poststarthook/rbac/bootstrap-roles" : "etcd-readiness";
  const etcd = endpoint === "readyz" ? `[+]etcd ok\n[-]${failing}` : "[-]etcd";
  return `${first}${etcd} failed: reason withheld\n${endpoint} check failed`;
}

/** `--request-timeout` of whoever asks, and what kubectl says when it is over. */
export const patienceMs = 10_000;
export const timedOut =
  "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)\n";

/** With the certificate that the API server has loaded, which may be an old one. */
async function askKubelet(call: Call, server: HostModel, node: string): Promise<Answer> {
  const { site } = call;
  const address = site.model.nodes.find((one) => one.name === node)?.address;
  const kubelet = [...site.model.hosts.values()].find((one) => one.address === address);
  if (kubelet === undefined)
    return failed(1, `Error from server (NotFound): nodes "${node}" not found`);
  // Over a connection that stood when the machine went down it waits, for minutes.
  if ((running(server, "kube-apiserver")?.createdAt ?? 0) < (kubelet.downSince ?? 0)) {
    await takes(call, patienceMs);
    return failed(1, timedOut);
  }
  if (kubelet.downSince !== undefined) {
    return failed(
      1,
      `Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${kubelet.address}:10250: connect: no route to host`,
    );
  }
  if (!kubelet.kubeletRuns) {
    return failed(
      1,
      `Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${kubelet.address}:10250: connect: connection refused`,
    );
  }
  if (kubelet.unfinished.has("kubelet-serving")) {
    return failed(
      1,
      "Error from server (ServiceUnavailable): error trying to reach service: remote error: tls: internal error",
    );
  }
  if (server.served.cutKubeletsOff) {
    server.served.cutKubeletsOff = false;
    const connection = `${server.address}:46384->${kubelet.address}:10250`;
    return failed(
      1,
      `Error from server (ServiceUnavailable): error trying to reach service: write tcp ${connection}: use of closed network connection`,
    );
  }
  const until = validityOf(server.served.kubeletClient)?.notAfter ?? 0;
  if (until <= clockOf(site.model, kubelet))
    return failed(1, "error: You must be logged in to the server (Unauthorized)");
  return said("ok");
}
