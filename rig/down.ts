/** Takes the cluster away: processes, mounts, control groups, bridge, files; the cache stays. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeGroups } from "./cluster/groups.ts";
import { removeNetwork, restoreSysctls } from "./cluster/network.ts";
import { mountsBelow, unmountBelow } from "./mounts.ts";
import type { Settings } from "./settings.ts";

/** Every part copes with its work being done already, or half done by a run that was killed. */
export async function down(settings: Settings): Promise<void> {
  await removeGroups();
  await unmountBelow(settings.runDir);
  await removeNetwork();
  await restoreSysctls(settings);
  await emptyRunDir(settings.runDir);
}

/** Keys stay, so that an operator's known_hosts stays true. Nothing is removed through a mount. */
async function emptyRunDir(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  const left = await mountsBelow(dir);
  if (left.length > 0) throw new Error(`still mounted, not removed: ${left.join(", ")}`);
  const names = (await readdir(dir)).filter((name) => name !== "ssh");
  await Promise.all(names.map((name) => rm(join(dir, name), { recursive: true, force: true })));
}
