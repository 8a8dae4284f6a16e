// What kubeadm says against its configuration or a kubeconfig, before it is to renew by them; and
// where it would renew with its defaults. Found in the middle of a window it would have to wait
// there.

import { type ClusterFacts, controlPlaneHosts, type HostFacts } from "../cluster/facts.ts";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { refusedKubeconfig } from "../programs/kubeadm.ts";
import type { Blocker } from "./blocker.ts";

/** What a renewal is called with stands in the plan. */
export function configBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap((host): readonly Blocker[] => {
    const { kubeadmRefuses } = host;
    if (kubeadmRefuses === undefined) return [];
    const kubeconfig = refusedKubeconfig(kubeadmRefuses);
    if (kubeconfig !== undefined) return kubeconfigBlockers(host, kubeconfig, kubeadmRefuses);
    return hasFile(host)
      ? [fileBlocker(host.name, kubeadmRefuses)]
      : clusterBlockers(facts, host, kubeadmRefuses);
  });
}

/** Where there is no certificate in it at all, that is told of the certificate. */
function kubeconfigBlockers(
  { name: where, certificates }: HostFacts,
  path: string,
  refusal: string,
): readonly Blocker[] {
  const entries = certificates.kind === "read" ? certificates.value.entries : [];
  const isSound = entries.some((one) => one.path === path && one.found.kind === "present");
  if (!isSound) return [];
  const because = `kubeadm cannot renew ${path}: ${refusal}`;
  const remedy = `Let its current-context name a context of a user whose certificate is embedded in it (\`kubectl --kubeconfig ${path} config get-contexts\` on ${where}), then look again.`;
  return [{ kind: "other", where, because, remedy }];
}

export function hasFile({ basics }: HostFacts): boolean {
  return basics.kind === "read" && basics.value.kubeadmConfig;
}

function fileBlocker(where: string, refusal: string): Blocker {
  const because = `kubeadm does not take ${kubeadmConfigFile}: ${refusal}`;
  const remedy = `Correct that file on ${where}, or move it away: kubeadm then reads the cluster's own configuration (\`kubectl -n kube-system get configmap kubeadm-config -o yaml\`). Then look again.`;
  return { kind: "other", where, because, remedy };
}

/**
 * With its defaults it thinks that etcd is its own: of an etcd elsewhere the node may have too few
 * of the files.
 */
function clusterBlockers(
  facts: ClusterFacts,
  { name: where, kubeadmGoesBy }: HostFacts,
  refusal: string,
): readonly Blocker[] {
  const says = `kubeadm would not renew all: ${refusal}`;
  if (kubeadmGoesBy !== "defaults") {
    const remedy = `Mend that until \`kubeadm certs check-expiration\` on ${where} exits with 0, then look again.`;
    return [{ kind: "other", where, because: says, remedy }];
  }
  // It takes them without the API as well, and what stands in the way of that is told.
  if (facts.nodes.kind === "unreadable") return [];
  const because = `${says}. It cannot use the configuration that the cluster keeps, and takes its defaults`;
  return [
    {
      kind: "other",
      where,
      because,
      remedy: `${capital(useTheClusters(where))}, then look again.`,
    },
  ];
}

/**
 * A renewal with defaults is one all the same: their paths are those that it has without a file
 * anyway.
 */
export function defaultsTaken(facts: ClusterFacts): readonly string[] {
  if (facts.nodes.kind === "unreadable") return [];
  const taking = controlPlaneHosts(facts).filter(
    ({ kubeadmGoesBy, kubeadmRefuses }) =>
      kubeadmGoesBy === "defaults" && kubeadmRefuses === undefined,
  );
  const [first] = taking;
  if (first === undefined) return [];
  const names = taking.map(({ name }) => name).join(", ");
  return [
    `${names}: kubeadm cannot use the configuration that the cluster keeps, and would renew with its defaults: certificates for a year, with RSA keys of 2048 bits. To have it use that, ${useTheClusters(first.name)}`,
  ];
}

const document =
  "kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}'";

/** kubeadm does not say why it took its defaults; of the same document as a file it does. */
export function useTheClusters(where: string): string {
  return `put ConfigMap kubeadm-config right (mostly its kubernetesVersion is too old for this kubeadm; \`${document} | kubeadm certs check-expiration --config /dev/stdin\` on ${where} says what it does not take) until \`kubeadm certs check-expiration\` there no longer falls back to a default configuration`;
}

function capital(sentence: string): string {
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;
}
