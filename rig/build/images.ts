/** Which images the nodes need, and their archives in the cache. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { akashImages } from "../akash/images.ts";
import { must, RigError } from "../command.ts";
import { kubeVipImage } from "../node/kube-vip.ts";
import { say } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { dockerArchive } from "./image.ts";
import { buildStandin, type Programs } from "./programs.ts";

export interface Images {
  readonly archives: readonly string[];
  /** What containerd must be told to use for sandboxes. */
  readonly pause: string;
}

export async function buildImages(settings: Settings, programs: Programs): Promise<Images> {
  const { cacheDir } = settings;
  const references = await kubeadmImages(programs);
  const pause = references.find((reference) => reference.includes("/pause:"));
  if (pause === undefined) throw new RigError("kubeadm names no pause image");
  const own = references.filter(
    (reference) => reference.includes("/kube-") && !reference.includes("kube-proxy"),
  );
  const etcd = references.find((reference) => reference.includes("/etcd:"));
  if (etcd === undefined) throw new RigError("kubeadm names no etcd image");
  const dir = join(cacheDir, "images");
  await mkdir(dir, { recursive: true });
  const archives: string[] = [];
  for (const reference of own) {
    const name = programName(reference);
    const binary = join(programs.kubernetes, name);
    archives.push(await archive(dir, { reference, binary, path: `/usr/local/bin/${name}` }));
  }
  const etcdBinary = join(programs.etcd, "etcd");
  archives.push(
    await archive(dir, { reference: etcd, binary: etcdBinary, path: "/usr/local/bin/etcd" }),
  );
  if (programs.kubeVip !== undefined) {
    const reference = kubeVipImage(programs.versions.kubeVip);
    const binary = join(programs.kubeVip, "kube-vip");
    archives.push(await archive(dir, { reference, binary, path: "/kube-vip" }));
  }
  const standin = await standinBinary(cacheDir, programs.standinSource);
  archives.push(await archive(dir, { reference: pause, binary: standin, path: "/pause" }));
  for (const reference of akashImages) {
    archives.push(
      await archive(dir, { reference, binary: standin, path: "/usr/local/bin/standin" }),
    );
  }
  return { archives, pause };
}

/** kubeadm itself says which images its static pods name, so that no table here can be wrong. */
async function kubeadmImages(programs: Programs): Promise<string[]> {
  const kubeadm = join(programs.kubernetes, "kubeadm");
  const version = `v${programs.versions.kubernetes}`;
  const argv = [kubeadm, "config", "images", "list", "--kubernetes-version", version];
  return (await must(argv, { timeoutMs: 30_000 })).trim().split("\n");
}

function programName(reference: string): string {
  return reference.split("/").slice(-1).join("").split(":")[0] ?? "";
}

interface Wanted {
  readonly reference: string;
  readonly binary: string;
  readonly path: string;
}

/** Keyed by the binary's content as well, so that an edited stand-in makes new images. */
async function archive(dir: string, wanted: Wanted): Promise<string> {
  const stamp = await binaryStamp(wanted.binary);
  const file = join(dir, `${wanted.reference.replaceAll(/[/:]/g, "_")}-${stamp}.tar`);
  if (existsSync(file)) return file;
  say(`packing ${wanted.reference}`);
  const binary = await readFile(wanted.binary);
  await writeFile(`${file}.part`, dockerArchive({ ...wanted, binary }));
  await rename(`${file}.part`, file);
  return file;
}

async function binaryStamp(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex")
    .slice(0, 12);
}

async function standinBinary(cacheDir: string, sourceDir: string): Promise<string> {
  const sources = (await readdir(sourceDir)).filter((name) => name.endsWith(".go")).sort();
  const hash = createHash("sha256");
  for (const name of sources) hash.update(name).update(await readFile(join(sourceDir, name)));
  const key = hash.digest("hex").slice(0, 12);
  const target = join(cacheDir, "bin", `standin-${key}`);
  if (existsSync(target)) return target;
  say("building the stand-in image's program");
  await mkdir(join(cacheDir, "bin"), { recursive: true });
  await buildStandin(sourceDir, `${target}.part`);
  await rename(`${target}.part`, target).finally(() => rm(`${target}.part`, { force: true }));
  return target;
}
