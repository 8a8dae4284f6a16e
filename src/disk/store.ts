// The window's folder on this machine: what is known of the files in it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { invariant } from "../core/invariant.ts";
import type { Store, StoredFile } from "../core/world.ts";
import { codeOf } from "./durable.ts";

const trailerBytes = 32;
const headBytes = 8192;

export function openStore(folder: string): Store {
  return {
    location: folder,
    stat: async (name) => {
      invariant(basename(name) === name, `"${name}" is not the name of a file in the store`);
      try {
        return await describe(join(folder, name));
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}

/** Reads the file once, however long it is, and keeps only its beginning and its end. */
async function describe(file: string): Promise<StoredFile> {
  const { mode } = await stat(file);
  const body = createHash("sha256");
  let sizeBytes = 0;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const piece: Buffer = chunk;
    sizeBytes += piece.length;
    if (head.length < headBytes) {
      head = Buffer.concat([head, piece.subarray(0, headBytes - head.length)]);
    }
    const seen = Buffer.concat([tail, piece]);
    const bodyEnd = Math.max(0, seen.length - trailerBytes);
    body.update(seen.subarray(0, bodyEnd));
    tail = Buffer.from(seen.subarray(bodyEnd));
  }
  return {
    sizeBytes,
    mode: mode & 0o7777,
    sha256: body.copy().update(tail).digest("hex"),
    bodySha256: body.digest("hex"),
    trailerHex: tail.toString("hex"),
    headHex: head.toString("hex"),
  };
}
