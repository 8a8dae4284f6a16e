// Reads with kubectl what else acts on the provider: autoscalers, GitOps' marks, and its Helm release. A
// release's Secret holds all values of its chart: only three labels of it are ever asked for.

import type { AutomationSeen } from "../akash/automation.ts";
import type { ProviderRef } from "../akash/provider.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, read } from "../core/outcome.ts";
import { templateRows } from "./go-template.ts";
import { getWithTemplate } from "./kubectl.ts";

/** By which a tool finds the objects it keeps as they stand in git. */
const marks = {
  labels: [
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/name",
  ],
  annotations: ["argocd.argoproj.io/tracking-id"],
} as const;

/** One word each, `-` for one that is not there. */
function fields(of: string, names: readonly string[]): string {
  const each = names.map((name) => `{{with index . "${name}"}}{{urlquery .}}{{else}}-{{end}}`);
  return `{{with ${of}}}${each.join(" ")}{{else}}${names.map(() => "-").join(" ")}{{end}}`;
}

const labels = [...marks.labels, "app.kubernetes.io/instance"];
const annotations = [...marks.annotations, "meta.helm.sh/release-name"];
const ofSet = `${fields(".metadata.labels", labels)} ${fields(".metadata.annotations", annotations)}`;
const ofScaler = "{{urlquery .spec.scaleTargetRef.kind}} {{urlquery .spec.scaleTargetRef.name}}";

export function listScalers({ namespace }: ProviderRef): ReadCommand {
  return getWithTemplate(
    ["-n", namespace, "statefulsets.apps,horizontalpodautoscalers.autoscaling"],
    `{{range .items}}{{.kind}} {{urlquery .metadata.name}} {{if eq .kind "StatefulSet"}}${ofSet}{{else}}${ofScaler}{{end}}{{"\\n"}}{{end}}`,
  );
}

export function listReleases({ namespace }: ProviderRef): ReadCommand {
  return getWithTemplate(
    ["-n", namespace, "secrets", "-l", "owner=helm"],
    `{{range .items}}${fields(".metadata.labels", ["name", "status", "version"])}{{"\\n"}}{{end}}`,
  );
}

export function parseAutomation(
  outcomes: { readonly scalers: Outcome; readonly releases: Outcome },
  provider: ProviderRef,
): Reading<AutomationSeen> {
  const objects = templateRows(outcomes.scalers, "autoscalers", (words) => words);
  if (objects.kind === "unreadable") return objects;
  const releases = templateRows(outcomes.releases, "Helm releases", releaseOf);
  if (releases.kind === "unreadable") return releases;
  const set = objects.value.find(
    ([kind, name]) => kind === "StatefulSet" && name === provider.name,
  );
  const known = new Map(
    [...labels, ...annotations].map((name, index) => [name, set?.[index + 2] ?? "-"] as const),
  );
  const scalers = objects.value.flatMap(([kind, name = "", target, targetName]) => {
    const isOurs = target === "StatefulSet" && targetName === provider.name;
    return kind === "HorizontalPodAutoscaler" && isOurs ? [name] : [];
  });
  const owners = [...marks.labels, ...marks.annotations].flatMap((name) => {
    const value = known.get(name) ?? "-";
    return value === "-" ? [] : [`${name}=${value}`];
  });
  const mine = [known.get("meta.helm.sh/release-name"), known.get("app.kubernetes.io/instance")];
  const name = mine.find((one) => one !== undefined && one !== "-");
  const [release] = releases.value
    .filter((one) => one.name === name)
    .sort((one, other) => other.revision - one.revision);
  return read({ release, scalers, owners });
}

function releaseOf([name = "", status = "", version = ""]: readonly string[]):
  | NonNullable<AutomationSeen["release"]>
  | undefined {
  return /^\d{1,9}$/.test(version) ? { name, status, revision: Number(version) } : undefined;
}
