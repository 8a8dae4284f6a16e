// Certificates whose key lies beside them as another's: a machine lost its power between two
// writes.

import { type LeafRow, leafRows } from "../build/certificates.ts";
import { fileAt, textAt } from "../files.ts";
import type { HostModel } from "../model.ts";
import { isPair } from "../x509.ts";

/** Those of kubeadm's that are there and do not match the key beside them. */
export function unmatchedPairs(host: HostModel): readonly LeafRow[] {
  return leafRows.filter(
    ({ kind, path }) =>
      kind === "pair" &&
      fileAt(host, `${path}.crt`) !== undefined &&
      !isPair(textAt(host, `${path}.crt`), textAt(host, `${path}.key`)),
  );
}
