// Reads with kubectl what the lease clock, the ledger and the gates need to know of the provider,
// and no other variable of its environment: keys and tokens may stand beside them.

import { clockVariables } from "../akash/lease-clock.ts";
import type { ProviderRef } from "../akash/provider.ts";
import { versionVariable } from "../akash/release.ts";
import { rpcVariables } from "../akash/rpc-node.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";
import { templateRows } from "./go-template.ts";
import { getWithTemplate } from "./kubectl.ts";

/** The provider's settings on the cluster, by the names of its environment. */
export interface ProviderSettings {
  readonly image: string;
  /** `provider-18.0.0`, from Helm's label; empty when there is none. */
  readonly chart: string;
  /** The label app.kubernetes.io/version: what the chart was made for; empty when there is none. */
  readonly versionLabel: string;
  readonly variables: ReadonlyMap<string, string>;
}

const wanted: readonly string[] = [
  ...clockVariables,
  ...rpcVariables,
  ...["AKASH_", "AP_"].flatMap((prefix) => [`${prefix}FROM`, `${prefix}MANIFEST_TIMEOUT`]),
  versionVariable,
];

const among = wanted.map((name) => `"${name}"`).join(" ");
// `index` of labels that are not there is an error of the template's.
const chart =
  '{{with .metadata.labels}}{{with index . "helm.sh/chart"}}{{urlquery .}}{{end}}{{end}}';

const version =
  '{{with .metadata.labels}}{{with index . "app.kubernetes.io/version"}}version {{urlquery $set}} {{urlquery .}}{{"\\n"}}{{end}}{{end}}';

const ofSet =
  "{{$set := .metadata.name}}" +
  `set {{urlquery $set}} ${chart}{{"\\n"}}${version}` +
  "{{with index .spec.template.spec.containers 0}}" +
  'image {{urlquery $set}} {{urlquery .image}}{{"\\n"}}' +
  '{{range .envFrom}}{{with .configMapRef}}from {{urlquery $set}} {{urlquery .name}}{{"\\n"}}{{end}}{{end}}' +
  `{{range .env}}{{if eq .name ${among}}}env {{urlquery $set}} {{.name}} {{urlquery .value}}{{"\\n"}}{{end}}{{end}}` +
  "{{end}}";

const ofConfigMap =
  "{{$map := .metadata.name}}" +
  `{{range $name, $value := .data}}{{if eq $name ${among}}}` +
  'data {{urlquery $map}} {{$name}} {{urlquery $value}}{{"\\n"}}{{end}}{{end}}';

/** The namespace's ConfigMaps come along, because which of them count stands in the StatefulSet. */
export function readProviderSettings(provider: ProviderRef): ReadCommand {
  return getWithTemplate(
    ["-n", provider.namespace, "statefulsets.apps,configmaps"],
    `{{range .items}}{{if eq .kind "StatefulSet"}}${ofSet}{{else}}${ofConfigMap}{{end}}{{end}}`,
  );
}

type Line =
  | {
      readonly kind: "set" | "version" | "image" | "from";
      readonly of: string;
      readonly value: string;
    }
  | {
      readonly kind: "env" | "data";
      readonly of: string;
      readonly name: string;
      readonly value: string;
    };

export function parseProviderSettings(
  outcome: Outcome,
  provider: ProviderRef,
): Reading<ProviderSettings> {
  const what = `settings of ${provider.namespace}/${provider.name}`;
  const lines = templateRows(outcome, what, lineOf);
  if (lines.kind === "unreadable") return lines;
  const own = lines.value.filter((line) => line.kind === "data" || line.of === provider.name);
  const single = (kind: "set" | "version" | "image") =>
    own.find((line) => line.kind === kind)?.value;
  const image = single("image");
  if (image === undefined) return unreadable(`${what}: there is no such StatefulSet`);
  const variables = new Map<string, string>();
  // As Kubernetes does it: a later ConfigMap before an earlier one, and `env` before them all.
  for (const from of own) {
    if (from.kind !== "from") continue;
    for (const line of own) {
      if (line.kind === "data" && line.of === from.value) variables.set(line.name, line.value);
    }
  }
  for (const line of own) if (line.kind === "env") variables.set(line.name, line.value);
  const [chartLabel, versionLabel] = [single("set") ?? "", single("version") ?? ""];
  return read({ image, chart: chartLabel, versionLabel, variables });
}

function lineOf([kind, of = "", ...rest]: readonly string[]): Line | undefined {
  const [first = "", second] = rest;
  switch (kind) {
    case "set":
    case "version":
    case "image":
    case "from":
      return { kind, of, value: first };
    case "env":
    case "data":
      return second === undefined ? undefined : { kind, of, name: first, value: second };
    default:
      return undefined;
  }
}
