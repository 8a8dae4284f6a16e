// One cluster of drydock.yaml: its inventory, with what the entry says in place of it.

import { dirname, isAbsolute, join, resolve } from "node:path";
import { type ClusterConfig, clusterOf, controlPlaneNames, workerNames } from "./cluster.ts";
import { ConfigError, type Place, suggest } from "./config-error.ts";
import { addHost, newDraft, type Value } from "./draft.ts";
import type { ClusterEntry, DrydockYaml, HostEntry } from "./drydock-yaml.ts";
import { type Inventory, workOut } from "./inventory.ts";
import { readInventoryCommand, readInventoryFile, readText } from "./read.ts";

/** `folder` is that of drydock.yaml, to which its paths are relative. */
export async function clusterOfEntry(
  file: DrydockYaml,
  name: string,
  entry: ClusterEntry,
  folder: string,
): Promise<ClusterConfig> {
  const inventory = await inventoryOf(file, name, entry, folder);
  refuseUnknownHosts(file, name, entry, inventory);
  const read = clusterOf(overlaid(file, name, entry, inventory, folder), name);
  const config = entry.chain === undefined ? read : { ...read, chain: entry.chain };
  if (entry.sshConfig === undefined) return config;
  const sshConfig = resolve(folder, entry.sshConfig);
  const missing = "Correct sshConfig in drydock.yaml.";
  await readText(sshConfig, shown(entry.sshConfig, file), missing);
  return { ...config, sshConfig };
}

async function inventoryOf(
  file: DrydockYaml,
  name: string,
  entry: ClusterEntry,
  folder: string,
): Promise<Inventory> {
  const { inventory, inventoryCommand } = entry;
  if (inventory !== undefined) {
    return readInventoryFile(resolve(folder, inventory), shown(inventory, file));
  }
  if (inventoryCommand !== undefined) return readInventoryCommand(inventoryCommand, folder);
  const draft = newDraft(file.file);
  for (const host of Object.keys(entry.hosts ?? {})) {
    addHost(draft, "all", { name: host, place: file.place(name, "hosts", host), vars: [] });
  }
  return workOut(draft);
}

/** A path as the operator would name it from where drydock.yaml was named. */
function shown(path: string, file: DrydockYaml): string {
  return isAbsolute(path) ? path : join(dirname(file.file), path);
}

function refuseUnknownHosts(
  file: DrydockYaml,
  name: string,
  entry: ClusterEntry,
  inventory: Inventory,
): void {
  const known = new Set(inventory.hosts);
  const named = [
    ...Object.keys(entry.hosts ?? {}).map((host) => [host, ["hosts", host]] as const),
    ...(["controlPlane", "etcd", "workers"] as const).flatMap((list) =>
      (entry[list] ?? []).map((host, i) => [host, [list, i]] as const),
    ),
  ];
  for (const [host, path] of named) {
    if (known.has(host)) continue;
    const where = inventory.file === file.file ? "hosts" : inventory.file;
    const because = `the host "${host}" is not in ${where}`;
    throw new ConfigError(file.place(name, ...path), because, suggest(host, known));
  }
}

/** The inventory, answering with the entry's groups and values where it has some. */
function overlaid(
  file: DrydockYaml,
  name: string,
  entry: ClusterEntry,
  inventory: Inventory,
  folder: string,
): Inventory {
  const { controlPlane, etcd, hosts = {} } = entry;
  const special = new Set([...(controlPlane ?? []), ...(etcd ?? [])]);
  const fromHosts = entry.inventory === undefined && entry.inventoryCommand === undefined;
  const others = fromHosts ? inventory.hosts.filter((host) => !special.has(host)) : undefined;
  const workers = entry.workers ?? others;
  return {
    ...inventory,
    members: (group) => {
      if (controlPlane !== undefined && controlPlaneNames.includes(group)) return controlPlane;
      if (etcd !== undefined && group === "etcd") return etcd;
      if (workers !== undefined && workerNames.includes(group)) return workers;
      return inventory.members(group);
    },
    value: (host, key) => {
      const setting = settings.get(key);
      if (setting === undefined) return inventory.value(host, key);
      const own = settingValue(
        hosts[host]?.[setting],
        file.place(name, "hosts", host),
        folder,
        setting,
      );
      const common = isCommon(setting) ? entry[setting] : undefined;
      return (
        own ?? inventory.value(host, key) ?? settingValue(common, file.place(name), folder, setting)
      );
    },
  };
}

type Setting = keyof HostEntry;

/** Ansible's variables and the settings of drydock.yaml that stand in for them. */
const settings: ReadonlyMap<string, Setting> = new Map([
  ["ansible_host", "address"],
  ["ansible_port", "port"],
  ["ansible_user", "user"],
  ["ansible_become", "sudo"],
  ["ansible_ssh_private_key_file", "identityFile"],
  ["ip", "ip"],
]);

function isCommon(setting: Setting): setting is "user" | "port" | "sudo" | "identityFile" {
  return ["user", "port", "sudo", "identityFile"].includes(setting);
}

function settingValue(
  value: string | number | boolean | undefined,
  place: Place,
  folder: string,
  setting: Setting,
): Value | undefined {
  if (value === undefined) return undefined;
  const isPath = setting === "identityFile" && !String(value).startsWith("~");
  return { text: isPath ? resolve(folder, String(value)) : String(value), place };
}
