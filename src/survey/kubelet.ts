// A control plane node's kubelet: which of its static pods run, and whether its API server reaches
// it.

import { componentNamed } from "../cluster/component.ts";
import {
  apiServerAddress,
  type ClusterFacts,
  type ComponentAway,
  type HostBasics,
  type HostFacts,
} from "../cluster/facts.ts";
import { nodeOf } from "../cluster/kubernetes-node.ts";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Clock, Host } from "../core/world.ts";
import {
  type Container,
  controlPlaneContainers,
  listContainers,
  parseContainers,
} from "../programs/crictl.ts";
import { askKubelet, parseOk } from "../programs/kubectl.ts";

/** One that ended a moment ago, or whose machine has just started, is back within this time. */
const backWithinMs = 5000;
const pollMs = 500;

/**
 * Of those that its manifests name, one that does not run is waited for: it may only just have
 * ended.
 */
export async function surveyComponents(
  host: Host,
  clock: Clock,
  basics: Promise<Reading<HostBasics>>,
): Promise<Pick<HostFacts, "components" | "componentsAway">> {
  const until = clock.now() + backWithinMs;
  for (;;) {
    const listed = parseContainers(await host.run(listContainers(controlPlaneContainers)));
    if (listed.kind === "unreadable") return { components: listed };
    if (listed.value.length === 0) {
      return { components: unreadable("crictl ps: it shows no static pod's container") };
    }
    const away = componentsAway(listed.value, await basics);
    if (away.length === 0) return { components: running(listed.value) };
    if (clock.now() >= until) {
      return { components: running(listed.value), componentsAway: away };
    }
    await clock.wait(pollMs);
  }
}

function running(listed: readonly Container[]): HostFacts["components"] {
  return read(
    listed
      .filter((one) => one.running)
      .map((one) => ({ name: one.name, container: one.id, createdAt: one.createdAt })),
  );
}

function componentsAway(
  listed: readonly Container[],
  basics: Reading<HostBasics>,
): readonly ComponentAway[] {
  const named = basics.kind === "read" ? basics.value.staticPods : [];
  return named.flatMap((name): readonly ComponentAway[] => {
    const own = listed.filter((one) => one.name === name);
    if (componentNamed(name) === undefined || own.some((one) => one.running)) return [];
    const [newest] = own;
    if (newest === undefined) return [{ name }];
    return [{ name, exited: { container: newest.id, attempt: newest.attempt } }];
  });
}

/** The call with which a renewal is verified: what fails in it before is no renewal's doing. */
export async function surveyKubelets(
  hosts: readonly { readonly host: Host }[],
  facts: Pick<ClusterFacts, "hosts" | "nodes">,
): Promise<Readonly<Record<string, string>>> {
  const asked = facts.hosts.map(async (one) => {
    const host = hosts.find((candidate) => candidate.host.name === one.name)?.host;
    const node = one.roles.controlPlane ? nodeOf(facts, one) : undefined;
    if (host === undefined || node?.ready !== true) return [];
    const server = `https://${apiServerAddress(one)}`;
    const said = parseOk(
      await host.run(askKubelet(node.name, { server })),
      `${server}, to the kubelet of ${node.name}`,
    );
    // That the API server is not let in is what a renewal mends.
    const isKubelets =
      said.kind === "unreadable" && said.because.includes("error trying to reach service");
    return isKubelets ? [[node.name, said.because] as const] : [];
  });
  return Object.fromEntries((await Promise.all(asked)).flat());
}
