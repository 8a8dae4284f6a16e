/** `rig status`: what is there, told from the machine and not from memory. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { groupPids } from "./cluster/groups.ts";
import { ready } from "./cluster/join.ts";
import { onNode } from "./cluster/ssh.ts";
import { RigError } from "./command.ts";
import { mountsBelow } from "./mounts.ts";
import {
  defaultSettings,
  endpointAddress,
  endpoints,
  etcdWays,
  type RigNode,
  type Settings,
  settingsFrom,
  sshDir,
} from "./settings.ts";

const savedShape = z.object({
  nodes: z.array(z.unknown()),
  kubernetes: z.string(),
  etcd: z.string(),
  criTools: z.string(),
  kubeVip: z.string(),
  etcdAs: z.enum(etcdWays),
  endpoint: z.enum(endpoints),
});

/** The settings of the cluster that is up, else the defaults. */
export async function savedSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const settings = defaultSettings(environment);
  const file = join(settings.runDir, "cluster.json");
  if (!existsSync(file)) return settings;
  const saved = savedShape.safeParse(parsed(await readFile(file, "utf8")));
  if (!saved.success) {
    const remedy = "npm run rig -- up makes the cluster anew";
    throw new RigError(`${file} is torn, or of another version of the rig: ${remedy}`);
  }
  return settingsFrom({ ...saved.data, controlPlane: saved.data.nodes.length }, environment);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function status(settings: Settings): Promise<string> {
  const { runDir } = settings;
  if (!existsSync(join(runDir, "cluster.json"))) {
    const pids = await groupPids();
    const mounts = await mountsBelow(runDir);
    if (pids.length + mounts.length === 0) return "No cluster is up: npm run rig -- up\n";
    const left = `${pids.length} processes and ${mounts.length} mounts`;
    return `No complete cluster; ${left} of an unfinished run are there: npm run rig -- down\n`;
  }
  const address = endpointAddress(settings);
  const machines = await Promise.all(settings.nodes.map((node) => machineLine(settings, node)));
  return [
    `kubernetes  v${settings.kubernetes}, etcd v${settings.etcd}, crictl v${settings.criTools}`,
    `endpoint    https://${address}:6443, ${settings.endpoint}  ${(await ready(address)) ? "ready" : "NOT READY"}`,
    `inventory   ${join(runDir, "inventory.ini")} and hosts.yaml`,
    `ssh         ssh -F ${join(sshDir(settings), "ssh_config")} ${settings.nodes[0]?.name ?? ""}`,
    ...machines,
    await clusterLines(settings),
    "",
  ].join("\n");
}

async function machineLine(settings: Settings, node: RigNode): Promise<string> {
  const processes = (await groupPids(node.name)).length;
  const units = "systemctl is-active etcd containerd kubelet | paste -sd' '";
  const ran = await onNode(settings, node, units, { timeoutMs: 10_000 });
  const services = ran.code === 0 ? `etcd containerd kubelet: ${ran.stdout.trim()}` : "no ssh";
  const api = (await ready(node.address)) ? "API ready" : "API NOT READY";
  return `${node.name}       ${node.address}  ${processes} processes  ${services}  ${api}`;
}

/** Asks the first node that answers: one of them may be down, and status is asked just then. */
async function clusterLines(settings: Settings): Promise<string> {
  const ask = [
    "kubectl get nodes --request-timeout=5s",
    "kubectl get pods -A --no-headers --request-timeout=5s | awk '{n[$4]++} END {for (s in n) print \"pods\", s, n[s]}'",
  ].join(" && ");
  for (const node of settings.nodes) {
    const ran = await onNode(settings, node, ask, { timeoutMs: 20_000 });
    if (ran.code === 0) return ran.stdout.trim();
  }
  return "kubectl answers on no node";
}
