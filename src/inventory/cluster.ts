// From an inventory to the cluster that we work on: kubespray's groups become roles.

import { printable } from "../core/printable.ts";
import { inventoryOption } from "./ask-ansible.ts";
import { ConfigError, closest } from "./config-error.ts";
import type { Value } from "./draft.ts";
import type { Inventory } from "./inventory.ts";
import { splitWords } from "./words.ts";

export interface Roles {
  readonly controlPlane: boolean;
  readonly etcd: boolean;
  readonly worker: boolean;
}

export interface HostConfig {
  readonly name: string;
  readonly address: string;
  /** Undefined: as ssh_config says. */
  readonly port: number | undefined;
  /** Undefined: as ssh_config says. */
  readonly user: string | undefined;
  readonly identityFile: string | undefined;
  /** Whether to become root with sudo when the login is not root's. */
  readonly sudo: boolean;
  /** More arguments for ssh (ansible_ssh_common_args). */
  readonly sshArguments: readonly string[];
  readonly roles: Roles;
  /** The address that kubespray lets the node's components listen on. */
  readonly ip: string | undefined;
}

export interface ClusterConfig {
  readonly name: string;
  /** The file or command that it was read from, as it was given. */
  readonly source: string;
  /** Control plane nodes first, in their group's order (the first is the primary), then others. */
  readonly hosts: readonly HostConfig[];
  readonly sshConfig: string | undefined;
  /** REST endpoints of the chain; none: it is not asked. Undefined: public ones. */
  readonly chain?: readonly string[];
  /** What an operator should know and nobody has to mend. */
  readonly notes: readonly string[];
}

// Before 2021 kubespray wrote the names with dashes, and called the control plane kube-master.
export const controlPlaneNames: readonly string[] = [
  "kube_control_plane",
  "kube-control-plane",
  "kube-master",
  "kube_master",
];
export const workerNames: readonly string[] = ["kube_node", "kube-node"];

/** Throws a ConfigError when there is no control plane, or a value cannot be used. */
export function clusterOf(inventory: Inventory, name: string): ClusterConfig {
  const controlPlane = firstGroup(inventory, controlPlaneNames);
  if (controlPlane.length === 0) throw noControlPlane(inventory);
  const etcdGroup = inventory.members("etcd");
  // Without a group of its own, etcd runs as a static pod on the control plane (kubeadm's way).
  const etcd = etcdGroup.length === 0 ? controlPlane : etcdGroup;
  const workers = firstGroup(inventory, workerNames);
  const listed = new Set([...controlPlane, ...etcd, ...workers]);
  const rest = inventory.hosts.filter((host) => listed.has(host) && !controlPlane.includes(host));
  const hosts = [...controlPlane, ...rest].map((host) =>
    hostConfig(inventory, host, {
      controlPlane: controlPlane.includes(host),
      etcd: etcd.includes(host),
      worker: workers.includes(host),
    }),
  );
  refuseSameAddress(inventory, hosts);
  const notes = [
    ...notesOnVariables(inventory),
    ...notesOnBastion(inventory, hosts),
    ...notesOnAddresses(inventory, hosts),
  ];
  return { name, source: inventory.file, hosts, sshConfig: undefined, notes };
}

function firstGroup(inventory: Inventory, names: readonly string[]): readonly string[] {
  for (const name of names) {
    const members = inventory.members(name);
    if (members.length > 0) return members;
  }
  return [];
}

function noControlPlane(inventory: Inventory): ConfigError {
  const place = { file: inventory.file };
  if (inventory.hosts.length === 0) {
    const remedy = "Give the inventory with which kubespray installed the cluster.";
    return new ConfigError(place, "there is no host in this inventory", remedy);
  }
  const empty = controlPlaneNames.find((name) => inventory.groupNames.includes(name));
  if (empty !== undefined) {
    return new ConfigError(
      place,
      `the group ${empty} has no host`,
      `Name its nodes in [${empty}].`,
    );
  }
  const because = `there is no group kube_control_plane (groups: ${inventory.groupNames.join(", ")})`;
  const near = closest("kube_control_plane", inventory.groupNames);
  // The slip is in the inventory: the name that is near is the wrong one of the two.
  const remedy =
    near === undefined
      ? "Name the control plane nodes in [kube_control_plane]."
      : `There is a group "${near}": if it is meant, rename it to kube_control_plane.`;
  return new ConfigError(place, because, remedy);
}

