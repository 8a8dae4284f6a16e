// Which cluster: from drydock.yaml, an inventory of kubespray's, or a command that prints one.

import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { stringify } from "yaml";
import { type ClusterConfig, clusterOf, type HostConfig } from "./inventory/cluster.ts";
import { clusterOfEntry } from "./inventory/config-entry.ts";
import { ConfigError, commandLine, suggest } from "./inventory/config-error.ts";
import {
  clusterSettings,
  type DrydockYaml,
  hostSettings,
  readDrydockYaml,
} from "./inventory/drydock-yaml.ts";
import { readInventoryCommand, readInventoryFile, readText } from "./inventory/read.ts";
import { refuseForeign } from "./inventory/trust.ts";

/** What an operator may say about it on the command line. */
export interface WhichCluster {
  readonly inventory?: string | undefined;
  /** A command line that prints what `ansible-inventory --list` prints. */
  readonly inventoryCmd?: string | undefined;
  /** Default: drydock.yaml in the working folder. */
  readonly config?: string | undefined;
  readonly cluster?: string | undefined;
  readonly sshConfig?: string | undefined;
}

export const configName = "drydock.yaml";

/** From where a command is called, and by whom. */
export interface Caller {
  /** Paths are relative to it. */
  readonly cwd: string;
  /** The users whose drydock.yaml is read though nobody has named it. */
  readonly trusted: readonly number[];
}

/** Reads, and contacts and changes nothing. Throws a ConfigError. */
export async function readCluster(which: WhichCluster, caller: Caller): Promise<ClusterConfig> {
  const { cwd } = caller;
  const config = await readWhich(which, caller);
  if (which.sshConfig === undefined) return config;
  const sshConfig = resolve(cwd, which.sshConfig);
  await readText(sshConfig, which.sshConfig, "Correct the path of the ssh_config.");
  return { ...config, sshConfig };
}

async function readWhich(which: WhichCluster, caller: Caller): Promise<ClusterConfig> {
  const { cwd } = caller;
  const { inventory, inventoryCmd, cluster, config } = which;
  const given = { "--inventory": inventory, "--inventory-cmd": inventoryCmd, "--config": config };
  const both = Object.entries(given).filter(([, value]) => value !== undefined);
  if (both.length > 1) {
    const because = `${both.map(([name]) => name).join(" and ")} are given together`;
    throw new ConfigError(commandLine, because, "Give one of them.");
  }
  if (cluster !== undefined) refuseName(cluster);
  if (inventory !== undefined) {
    const path = resolve(cwd, inventory);
    return clusterOf(await readInventoryFile(path, inventory), cluster ?? nameFor(path));
  }
  if (inventoryCmd !== undefined) {
    return clusterOf(
      await readInventoryCommand(inventoryCmd, cwd),
      cluster ?? nameForCommand(inventoryCmd),
    );
  }
  return readConfigured(config, cluster, caller);
}

async function readConfigured(
  config: string | undefined,
  cluster: string | undefined,
  { cwd, trusted }: Caller,
): Promise<ClusterConfig> {
  const shown = config ?? configName;
  const path = resolve(cwd, shown);
  if (config === undefined) await refuseForeign(path, shown, trusted);
  const text = await readText(
    path,
    shown,
    "Give --inventory FILE, or write one: drydock init --inventory FILE",
  );
  const file = readDrydockYaml(text, shown);
  const name = chosen(file, cluster);
  const entry = file.clusters.get(name);
  if (entry === undefined) {
    const because = `there is no cluster "${name}"`;
    throw new ConfigError({ file: shown }, because, suggest(name, file.clusters.keys()));
  }
  return clusterOfEntry(file, name, entry, dirname(path));
}

function chosen(file: DrydockYaml, wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  const names = [...file.clusters.keys()];
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const remedy =
    only === undefined
      ? "Write one: drydock init --inventory FILE"
      : `Say which: --cluster ${names.join(" or --cluster ")}`;
  throw new ConfigError({ file: file.file }, `it names ${names.length} clusters`, remedy);
}

function refuseName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  const because = `--cluster: "${name}" cannot be the name of a cluster`;
  const remedy = "Use letters, digits, dots, dashes and _ only.";
  throw new ConfigError(commandLine, because, remedy);
}

