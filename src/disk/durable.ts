// Small acts on files whose effect must outlive a power cut, and what their errors are called.

import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes the folder and what is missing above it, each 0700 and itself durable. One after the other:
 * with `recursive`, mkdir never ends where a folder that is there takes no other one, as /proc does
 * (ENOENT).
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (codeOf(error) !== "EEXIST" || !(await isFolder(folder))) throw error;
  }
  await syncFolder(above);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** A new or renamed file is only certain to be found again after its folder was synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

/**
 * Writes a file that must not exist yet, mode 0600, and syncs it; what cannot be written whole, as
 * on a full disk, is taken away again. The folder is the caller's.
 */
export async function writeNew(file: string, content: string | Buffer): Promise<void> {
  const handle: FileHandle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** The system's name of an error (ENOENT, EEXIST), if it is one of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
