// What kubeadm would go by on a node, and what it does not take: found in the middle of a window it
// would have to wait there.

import type { HostBasics, HostFacts } from "../cluster/facts.ts";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import type { Reading } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";
import { checkConfig, parseConfigCheck, parseConfigSource } from "../programs/kubeadm.ts";

export async function surveyKubeadm(
  host: Host,
  basics: Reading<HostBasics>,
): Promise<Pick<HostFacts, "kubeadmRefuses" | "kubeadmGoesBy">> {
  if (basics.kind === "unreadable") return {};
  const { kubeadmConfig, staticPods } = basics.value;
  const outcome = await host.run(checkConfig(kubeadmConfig ? kubeadmConfigFile : undefined));
  const refused = parseConfigCheck(outcome, { ownsEtcd: staticPods.includes("etcd") });
  const source = kubeadmConfig ? undefined : parseConfigSource(outcome);
  return {
    ...(refused === undefined ? {} : { kubeadmRefuses: refused }),
    ...(source === undefined ? {} : { kubeadmGoesBy: source }),
  };
}
