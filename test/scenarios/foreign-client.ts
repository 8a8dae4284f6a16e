// A client certificate that another authority has signed, in a kubeconfig that is else as it was.

import { textAt, writeFile } from "../../src/simulator/files.ts";
import { type HostModel, newId } from "../../src/simulator/model.ts";
import { clientPemOf, withClient } from "../../src/simulator/nature/kubeconfig.ts";
import type { Site } from "../../src/simulator/site.ts";
import { somebody } from "../../src/simulator/transition.ts";
import { mint, mintLike, validityOf } from "../../src/simulator/x509.ts";

/** By an authority of the same name as this cluster's, as another cluster of kubeadm's has one. */
export function putForeignClient(site: Site, host: HostModel, path: string): void {
  const text = textAt(host, path);
  const old = clientPemOf(text);
  const validity = validityOf(old);
  if (validity === undefined) throw new Error(`${path} has no client certificate`);
  const profile = { subject: [["CN", "kubernetes"]], names: [], use: "authority" } as const;
  const authority = mint(profile, validity, newId(site.model));
  const client = mintLike(old, validity, newId(site.model), authority);
  writeFile(site, host, path, { content: withClient(text, client) }, somebody);
}