function hostConfig(inventory: Inventory, name: string, roles: Roles): HostConfig {
  const value = (...keys: readonly string[]): Value | undefined => {
    for (const key of keys) {
      const found = inventory.value(name, key);
      if (found === undefined) continue;
      if (!/\{[{%]/.test(found.text)) return found.text === "" ? undefined : found;
      const because = `${key} of ${name} is a template: ${found.text}`;
      throw new ConfigError(found.place, because, inPlaceOfTemplate(key, name));
    }
    return undefined;
  };
  refuseHostName(inventory, name);
  const become = value("ansible_become");
  const sshArguments = [value("ansible_ssh_common_args"), value("ansible_ssh_extra_args")];
  return {
    name,
    address: addressOf(inventory, name, value("ansible_host", "ansible_ssh_host")),
    port: portOf(name, value("ansible_port", "ansible_ssh_port")),
    user: value("ansible_user", "ansible_ssh_user")?.text,
    identityFile: value("ansible_ssh_private_key_file", "ansible_private_key_file")?.text,
    // kubespray is run with --become: only an inventory that says no means no.
    sudo: become === undefined || isTrue(name, become),
    sshArguments: sshArguments.flatMap((args) =>
      args === undefined ? [] : splitWords(args.text, args.place),
    ),
    roles,
    ip: value("ip")?.text,
  };
}

/** Ansible's words. */
function isTrue(host: string, { text, place }: Value): boolean {
  if (/^(true|yes|on|1|1\.0|y|t)$/i.test(text)) return true;
  if (/^(false|no|off|0|0\.0|n|f)$/i.test(text)) return false;
  const because = `"${text}" is neither true nor false, for ansible_become of the host ${host}`;
  throw new ConfigError(place, because, "Write true or false.");
}

/** Not from ansible-inventory, which prints templates as they stand. */
function inPlaceOfTemplate(key: string, host: string): string {
  return /_args$/.test(key)
    ? `Write the value; or take it out, and put what it says into an ssh_config (--ssh-config).`
    : `Write the value; or give ${host} one in drydock.yaml, below hosts (address, port, user, sudo, identityFile).`;
}

/**
 * Files are called by it, on the node and here; and it is shown wherever something is said of the
 * host.
 */
function refuseHostName(inventory: Inventory, name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/.test(name)) return;
  const because = `"${printable(name)}" cannot be the name of a host`;
  const remedy = "Use letters, digits, dots, dashes, colons and _ only.";
  throw new ConfigError({ file: inventory.file }, because, remedy);
}

/** ssh takes an address that begins with a dash for an option; no machine has such a name. */
function addressOf(inventory: Inventory, name: string, value: Value | undefined): string {
  const place = value?.place ?? { file: inventory.file };
  const address = value?.text ?? name;
  if (/^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$/.test(address)) return address;
  const because = `"${address}" is not an address, for the host ${name}`;
  throw new ConfigError(place, because, "Correct ansible_host.");
}

function portOf(name: string, value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  const port = Number(value.text);
  if (/^\d+$/.test(value.text) && port >= 1 && port <= 65_535) return port;
  const because = `"${value.text}" is not a port, for the host ${name}`;
  throw new ConfigError(value.place, because, "Give ansible_port a number from 1 to 65535.");
}

/** Two names for one machine would have it worked on twice at once. */
function refuseSameAddress(inventory: Inventory, hosts: readonly HostConfig[]): void {
  const seen = new Map<string, string>();
  for (const { name, address, port = 22 } of hosts) {
    const where = `${address}:${port}`;
    const other = seen.get(where);
    seen.set(where, name);
    if (other === undefined) continue;
    const place = inventory.value(name, "ansible_host")?.place ?? { file: inventory.file };
    const because = `${other} and ${name} have the same address ${where}`;
    throw new ConfigError(place, because, "Correct ansible_host of one, or remove one of them.");
  }
}

function notesOnVariables({ file, unread }: Inventory): readonly string[] {
  if (unread.length === 0) return [];
  return [
    `${file}: ${unread.join(" and ")} beside it: not read. If user, port, key or ssh arguments stand there: ${inventoryOption(file)}`,
  ];
}

function notesOnAddresses(inventory: Inventory, hosts: readonly HostConfig[]): readonly string[] {
  return hosts
    .filter(({ name, address }) => name === address && !/[.:]/.test(name))
    .map(({ name, ip }) => {
      const hint = ip === undefined ? "" : ` (it has ip=${ip}, which Ansible does not connect to)`;
      return `${inventory.file}: ${name} has no ansible_host${hint}: its name is used as its address.`;
    });
}

function notesOnBastion(inventory: Inventory, hosts: readonly HostConfig[]): readonly string[] {
  const bastion = inventory.members("bastion")[0];
  if (bastion === undefined || hosts.some(({ sshArguments }) => sshArguments.length > 0)) return [];
  const address = inventory.value(bastion, "ansible_host")?.text ?? bastion;
  const how = `give an ssh_config with ProxyJump ${address} (--ssh-config, or sshConfig in drydock.yaml)`;
  return [
    `${inventory.file}: there is a bastion; if the nodes are only reached through it, ${how}.`,
  ];
}
