// Where kubeadm certs takes its configuration from: a file, the cluster's ConfigMap, or its
// defaults. As kubeadm 1.33.5 does it and says it, tried with each of them.

import { fileAt, textAt } from "../files.ts";
import { reachApi } from "../nature/api.ts";
import { hasItsContext } from "../nature/kubeconfig.ts";
import type { Call } from "./call.ts";

/** The oldest control plane that version 1.33 sets up. */
const oldestMinor = 32;

export type Configuration =
  | {
      readonly kind: "taken";
      /** A ClusterConfiguration; empty where it goes by its defaults. */
      readonly text: string;
      /** What it says on stdout first. */
      readonly said: string;
    }
  | { readonly kind: "refused"; readonly because: string };

/**
 * A cluster that cannot be asked is not an error, nor is a document that it cannot use: it takes
 * defaults, and says why to nobody. The cluster is asked only where no file is given: a question
 * more would turn the balancer.
 */
export function configurationOf(
  { host, site }: Call,
  { verb, values }: { readonly verb: string; readonly values: ReadonlyMap<string, string> },
): Configuration {
  const file = values.get("--config");
  if (file !== undefined) {
    const stored = fileAt(host, file);
    const text = stored?.content ?? "";
    const because =
      stored === undefined
        ? `unable to read config from "${file}" : open ${file}: no such file or directory`
        : refusalOf(text);
    return because === undefined ? { kind: "taken", text, said: "" } : { kind: "refused", because };
  }
  const kubeconfig = values.get("--kubeconfig") ?? "/etc/kubernetes/admin.conf";
  if (!hasItsContext(textAt(host, kubeconfig))) return { kind: "taken", text: "", said: "" };
  const reading = `[${verb}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[${verb}] Use 'kubeadm init phase upload-config --config your-config-file' to re-upload it.
`;
  const asked = reachApi(site.model, host, { kubeconfig, server: undefined, raw: false });
  const text = asked.kind === "server" ? site.model.clusterConfiguration : "";
  if (refusalOf(text) === undefined) return { kind: "taken", text, said: `${reading}\n` };
  const fallsBack = `[${verb}] Error reading configuration from the Cluster. Falling back to default configuration\n`;
  return { kind: "taken", text: "", said: `${reading}${fallsBack}\n` };
}

function refusalOf(text: string): string | undefined {
  if (!/^kind: (Init|Cluster)Configuration$/m.test(text)) {
    return "no InitConfiguration or ClusterConfiguration kind was found in the configuration file";
  }
  const [, version, minor] = /^kubernetesVersion: (v1\.(\d+)\.\d+)$/m.exec(text) ?? [];
  return version === undefined || Number(minor) >= oldestMinor
    ? undefined
    : `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestMinor}.0. Current version: ${version}`;
}
