// How much may still be written in a folder that need not be there yet.

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./durable.ts";

/** Of the folder, or of the nearest above it: whoever only looks makes none. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const above = dirname(folder);
    if (codeOf(error) !== "ENOENT" || above === folder) throw error;
    return freeBytes(above);
  }
}
