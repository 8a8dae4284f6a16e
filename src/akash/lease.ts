// A lease's identity on the chain.

import type { LeaseId } from "../core/chain.ts";

/**
 * `owner/dseq/gseq/oseq`: how Akash's tools name a lease of a known provider. Not yet printable.
 */
export function leaseKey(id: LeaseId): string {
  return `${id.owner}/${id.dseq}/${id.gseq}/${id.oseq}`;
}

/** What could be a lease's identity: an address of the chain, and numbers that fit its fields. */
export function isLeaseId(id: LeaseId): boolean {
  const { owner, dseq, gseq, oseq, provider } = id;
  const numbers = [gseq, oseq].every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 32);
  return isAddress(owner) && isAddress(provider) && /^\d{1,20}$/.test(dseq) && numbers;
}

/** An account's address: bech32 with the chain's prefix. Its checksum is not looked at. */
export function isAddress(text: string): boolean {
  return /^akash1[0-9a-z]{38,58}$/.test(text);
}
