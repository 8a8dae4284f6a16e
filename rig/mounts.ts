/** What is mounted below a folder of the rig, and its end. */
import { readFile } from "node:fs/promises";
import { run } from "./command.ts";

/** Deepest first. A mount that is still busy is let go lazily; its users have been ended. */
export async function unmountBelow(dir: string): Promise<void> {
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
