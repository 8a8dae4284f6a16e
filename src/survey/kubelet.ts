// A control plane node's kubelet: which of its static pods run, and whether API servers take its certificate.

import type { ClusterFacts, ComponentSeen } from "../cluster/facts.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";
import { controlPlaneContainers, listContainers, parseContainers } from "../programs/crictl.ts";
import { askKubelet, parseOk } from "../programs/kubectl.ts";

export async function surveyComponents(host: Host): Promise<Reading<readonly ComponentSeen[]>> {
  const listed = parseContainers(await host.run(listContainers(controlPlaneContainers)));
  if (listed.kind === "unreadable") return listed;
  if (listed.value.length === 0) return unreadable("crictl ps: it shows no static pod's container");
  const running = listed.value.filter((one) => one.running);
  return read(
    running.map((one) => ({ name: one.name, container: one.id, createdAt: one.createdAt })),
  );
}

/** The call with which a renewal is verified: what fails in it before is no renewal's doing. */
export async function surveyKubelets(
  host: Host | undefined,
  nodes: ClusterFacts["nodes"],
): Promise<Readonly<Record<string, string>>> {
  if (host === undefined || nodes.kind === "unreadable") return {};
  const ready = nodes.value.filter((node) => node.controlPlane && node.ready);
  const asked = ready.map(async ({ name }) => {
    const said = parseOk(await host.run(askKubelet(name)), `the kubelet of ${name}`);
    // That the API server is not let in is what a renewal mends.
    const isKubelets = said.kind === "unreadable" && /remote error: tls|x509:/.test(said.because);
    return isKubelets ? [[name, said.because] as const] : [];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}
