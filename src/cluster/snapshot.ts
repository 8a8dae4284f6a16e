// Is a file a whole etcd snapshot? Judged from what was read of it on the operator's machine.

import type { StoredFile } from "../core/world.ts";

/**
 * bbolt's meta pages: magic 0xED0CDAED, little endian, 16 bytes into page 0. The second lies a page
 * further, which is as long as those of the machine's memory where the database was made: 4, 16 or
 * 64 KiB.
 */
const boltMagic = "edda0ced";
const magicAt = 16;

/**
 * Why the file is not a snapshot that could be restored; undefined when it is one. etcd appends the
 * SHA-256 of the database, so the size is 32 bytes more than a multiple of 512 (etcd,
 * client/v3/snapshot), and the database begins with a bbolt meta page.
 */
export function snapshotFlaw(file: StoredFile): string | undefined {
  if (file.sizeBytes === 0) return "is 0 bytes";
  if (file.sizeBytes % 512 !== 32) {
    return `has ${file.sizeBytes} bytes: its end, with the checksum, is missing`;
  }
  if (file.trailerHex !== file.bodySha256) return "does not match the checksum at its end";
  if (file.headHex.slice(magicAt * 2, magicAt * 2 + 8) !== boltMagic)
    return "has no bbolt meta page";
  if (file.mode !== 0o600) return `has mode ${file.mode.toString(8)}, not 600`;
  return undefined;
}
