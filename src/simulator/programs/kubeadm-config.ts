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
      /** What it says on stdout first, and what it logs. */
      readonly said: string;
      readonly logged: string;
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
    const logged = warningsOf(text);
    return because === undefined
      ? { kind: "taken", text, said: "", logged }
      : { kind: "refused", because: logged + because };
  }
  const kubeconfig = values.get("--kubeconfig") ?? "/etc/kubernetes/admin.conf";
  const nothing = { kind: "taken", text: "", said: "", logged: "" } as const;
  if (!hasItsContext(textAt(host, kubeconfig))) return nothing;
  const reading = `[${verb}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[${verb}] Use 'kubeadm init phase upload-config --config your-config-file' to re-upload it.
`;
  const asked = reachApi(site.model, host, { kubeconfig, server: undefined, asksForKinds: false });
  const text = asked.kind === "server" ? site.model.clusterConfiguration : "";
  if (refusalOf(text) === undefined) return { ...nothing, text, said: `${reading}\n` };
  const fallsBack = `[${verb}] Error reading configuration from the Cluster. Falling back to default configuration\n`;
  return { ...nothing, said: `${reading}${fallsBack}\n` };
}

/** Of what its YAML holds: kinds that it passes over, versions and fields that it does not know. */
function warningsOf(text: string): string {
  return text.split(/^---$/m).flatMap(warningsOfDocument).map(logLine).join("");
}

function logLine([place, words]: Warning): string {
  return `W1122 03:00:00.000000    2975 ${place}] ${words}\n`;
}

type Warning = readonly [place: string, words: string];

function warningsOfDocument(text: string): readonly Warning[] {
  const field = (name: string) => new RegExp(`^${name}: (\\S+)$`, "m").exec(text)?.[1] ?? "";
  const [apiVersion, kind] = [field("apiVersion"), field("kind")];
  if (!apiVersion.startsWith("kubeadm.k8s.io/")) return [];
  const version = apiVersion.replace(/^.*\//, "");
  if (kind === "JoinConfiguration") {
    const what = `Ignored configuration document with GroupVersionKind ${apiVersion}, Kind=${kind}`;
    return [["initconfiguration.go:362", `[config] WARNING: ${what}`]];
  }
  const old = `your configuration file uses a deprecated API spec: "${apiVersion}" (kind: "${kind}"). Please use 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', which will write the new, similar spec using a newer API version.`;
  const unknown = kind === "ClusterConfiguration" ? unknownFields(text) : [];
  const strictly = `error unmarshaling configuration schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"${version}", Kind:"${kind}"}: strict decoding error: ${unknown.map((name) => `unknown field "${name}"`).join(", ")}`;
  return [
    ...(version === "v1beta4" ? [] : [["common.go:101", old] as const]),
    ...(unknown.length === 0 ? [] : [["initconfiguration.go:333", strictly] as const]),
  ];
}

/** Of a ClusterConfiguration v1beta4. */
const fields =
  "apiServer apiVersion caCertificateValidityPeriod certificateValidityPeriod certificatesDir clusterName controlPlaneEndpoint controllerManager dns encryptionAlgorithm etcd featureGates imageRepository kind kubernetesVersion networking proxy scheduler".split(
    " ",
  );

function unknownFields(text: string): readonly string[] {
  const names = [...text.matchAll(/^(\w+):/gm)].map(([, name = ""]) => name);
  return names.filter((name) => !fields.includes(name));
}

function refusalOf(text: string): string | undefined {
  if (/^[^#\n]*\[[^\]\n]*$/m.test(text)) {
    const at = "line 1: did not find expected node content";
    return `could not interpret GroupVersionKind; unmarshal error: error converting YAML to JSON: yaml: ${at}`;
  }
  if (!/^kind: (Init|Cluster)Configuration$/m.test(text)) {
    return "no InitConfiguration or ClusterConfiguration kind was found in the configuration file";
  }
  const [, version, minor] = /^kubernetesVersion: (v1\.(\d+)\.\d+)$/m.exec(text) ?? [];
  return version === undefined || Number(minor) >= oldestMinor
    ? undefined
    : `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${oldestMinor}.0. Current version: ${version}`;
}
