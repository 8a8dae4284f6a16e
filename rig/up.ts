/** Brings a cluster up, from nothing or from what a killed run left behind. */
import { existsSync } from "node:fs";
import { mkdir, rename, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyAkash, waitForWorkloads } from "./akash/apply.ts";
import { buildImages, type Images } from "./build/images.ts";
import { buildAll, type Programs } from "./build/programs.ts";
import { rootfs } from "./build/rootfs.ts";
import { imageStore, linkStore } from "./build/store.ts";
import { startBalancer } from "./cluster/balancer.ts";
import { etcdCertificates } from "./cluster/etcd-certificates.ts";
import { finishNodes, waitForApi, waitForMachines } from "./cluster/join.ts";
import { kubeadmFiles } from "./cluster/kubeadm.ts";
import { boot, commonLayer, mountNode, writeNodeFiles } from "./cluster/machines.ts";
import { makeNetwork, setSysctls } from "./cluster/network.ts";
import { makeSsh } from "./cluster/ssh.ts";
import { RigError } from "./command.ts";
import { down } from "./down.ts";
import { inventoryIni, inventoryYaml } from "./inventory.ts";
import { takeLock } from "./lock.ts";
import { lookAtMachine, missing } from "./preflight.ts";
import { say } from "./progress.ts";
import { nodeDir, type Settings } from "./settings.ts";

export interface UpOptions {
  readonly standinSource: string;
}

interface Parts {
  readonly programs: Programs;
  readonly images: Images;
  readonly base: string;
}

export async function up(settings: Settings, options: UpOptions): Promise<void> {
  await preflight(settings);
  takeLock();
  await mkdir(settings.runDir, { recursive: true });
  const parts = await buildParts(settings, options);
  say("clearing what an earlier run may have left");
  await down(settings);
  await prepareNodes(settings, parts);
  say("starting the machines");
  await startBalancer(settings);
  for (const node of settings.nodes) await boot(settings, node);
  await waitForMachines(settings);
  say("machines answer over ssh; waiting for the API servers");
  await waitForApi(settings);
  say("API servers are ready; last phases of kubeadm");
  await finishNodes(settings);
  say("the provider's objects and the leases");
  await applyAkash(settings);
  await waitForWorkloads(settings);
  await writeInventory(settings, parts.programs);
  say("up");
}

async function preflight(settings: Settings): Promise<void> {
  const disk = await statfs(nearestFolder(settings.cacheDir));
  const freeBytes = disk.bavail * disk.bsize;
  const said = missing(lookAtMachine(freeBytes));
  if (said.length > 0) throw new RigError(["The rig cannot come up here:", ...said].join("\n  "));
}

/**
 * The cache folder need not be there yet; nothing is made before the machine has been looked at.
 */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}

async function buildParts(settings: Settings, options: UpOptions): Promise<Parts> {
  const programs = await buildAll(settings, options.standinSource);
  const images = await buildImages(settings, programs);
  const base = await rootfs(settings.cacheDir);
  return { programs, images, base };
}

async function prepareNodes(settings: Settings, parts: Parts): Promise<void> {
  const { programs, images, base } = parts;
  const workDir = join(settings.runDir, "store-work");
  const store = await imageStore(settings.cacheDir, workDir, base, images.archives);
  await makeSsh(settings);
  await setSysctls(settings);
  await makeNetwork(settings);
  await commonLayer(settings, programs);
  for (const node of settings.nodes) {
    await mountNode(settings, node, base);
    await writeNodeFiles(settings, node, images.pause);
    await linkStore(store, join(nodeDir(settings, node), "containerd"));
  }
  say("certificates and static pods");
  if (settings.etcdAs === "service") await etcdCertificates(settings);
  await kubeadmFiles(settings, programs.versions);
}

async function writeInventory(settings: Settings, programs: Programs): Promise<void> {
  const { runDir, nodes, etcdAs, endpoint } = settings;
  await writeFile(join(runDir, "inventory.ini"), inventoryIni(nodes));
  await writeFile(join(runDir, "hosts.yaml"), inventoryYaml(nodes));
  const file = join(runDir, "cluster.json");
  const text = `${JSON.stringify({ nodes, etcdAs, endpoint, ...programs.versions })}\n`;
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}
