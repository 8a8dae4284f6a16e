/** What can be done only once the API answers: kubeadm's last phases, on every node. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { poll, RigError } from "../command.ts";
import {
  balancerAddress,
  endpointAddress,
  firstNode,
  nodeDir,
  type RigNode,
  type Settings,
} from "../settings.ts";
import { groupPids } from "./groups.ts";
import { mustOnNode, onNode } from "./ssh.ts";

const phase = "kubeadm init phase";
const config = "--config /etc/kubernetes/kubeadm-config.yaml";

export async function waitForMachines(settings: Settings): Promise<void> {
  const limits = { timeoutMs: 180_000, everyMs: 250 };
  await Promise.all(
    settings.nodes.map((node) =>
      poll(`${node.name} answers over ssh`, limits, async () => {
        const ran = await onNode(settings, node, "true", { timeoutMs: 10_000 });
        if (ran.code === 0) return true;
        await refuseEnded(node.name, join(nodeDir(settings, node), "console.log"));
        return undefined;
      }),
    ),
  );
}

/** What could not start says why in its log; there is nothing left to wait for. */
async function refuseEnded(group: string, logFile: string): Promise<void> {
  if ((await groupPids(group)).length > 0) return;
  const log = await readFile(logFile, "utf8");
  throw new RigError(`${group} has ended:\n${log.slice(-1500).trim()}`);
}

/** Each API server by itself, then the addresses before them, which must have seen at least one. */
export async function waitForApi(settings: Settings): Promise<void> {
  const limits = { timeoutMs: 240_000, everyMs: 250 };
  const before = new Set([balancerAddress, endpointAddress(settings)]);
  const addresses = [...settings.nodes.map((node) => node.address), ...before];
  await Promise.all(
    addresses.map((address) =>
      poll(`https://${address}:6443/readyz`, limits, async () => {
        if (await ready(address)) return true;
        if (address === balancerAddress) {
          await refuseEnded("balancer", join(settings.runDir, "haproxy.log"));
        }
        return undefined;
      }),
    ),
  );
}

/** Certificates are not verified: this only asks whether it is up. */
export function ready(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const url = `https://${address}:6443/readyz`;
    const asked = request(url, { rejectUnauthorized: false, timeout: 3_000 }, (reply) => {
      reply.resume();
      resolve(reply.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

/**
 * The first node stores kubeadm's configuration and the rights of kubeadm:cluster-admins, without
 * which admin.conf may do nothing; then every node gets its label and a kubelet certificate that
 * rotates.
 */
export async function finishNodes(settings: Settings): Promise<void> {
  const once = ["upload-config all", "bootstrap-token"].map((name) => `${phase} ${name} ${config}`);
  await mustOnNode(settings, firstNode(settings), once.join(" && "), { timeoutMs: 120_000 });
  await Promise.all(settings.nodes.map((node) => finishNode(settings, node)));
}

async function finishNode(settings: Settings, node: RigNode): Promise<void> {
  const socket =
    "kubeadm.alpha.kubernetes.io/cri-socket=unix:///var/run/containerd/containerd.sock";
  const script = [
    "export KUBECONFIG=/etc/kubernetes/admin.conf",
    `${phase} mark-control-plane ${config}`,
    `kubectl annotate --overwrite node ${node.name} ${socket}`,
    "until test -e /var/lib/kubelet/pki/kubelet-client-current.pem; do sleep 0.2; done",
    `${phase} kubelet-finalize all ${config}`,
  ];
  await mustOnNode(settings, node, script.join(" && "), { timeoutMs: 120_000 });
}
