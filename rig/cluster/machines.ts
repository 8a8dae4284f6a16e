/** The machines: an overlay over the base system each, booted by systemd-nspawn. */
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Programs } from "../build/programs.ts";
import { must } from "../command.ts";
import { nodeFiles } from "../node/files.ts";
import { enabledUnits, maskedUnits } from "../node/units.ts";
import { bridge, nodeDir, nodeRoot, type RigNode, type Settings, sshDir } from "../settings.ts";
import { start } from "./start.ts";

const nodePrograms = ["kubeadm", "kubelet", "kubectl"];
const etcdPrograms = ["etcd", "etcdctl", "etcdutl"];

/** What all nodes share above the base system: programs as hard links, and which units start. */
export async function commonLayer(settings: Settings, programs: Programs): Promise<void> {
  const layer = join(settings.runDir, "common");
  const bin = join(layer, "usr/local/bin");
  await mkdir(bin, { recursive: true });
  for (const name of nodePrograms) await link(join(programs.kubernetes, name), join(bin, name));
  for (const name of etcdPrograms) await link(join(programs.etcd, name), join(bin, name));
  await link(join(programs.criTools, "crictl"), join(bin, "crictl"));
  const units = join(layer, "etc/systemd/system");
  for (const dir of ["multi-user.target.wants", "sysinit.target.wants", "sockets.target.wants"]) {
    await mkdir(join(units, dir), { recursive: true });
  }
  for (const unit of maskedUnits) await symlink("/dev/null", join(units, unit));
  for (const unit of enabledUnits(settings)) {
    await symlink(join("/etc/systemd/system", unit), join(units, "multi-user.target.wants", unit));
  }
  const group = "rig-cgroups.service";
  await symlink(`/etc/systemd/system/${group}`, join(units, "sysinit.target.wants", group));
  const network = "systemd-networkd.service";
  await symlink(`/lib/systemd/system/${network}`, join(units, "multi-user.target.wants", network));
}

export async function mountNode(settings: Settings, node: RigNode, base: string): Promise<void> {
  const dir = nodeDir(settings, node);
  for (const name of ["upper", "work", "root", "containerd"]) {
    await mkdir(join(dir, name), { recursive: true });
  }
  const lower = `lowerdir=${join(settings.runDir, "common")}:${base}`;
  const layers = `${lower},upperdir=${join(dir, "upper")},workdir=${join(dir, "work")}`;
  const root = nodeRoot(settings, node);
  await must(["mount", "-t", "overlay", "drydock-rig", "-o", layers, root], { timeoutMs: 10_000 });
}

export async function writeNodeFiles(
  settings: Settings,
  node: RigNode,
  pause: string,
): Promise<void> {
  const root = nodeRoot(settings, node);
  const key = (name: string) => readFile(join(sshDir(settings), name), "utf8");
  const files = nodeFiles(settings, {
    node,
    pause,
    authorizedKey: await key("id_ed25519.pub"),
    hostKey: await key(`host_${node.name}`),
    hostPublicKey: await key(`host_${node.name}.pub`),
    machineId: randomBytes(16).toString("hex"),
  });
  await mkdir(join(root, "root/.ssh"), { recursive: true, mode: 0o700 });
  await mkdir(join(root, "var/lib/etcd"), { recursive: true, mode: 0o700 });
  for (const file of files) {
    const path = join(root, file.path);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await writeFile(path, file.content);
    await chmod(path, file.mode ?? 0o644);
  }
}

/**
 * containerd's folder is a real file system's, since no overlay can lie on an overlay; /dev/kmsg is
 * for the kubelet, which ends without it.
 */
export async function boot(settings: Settings, node: RigNode): Promise<void> {
  const dir = nodeDir(settings, node);
  const argv = [
    "systemd-nspawn",
    "--quiet",
    `--directory=${nodeRoot(settings, node)}`,
    `--machine=${node.name}`,
    "--boot",
    "--register=no",
    "--keep-unit",
    "--link-journal=no",
    "--resolv-conf=off",
    "--timezone=off",
    `--network-bridge=${bridge}`,
    "--capability=all",
    "--system-call-filter=@known",
    `--bind=${join(dir, "containerd")}:/var/lib/containerd`,
    "--bind=/dev/kmsg",
  ];
  await start({ group: node.name, argv, logFile: join(dir, "console.log") });
}
