// The certificates of the step's own node, as the steps judge them.

import { type CertificateEntry, nodeCertificates } from "../cluster/node-certificates.ts";
import { type Reading, read } from "../core/outcome.ts";
import type { Look } from "../core/step.ts";
import { parseCertificateFiles, readCertificateFiles } from "../programs/certificate-files.ts";

const controlPlane = { controlPlane: true, etcd: false, worker: true };

export async function readCertificates(
  look: Pick<Look, "run">,
): Promise<Reading<readonly CertificateEntry[]>> {
  const files = parseCertificateFiles(await look.run(readCertificateFiles()));
  if (files.kind === "unreadable") return files;
  return read(nodeCertificates(files.value, controlPlane));
}
