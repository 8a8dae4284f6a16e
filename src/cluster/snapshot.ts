// Is a file a whole etcd snapshot? Judged from what was read of it on the operator's machine.

import type { StoredFile } from "../core/world.ts";

/** bbolt's meta pages: magic 0xED0CDAED, little endian, 16 bytes into pages 0 and 1 (4 KiB each). */
const boltMagic = "edda0ced";
const magicAt = 16;
const pageBytes = 4096;

/**
 * Why the file is not a snapshot that could be restored; undefined when it is one. etcd appends the
 * SHA-256 of the database, so the size is 32 bytes more than a multiple of 512 (etcd,
 * client/v3/snapshot), and the database begins with two bbolt meta pages.
 */
export function snapshotFlaw(file: StoredFile): string | undefined {
  if (file.sizeBytes === 0) return "is 0 bytes";
  if (file.sizeBytes % 512 !== 32) {
    return `has ${file.sizeBytes} bytes: its end, with the checksum, is missing`;
  }
  if (file.trailerHex !== file.bodySha256) return "does not match the checksum at its end";
  for (const page of [0, 1]) {
    const at = (page * pageBytes + magicAt) * 2;
    if (file.headHex.slice(at, at + 8) !== boltMagic) return `has no bbolt meta page ${page}`;
  }
  if (file.mode !== 0o600) return `has mode ${file.mode.toString(8)}, not 600`;
  return undefined;
}
