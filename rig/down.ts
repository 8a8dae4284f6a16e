/** Takes the cluster away: processes, mounts, control groups, bridge, files; the cache stays. */
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeGroups } from "./cluster/groups.ts";
import { removeNetwork, restoreSysctls } from "./cluster/network.ts";
import { run } from "./command.ts";
import type { Settings } from "./settings.ts";

/** Every part copes with its work being done already, or half done by a run that was killed. */
export async function down(settings: Settings): Promise<void> {
  await removeGroups();
  await unmountBelow(settings.runDir);
  await removeNetwork();
  await restoreSysctls(settings);
  await emptyRunDir(settings.runDir);
}

/** Deepest first. A mount that is still busy is let go lazily; its users have been ended. */
async function unmountBelow(dir: string): Promise<void> {
  for (const path of (await mountsBelow(dir)).reverse()) {
    const ran = await run(["umount", path], { timeoutMs: 15_000 });
    if (ran.code !== 0) await run(["umount", "--lazy", path], { timeoutMs: 15_000 });
  }
}

export async function mountsBelow(dir: string): Promise<string[]> {
  return mountPoints(await readFile("/proc/self/mountinfo", "utf8"), dir);
}

/** In the order of mounting; the kernel writes a blank in a path as \040. */
export function mountPoints(mountinfo: string, dir: string): string[] {
  const paths = mountinfo.split("\n").map((line) => line.split(" ")[4] ?? "");
  return paths
    .map((path) => path.replaceAll("\\040", " "))
    .filter((path) => path.startsWith(`${dir}/`));
}

/** Keys stay, so that an operator's known_hosts stays true. Nothing is removed through a mount. */
async function emptyRunDir(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const left = await mountsBelow(dir);
  if (left.length > 0) throw new Error(`still mounted, not removed: ${left.join(", ")}`);
  const names = (await readdir(dir)).filter((name) => name !== "ssh");
  await Promise.all(names.map((name) => rm(join(dir, name), { recursive: true, force: true })));
}
