/**
 * HAProxy on the bridge: the control plane endpoint, which leaves out API servers that are down.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { balancerAddress, type RigNode, type Settings } from "../settings.ts";
import { start } from "./start.ts";

export async function startBalancer(settings: Settings): Promise<void> {
  const file = join(settings.runDir, "haproxy.cfg");
  await writeFile(file, balancerConfig(settings.nodes));
  const logFile = join(settings.runDir, "haproxy.log");
  await start({ group: "balancer", argv: ["haproxy", "-db", "-f", file], logFile });
}

/**
 * A check may take 3 s: with HAProxy's own limit, which is the interval, a busy machine had healthy
 * API servers marked as down. One that is really down refuses at once.
 */
function balancerConfig(nodes: readonly RigNode[]): string {
  return `global
  maxconn 2000
defaults
  mode tcp
  timeout connect 2s
  timeout check 3s
  timeout client 1h
  timeout server 1h
  option redispatch
  retries 2
frontend kube_api_frontend
  bind ${balancerAddress}:6443
  default_backend kube_api_backend
backend kube_api_backend
  balance leastconn
  option httpchk GET /healthz
  http-check expect status 200
  default-server check check-ssl verify none inter 500ms fall 2 rise 1
${nodes.map((node) => `  server ${node.name} ${node.address}:6443`).join("\n")}
`;
}
