// The certificates of the step's own node, as the steps judge them.

import { type CertificateEntry, nodeCertificates } from "../cluster/node-certificates.ts";
import type { NodeFiles } from "../cluster/node-files.ts";
import { type Reading, read } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import { parseCertificateFiles, readCertificateFiles } from "../programs/certificate-files.ts";

const controlPlane = { controlPlane: true, etcd: false, worker: true };

export async function readCertificates(
  look: Pick<Look, "run">,
): Promise<Reading<readonly CertificateEntry[]>> {
  return certificatesOf(await readNodeFiles(look));
}

export async function readNodeFiles(look: Pick<Look, "run">): Promise<Reading<NodeFiles>> {
  return parseCertificateFiles(await look.run(readCertificateFiles()));
}

export function certificatesOf(files: Reading<NodeFiles>): Reading<readonly CertificateEntry[]> {
  return files.kind === "unreadable" ? files : read(nodeCertificates(files.value, controlPlane));
}
