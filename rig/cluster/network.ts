/** The bridge between the nodes and the kernel settings that the nodes cannot write themselves. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, run } from "../command.ts";
import { balancerAddress, bridge, podSubnet, type Settings } from "../settings.ts";

const limits = { timeoutMs: 10_000 };

export async function makeNetwork(settings: Settings): Promise<void> {
  await must(["ip", "link", "add", bridge, "type", "bridge", "forward_delay", "0"], limits);
  await must(["ip", "address", "add", `${balancerAddress}/24`, "dev", bridge], limits);
  await must(["ip", "link", "set", bridge, "up"], limits);
  for (const node of settings.nodes) {
    const pods = `${podSubnet}.${node.index}.0/24`;
    await must(["ip", "route", "add", pods, "via", node.address, "dev", bridge], limits);
  }
}

/**
 * The cables first: the kernel takes away the network of a machine that has ended only after a
 * while, and until then a new machine of the same name cannot have one ("File exists").
 */
export async function removeNetwork(): Promise<void> {
  const shown = await run(["ip", "-brief", "link", "show", "master", bridge], limits);
  for (const cable of cables(shown.code === 0 ? shown.stdout : "")) {
    await run(["ip", "link", "delete", cable], limits);
  }
  await run(["ip", "link", "delete", bridge], limits);
}

/** The first column of `ip -brief`, without the other end's name behind the @. */
export function cables(brief: string): string[] {
  const names = brief.split("\n").map((line) => line.split(/[\s@]/)[0] ?? "");
  return names.filter((name) => name.startsWith("vb-node"));
}

/**
 * /proc/sys is read-only in the nodes, so that the kubelet must find what it wants. The kernel
 * refuses some of them on some machines; the kubelet says so in its log if it minds.
 */
const wantedSysctls: Readonly<Record<string, string>> = {
  "net/ipv4/ip_forward": "1",
  "fs/inotify/max_user_instances": "8192",
  "fs/inotify/max_user_watches": "524288",
  "vm/overcommit_memory": "1",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
  "net/bridge/bridge-nf-call-iptables": "1",
};

/**
 * Keeps what was there before, once: a second run must not take the rig's values for the old ones.
 */
export async function setSysctls(settings: Settings): Promise<void> {
  const before: Record<string, string> = {};
  for (const [name, value] of Object.entries(wantedSysctls)) {
    const path = join("/proc/sys", name);
    if (!existsSync(path)) continue;
    before[name] = (await readFile(path, "utf8")).trim();
    await writeFile(path, value).catch(() => undefined);
  }
  const file = sysctlFile(settings);
  if (!existsSync(file)) await writeFile(file, JSON.stringify(before));
}

export async function restoreSysctls(settings: Settings): Promise<void> {
  const file = sysctlFile(settings);
  if (!existsSync(file)) return;
  const before: unknown = JSON.parse(await readFile(file, "utf8"));
  for (const [name, value] of Object.entries(before ?? {})) {
    await writeFile(join("/proc/sys", name), String(value)).catch(() => undefined);
  }
  await rm(file);
}

function sysctlFile(settings: Settings): string {
  return join(settings.runDir, "sysctls-before.json");
}
