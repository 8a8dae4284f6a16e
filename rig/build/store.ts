/**
 * containerd's folder with all images in it, made once for each set of images: a node then gets
 * hard links instead of 300 MB to unpack, which took 12 of the seconds of every `up`.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeGroups } from "../cluster/groups.ts";
import { start } from "../cluster/start.ts";
import { must, poll, run } from "../command.ts";
import { say } from "../progress.ts";

/** What containerd writes to; everything else in its folder is only added to or removed. */
const databases = [
  "io.containerd.metadata.v1.bolt/meta.db",
  "io.containerd.snapshotter.v1.overlayfs/metadata.db",
];

const group = "image-store";

/** Returns the folder. `workDir` lies below the run folder, so that `down` finds its mounts. */
export async function imageStore(
  cacheDir: string,
  workDir: string,
  base: string,
  archives: readonly string[],
): Promise<string> {
  const names = archives.map((archive) => basename(archive)).sort();
  const key = createHash("sha256")
    .update([basename(base), ...names].join("\n"))
    .digest("hex");
  const dir = join(cacheDir, `store-${key.slice(0, 12)}`);
  if (existsSync(dir)) return dir;
  say("unpacking the images once for all nodes");
  const part = join(cacheDir, "store-part");
  await rm(part, { recursive: true, force: true });
  await fill(part, workDir, base, archives);
  await rename(part, dir);
  return dir;
}

/** Runs Debian's containerd in an overlay of the base system just long enough to import. */
async function fill(
  part: string,
  workDir: string,
  base: string,
  archives: readonly string[],
): Promise<void> {
  const root = join(workDir, "root");
  for (const dir of [part, join(workDir, "upper"), join(workDir, "work"), root]) {
    await mkdir(dir, { recursive: true });
  }
  const layers = `lowerdir=${base},upperdir=${join(workDir, "upper")},workdir=${join(workDir, "work")}`;
  await must(["mount", "-t", "overlay", "drydock-rig", "-o", layers, root], { timeoutMs: 10_000 });
  await mkdir(join(root, "var/lib/containerd"), { recursive: true });
  await must(["mount", "--bind", part, join(root, "var/lib/containerd")], { timeoutMs: 10_000 });
  await must(["mount", "-t", "proc", "proc", join(root, "proc")], { timeoutMs: 10_000 });
  const argv = ["chroot", root, "/usr/bin/containerd"];
  await start({ group, argv, logFile: join(workDir, "containerd.log") });
  const ctr = ["chroot", root, "/usr/bin/ctr", "--namespace", "k8s.io"];
  await poll("containerd answers", { timeoutMs: 30_000, everyMs: 100 }, async () => {
    const ran = await run([...ctr, "version"], { timeoutMs: 5_000 });
    return ran.code === 0 ? true : undefined;
  });
  for (const archive of archives) {
    const inside = join(root, "tmp", basename(archive));
    await copyFile(archive, inside);
    await must([...ctr, "images", "import", join("/tmp", basename(archive))], {
      timeoutMs: 120_000,
    });
    await rm(inside);
  }
  await removeGroups(group);
  for (const path of ["proc", "var/lib/containerd", ""]) {
    await must(["umount", join(root, path)], { timeoutMs: 15_000 });
  }
}

/** A node's own containerd folder: the store by hard links, but databases of its own. */
export async function linkStore(store: string, dir: string): Promise<void> {
  await must(["cp", "-al", `${store}/.`, dir], { timeoutMs: 60_000 });
  for (const database of databases) {
    await rm(join(dir, database));
    await copyFile(join(store, database), join(dir, database));
  }
}
