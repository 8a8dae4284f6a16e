/** One `up`, `down` or `reset` at a time; a lock whose owner is gone counts for nothing. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RigError } from "./command.ts";

/** Held until this process ends. */
export async function takeLock(cacheDir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const file = join(cacheDir, "lock");
  const owner = lockOwner(file);
  if (owner !== undefined) {
    throw new RigError(`process ${owner} is changing the rig now: wait for it, or end it first`);
  }
  rmSync(file, { force: true });
  await writeFile(file, `${process.pid}\n`, { flag: "wx" });
  process.on("exit", () => rmSync(file, { force: true }));
}

/** The process that holds the lock, if it is alive and a rig: a number may have been given anew. */
function lockOwner(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, "utf8").trim());
  const commandLine = `/proc/${pid}/cmdline`;
  if (pid === process.pid || !existsSync(commandLine)) return undefined;
  return readFileSync(commandLine, "utf8").includes("rig/main.ts") ? pid : undefined;
}
