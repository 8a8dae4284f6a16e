// Small acts on files whose effect must outlive a power cut, and what their errors are called.

import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes the folder and what is missing above it, each 0700 and itself durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** A new or renamed file is only certain to be found again after its folder was synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

/** Writes a file that must not exist yet, mode 0600, and syncs it. The folder is the caller's. */
export async function writeNew(file: string, content: string | Buffer): Promise<void> {
  const handle: FileHandle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's name of an error (ENOENT, EEXIST), if it is one of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