/**
 * kubespray keeps inventory/NAME/inventory.ini; a file of another name, as prod.ini, names it
 * itself.
 */
function nameFor(path: string): string {
  const names = [basename(path, extname(path)), basename(dirname(path))];
  const telling = (name: string) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) &&
    !/^(hosts|inventory|inventories|root|tmp|home)$/.test(name);
  return names.find(telling) ?? unnamed;
}

/** What a cluster is called of which nothing tells a name. */
export const unnamed = "cluster";

// `-i PATH`, `-iPATH`, `--inventory PATH` and `--inventory=PATH` of ansible-inventory, in quotes or
// not: another program's -i is something else (ssh's is a key). Neither a list of hosts, nor what
// only a shell can tell.
const inventoryWord =
  /\bansible-inventory\b[^|;&]*?\s(?:-i\s*|--inventory(?:-file)?(?:\s+|=))(?:'([^',$]+)'|"([^",$`]+)"|([^\s'",;|&$`()<>]+)(?=\s|$))/;

/**
 * As that file would name it, so that two clusters do not share their windows' folder. Only by what
 * stands there: where the command is called from says nothing, as it may go elsewhere itself
 * (`cd`).
 */
function nameForCommand(command: string): string {
  const found = inventoryWord.exec(command);
  const path = found?.[1] ?? found?.[2] ?? found?.[3];
  return path === undefined ? unnamed : nameFor(path);
}

/** Writes drydock.yaml for an inventory that can be read; never overwrites. Returns its path. */
export async function initConfig(which: WhichCluster, caller: Caller): Promise<string> {
  const { cwd } = caller;
  const { inventory, inventoryCmd, config } = which;
  if (inventory === undefined && inventoryCmd === undefined) {
    const because = "drydock init needs an inventory";
    const remedy = "drydock init --inventory inventory/NAME/inventory.ini";
    throw new ConfigError(commandLine, because, remedy);
  }
  const shown = config ?? configName;
  const path = resolve(cwd, shown);
  const read = await readCluster({ ...which, config: undefined }, caller);
  const text = configText(which, read, cwd, dirname(path));
  try {
    // One that everybody may write would not be read.
    await writeFile(path, text, { flag: "wx", mode: 0o644 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "EEXIST") throw error;
    const entry = text.slice(text.indexOf(`  ${read.name}:`));
    const remedy = `Add these lines to it below clusters:, or remove it.\n${entry}`;
    throw new ConfigError({ file: shown }, "it exists already and was left as it is", remedy);
  }
  return path;
}

const addable = clusterSettings.filter((name) => !name.startsWith("inventory"));

/** What `drydock init` writes: the entry, with what was read from it as a comment. */
function configText(which: WhichCluster, read: ClusterConfig, cwd: string, folder: string): string {
  const from = (path: string): string => relative(folder, resolve(cwd, path)) || ".";
  const entry = {
    ...(which.inventory === undefined ? {} : { inventory: from(which.inventory) }),
    ...(which.inventoryCmd === undefined ? {} : { inventoryCommand: which.inventoryCmd }),
    ...(which.sshConfig === undefined ? {} : { sshConfig: from(which.sshConfig) }),
  };
  const lines = stringify({ clusters: { [read.name]: entry } }, { lineWidth: 0 });
  const hosts = read.hosts.map((host, i) => `    #   ${describe(host, i === 0)}\n`).join("");
  return (
    "# Clusters that drydock works on, by name. Paths are relative to this file.\n" +
    `${lines}    # Read from it when this was written:\n${hosts}` +
    `    # What may be added here: ${addable.join(", ")}.\n` +
    `    # controlPlane, etcd and workers are lists of names, in place of the groups. hosts has, by name:\n` +
    `    # ${hostSettings.join(", ")}. Drydock's docs/config.md shows them all.\n`
  );
}

function describe(host: HostConfig, primary: boolean): string {
  const roles = [
    host.roles.controlPlane ? (primary ? "control plane, primary" : "control plane") : "",
    host.roles.etcd ? "etcd" : "",
    host.roles.worker ? "worker" : "",
  ];
  return `${host.name} (${host.address}): ${roles.filter((role) => role !== "").join(", ")}`;
}
