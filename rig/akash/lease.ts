/** A lease's identity, and the namespace that the provider derives from it. */
import { createHash } from "node:crypto";

export interface LeaseId {
  readonly owner: string;
  /** A 64-bit number on the chain, hence text. */
  readonly dseq: string;
  readonly gseq: number;
  readonly oseq: number;
  readonly provider: string;
}

/** Lower-case base32hex, unpadded, of the SHA-224 of "owner/dseq/gseq/oseq/provider". */
export function leaseNamespace(id: LeaseId): string {
  const path = [id.owner, id.dseq, id.gseq, id.oseq, id.provider].join("/");
  return base32hex(createHash("sha224").update(path).digest());
}

export function base32hex(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => Number.parseInt(group.padEnd(5, "0"), 2).toString(32)).join("");
}

/** An address that looks like the chain's; nobody holds its key, for it is only a hash. */
export function address(name: string): string {
  return `akash1${base32hex(createHash("sha256").update(name).digest()).slice(0, 38)}`;
}
