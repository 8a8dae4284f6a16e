// The private folder for control sockets. Its path must be short: a unix socket's name has 104
// bytes, of which ssh wants 17 for a name of its own while it sets the socket up.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folderBytesMax = 104 - 1 - 17 - "/c1234567".length;

/**
 * Makes a folder with mode 0700 in `runtimeFolder` ($XDG_RUNTIME_DIR), or where temporary files go.
 * Remove it with removeControlFolder once all hosts are closed.
 */
export async function makeControlFolder(runtimeFolder?: string): Promise<string> {
  const places = [runtimeFolder, tmpdir(), "/tmp"].filter((place) => place !== undefined);
  const tried: string[] = [];
  for (const place of places) {
    const stem = join(place, "drydock-");
    if (Buffer.byteLength(stem) + 6 > folderBytesMax) {
      tried.push(`${place}: its path is too long for a socket`);
      continue;
    }
    try {
      return await mkdtemp(stem);
    } catch (error) {
      tried.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`No place for ssh's control sockets. ${tried.join("; ")}`);
}

export async function removeControlFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
