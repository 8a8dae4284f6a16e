/**
 * kubeadm's own phases, run in the nodes' file systems before the nodes boot: then etcd, the
 * kubelet and the static pods all start at once instead of one node after the other.
 */
import { copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Programs } from "../build/programs.ts";
import { must } from "../command.ts";
import { kubeVipManifest } from "../node/kube-vip.ts";
import { certificatesDir, nodeRoot, type RigNode, type Settings } from "../settings.ts";
import { kubeadmConfig } from "./kubeadm-config.ts";

type Versions = Pick<Programs["versions"], "kubernetes" | "kubeVip">;

const configPath = "/etc/kubernetes/kubeadm-config.yaml";
const shared = ["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"];
const sharedEtcd = ["etcd/ca.crt", "etcd/ca.key"];

/** `versions`: those that were built. */
export async function kubeadmFiles(settings: Settings, versions: Versions): Promise<void> {
  const [first, ...others] = settings.nodes;
  if (first === undefined) return;
  await Promise.all(settings.nodes.map((node) => layout(settings, node, versions.kubernetes)));
  const stacked = settings.etcdAs === "static-pod";
  const authorities = ["certs ca", "certs front-proxy-ca", "certs sa"];
  for (const phase of [...authorities, ...(stacked ? ["certs etcd-ca"] : [])]) {
    await inRoot(settings, first, phase);
  }
  for (const node of others) await shareAuthorities(settings, first, node);
  await Promise.all(settings.nodes.map((node) => nodePhases(settings, node, node === first)));
  if (settings.endpoint === "kube-vip") await placeKubeVip(settings, versions.kubeVip);
}

/** kubespray keeps certificates in ssl/ and makes kubeadm's pki/ a link to it. */
async function layout(settings: Settings, node: RigNode, kubernetes: string): Promise<void> {
  const dir = join(nodeRoot(settings, node), "etc/kubernetes");
  await mkdir(join(nodeRoot(settings, node), certificatesDir(settings)), { recursive: true });
  if (settings.etcdAs === "service") await symlink("/etc/kubernetes/ssl", join(dir, "pki"));
  const config = kubeadmConfig(settings, node, kubernetes);
  await writeFile(join(dir, "kubeadm-config.yaml"), config, { mode: 0o640 });
}

async function shareAuthorities(settings: Settings, from: RigNode, to: RigNode): Promise<void> {
  const stacked = settings.etcdAs === "static-pod";
  if (stacked) {
    const folder = join(nodeRoot(settings, to), certificatesDir(settings), "etcd");
    await mkdir(folder, { recursive: true });
  }
  for (const name of stacked ? [...shared, ...sharedEtcd] : shared) {
    const path = join(certificatesDir(settings), name);
    await copyFile(join(nodeRoot(settings, from), path), join(nodeRoot(settings, to), path));
  }
}

async function nodePhases(settings: Settings, node: RigNode, isFirst: boolean): Promise<void> {
  const phases = ["certs all", "kubeconfig all", "kubelet-start", "control-plane all"];
  for (const phase of settings.etcdAs === "service" ? phases : [...phases, "etcd local"]) {
    await inRoot(settings, node, phase);
  }
  const root = nodeRoot(settings, node);
  const kubernetes = join(root, "etc/kubernetes");
  // Only `kubeadm init` makes super-admin.conf; a joined node has none.
  if (!isFirst) await rm(join(kubernetes, "super-admin.conf"), { force: true });
  await mkdir(join(root, "root/.kube"), { recursive: true, mode: 0o700 });
  await copyFile(join(kubernetes, "admin.conf"), join(root, "root/.kube/config"));
}

async function placeKubeVip(settings: Settings, version: string): Promise<void> {
  for (const [index, node] of settings.nodes.entries()) {
    const kubeconfig = index === 0 ? "super-admin.conf" : "admin.conf";
    const manifest = kubeVipManifest(settings, node, { version, kubeconfig });
    const file = join(nodeRoot(settings, node), "etc/kubernetes/manifests/kube-vip.yml");
    await writeFile(file, manifest, { mode: 0o600 });
  }
}

async function inRoot(settings: Settings, node: RigNode, phase: string): Promise<void> {
  const kubeadm = ["/usr/local/bin/kubeadm", "init", "phase", ...phase.split(" ")];
  await must(["chroot", nodeRoot(settings, node), ...kubeadm, "--config", configPath], {
    timeoutMs: 60_000,
    environment: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
  });
}
