/**
 * Control groups of the rig: every process that it starts lives below `drydock-rig` in each
 * hierarchy, so that `down` finds all of them, also those of a run that was killed, and no others.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { poll } from "../command.ts";

const mountPoint = "/sys/fs/cgroup";
const groupName = "drydock-rig";

/** Version 2 has one hierarchy, at the mount point; version 1 one below it for each controller. */
async function hierarchies(): Promise<string[]> {
  if (existsSync(join(mountPoint, "cgroup.procs"))) return [mountPoint];
  const names = await readdir(mountPoint);
  return names
    .map((name) => join(mountPoint, name))
    .filter((dir) => existsSync(join(dir, "cgroup.procs")));
}

/** Makes the group in every hierarchy and returns its folders. */
export async function makeGroup(name: string): Promise<string[]> {
  const made: string[] = [];
  for (const hierarchy of await hierarchies()) {
    const parent = join(hierarchy, groupName);
    for (const dir of [parent, join(parent, name)]) {
      await mkdir(dir, { recursive: true });
      await inheritCpus(dir);
    }
    if (hierarchy === mountPoint) for (const dir of [hierarchy, parent]) await handDown(dir);
    made.push(join(parent, name));
  }
  return made;
}

const controllers = ["cpuset", "cpu", "io", "memory", "pids"];

/**
 * On version 2 a group has only the controllers that the one above hands down, and the kubelet does
 * not start without them. Written from the kernel's documentation: not tried on such a machine yet.
 */
export async function handDown(dir: string): Promise<void> {
  const offered = (await readFile(join(dir, "cgroup.controllers"), "utf8")).trim().split(" ");
  const enabled = controllers.filter((name) => offered.includes(name)).map((name) => `+${name}`);
  await writeFile(join(dir, "cgroup.subtree_control"), enabled.join(" "));
}

/** A new cpuset has neither processors nor memory, and takes no process until it has. */
async function inheritCpus(dir: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const [own, above] = [join(dir, file), join(dir, "..", file)];
    if (!existsSync(own) || !existsSync(above)) continue;
    if ((await readFile(own, "utf8")).trim() !== "") continue;
    await writeFile(own, (await readFile(above, "utf8")).trim());
  }
}

/** The processes in the rig's groups, or in one of them. */
export async function groupPids(name = ""): Promise<number[]> {
  const pids = new Set<number>();
  for (const hierarchy of await hierarchies()) {
    for (const dir of await foldersBelow(join(hierarchy, groupName, name))) {
      const text = await readFile(join(dir, "cgroup.procs"), "utf8").catch(() => "");
      for (const line of text.split("\n")) if (Number(line) > 1) pids.add(Number(line));
    }
  }
  return [...pids];
}

/** Ends every process in the rig's groups, or in one of them, and removes the groups. */
export async function removeGroups(name = ""): Promise<void> {
  await poll("ending the rig's processes", { timeoutMs: 30_000, everyMs: 100 }, async () => {
    const pids = await groupPids(name);
    for (const pid of pids) kill(pid);
    return pids.length === 0 ? true : undefined;
  });
  await poll("removing the rig's control groups", { timeoutMs: 15_000, everyMs: 100 }, async () => {
    let left = 0;
    for (const hierarchy of await hierarchies()) {
      const dirs = await foldersBelow(join(hierarchy, groupName, name));
      for (const dir of dirs.reverse()) await rmdir(dir).catch(() => left++);
    }
    return left === 0 ? true : undefined;
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return; // It has ended by itself meanwhile.
  }
}

/** Parents before children; empty if the folder is not there. */
async function foldersBelow(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return [];
  const found = [dir];
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) found.push(...(await foldersBelow(join(dir, entry.name))));
  }
  return found;
}
