/**
 * A hundred hosts on this machine: one sshd each, on an address of 127.0.0.0/8, with a host key of
 * its own. They run in mount and pid namespaces: the node's files that a session sees are no files
 * of this machine, and all of it ends with the pipe to this process, however that ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, poll, RigError } from "../../rig/command.ts";
import { makePki, plantTree, type Role } from "./tree.ts";

export interface LoopbackHosts {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly port: number;
  readonly inventory: string;
  readonly sshConfig: string;
  /** For files of the bench; gone after stop. */
  readonly folder: string;
  stop(): Promise<void>;
}

interface LoopbackHost {
  readonly name: string;
  readonly address: string;
  readonly role: Role;
}

/** Needs root, for the namespaces. */
export async function startLoopbackHosts(count: number): Promise<LoopbackHosts> {
  if (process.getuid?.() !== 0) throw new RigError("The loopback hosts need root: use sudo.");
  const folder = await mkdtemp(join(tmpdir(), "drydock-bench-"));
  const hosts = loopbackHosts(count);
  const groups: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(groups.map(ended));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    await writeKeys(folder, hosts, port);
    await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
    const pki = await makePki(join(folder, "pki"));
    for (const role of ["control-plane", "worker"] as const) {
      await plantTree(join(folder, role), pki, role);
      groups.push(startGroup(folder, role, hosts));
    }
    await Promise.all(hosts.map(({ address }) => listening(address, port)));
    const inventory = join(folder, "inventory.ini");
    await writeFile(inventory, inventoryOf(hosts, port));
    const sshConfig = join(folder, "ssh_config");
    const names = hosts.map(({ name }) => name);
    const addresses = hosts.map(({ address }) => address);
    return { names, addresses, port, inventory, sshConfig, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function loopbackHosts(count: number): readonly LoopbackHost[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    address: `127.0.2.${index + 1}`,
    role: index < 3 ? ("control-plane" as const) : ("worker" as const),
  }));
}

function inventoryOf(hosts: readonly LoopbackHost[], port: number): string {
  const controlPlane = hosts.filter((host) => host.role === "control-plane");
  return [
    "[all]",
    ...hosts.map(({ name, address }) => `${name} ansible_host=${address} ip=${address}`),
    "",
    "[all:vars]",
    "ansible_user=root",
    `ansible_port=${port}`,
    "",
    "[kube_control_plane]",
    ...controlPlane.map(({ name }) => name),
    "",
    "[etcd:children]",
    "kube_control_plane",
    "",
    "[kube_node]",
    ...hosts.map(({ name }) => name),
    "",
  ].join("\n");
}

async function writeKeys(folder: string, hosts: readonly LoopbackHost[], port: number) {
  const keygen = (file: string) =>
    must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, file)], {
      timeoutMs: 30_000,
    });
  await keygen("user_key");
  const known: string[] = [];
  for (const { name, address } of hosts) {
    await keygen(`host_${name}`);
    const key = await readFile(join(folder, `host_${name}.pub`), "utf8");
    known.push(`[${address}]:${port} ${key}`);
    await writeFile(join(folder, `sshd_${name}`), sshdConfig(folder, { name, address, port }));
  }
  await writeFile(join(folder, "known_hosts"), known.join(""));
  const client = [
    "User root",
    `Port ${port}`,
    `IdentityFile ${join(folder, "user_key")}`,
    "IdentitiesOnly yes",
    `UserKnownHostsFile ${join(folder, "known_hosts")}`,
    "GlobalKnownHostsFile /dev/null",
    "StrictHostKeyChecking yes",
  ];
  const aliases = hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}`);
  await writeFile(join(folder, "ssh_config"), [...aliases, "Host *", ...client, ""].join("\n"));
}

function sshdConfig(
  folder: string,
  { name, address, port }: { readonly name: string; readonly address: string; port: number },
): string {
  return [
    `ListenAddress ${address}:${port}`,
    `HostKey ${join(folder, `host_${name}`)}`,
    `AuthorizedKeysFile ${join(folder, "user_key.pub")}`,
    // bash reads .bashrc for sshd at the first shell level: what this user has in it is no node's.
    "SetEnv SHLVL=1",
    "PidFile none",
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UseDNS no",
    "",
  ].join("\n");
}

// `cat` waits for the end of the pipe; the shell is the first process of its pid namespace, whose
// end ends all others in it.
const groupScript = `set -e
folder=$1 role=$2; shift 2
mkdir -p "$folder/over-$role" && mount -t tmpfs tmpfs "$folder/over-$role"
for each in etc var/lib; do
  upper=$folder/over-$role/$each; mkdir -p "$upper" "$upper.scratch"
  cp -a "$folder/$role/$each/." "$upper"
  mount -t overlay -o "lowerdir=/$each,upperdir=$upper,workdir=$upper.scratch" overlay "/$each"
done
for config; do /usr/sbin/sshd -D -e -f "$config" 2>>"$folder/$role.log" & done
cat >/dev/null`;

// A constant, since the search for unused packages takes a literal for a missing dependency.
const unshare: string = "unshare";

function startGroup(folder: string, role: Role, hosts: readonly LoopbackHost[]): ChildProcess {
  const configs = hosts
    .filter((host) => host.role === role)
    .map(({ name }) => join(folder, `sshd_${name}`));
  const namespaces = ["--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork"];
  const script = ["bash", "-c", groupScript, "loopback-hosts", folder, role, ...configs];
  return spawn(unshare, [...namespaces, "--kill-child", ...script], {
    stdio: ["pipe", "ignore", "inherit"],
  });
}

async function ended(group: ChildProcess): Promise<void> {
  if (group.exitCode !== null || group.signalCode !== null) return;
  const end = new Promise((resolve) => group.once("exit", resolve));
  // SIGKILL to unshare is passed on to the first process of the namespace (--kill-child).
  group.kill("SIGKILL");
  await end;
}

async function listening(host: string, port: number): Promise<void> {
  await poll(`sshd on ${host}`, { timeoutMs: 30_000, everyMs: 100 }, () => connects(host, port));
}

function connects(host: string, port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.2.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
