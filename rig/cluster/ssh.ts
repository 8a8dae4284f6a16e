/** The ssh keys and the ssh_config of the rig, and commands on its nodes through them. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, type Ran, run } from "../command.ts";
import { type RigNode, type Settings, sshDir } from "../settings.ts";

/** Makes what is missing; keys outlive `down`, so that an operator's known_hosts stays true. */
export async function makeSsh(settings: Settings): Promise<void> {
  const dir = sshDir(settings);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const names = ["id_ed25519", ...settings.nodes.map((node) => `host_${node.name}`)];
  await Promise.all(names.map((name) => keyPair(join(dir, name))));
  const known = await Promise.all(settings.nodes.map((node) => knownHost(dir, node)));
  await writeFile(join(dir, "known_hosts"), known.join(""));
  await writeFile(join(dir, "ssh_config"), sshConfig(dir, settings.nodes));
}

async function keyPair(file: string): Promise<void> {
  if (existsSync(file)) return;
  const argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "drydock-rig", "-f", file];
  await must(argv, { timeoutMs: 10_000 });
}

async function knownHost(dir: string, node: RigNode): Promise<string> {
  const [type = "", key = ""] = (await readFile(join(dir, `host_${node.name}.pub`), "utf8")).split(
    " ",
  );
  return `${node.name},${node.address} ${type} ${key}\n`;
}

function sshConfig(dir: string, nodes: readonly RigNode[]): string {
  const hosts = nodes.flatMap((node) => [
    `Host ${node.name} ${node.address}`,
    `  HostName ${node.address}`,
    "",
  ]);
  return [
    ...hosts,
    `Host ${nodes.map((node) => `${node.name} ${node.address}`).join(" ")}`,
    "  User root",
    `  IdentityFile ${join(dir, "id_ed25519")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${join(dir, "known_hosts")}`,
    "  StrictHostKeyChecking yes",
    "  ConnectTimeout 5",
    "",
  ].join("\n");
}

export function sshArgv(settings: Settings, node: RigNode): string[] {
  return ["ssh", "-F", join(sshDir(settings), "ssh_config"), "-o", "BatchMode=yes", node.name];
}

export interface OnNode {
  readonly timeoutMs: number;
  readonly input?: string;
}

export function onNode(
  settings: Settings,
  node: RigNode,
  script: string,
  options: OnNode,
): Promise<Ran> {
  return run([...sshArgv(settings, node), script], options);
}

export function mustOnNode(
  settings: Settings,
  node: RigNode,
  script: string,
  options: OnNode,
): Promise<string> {
  return must([...sshArgv(settings, node), script], options);
}
