// Reads with kubectl what else acts on the provider and its nodes: autoscalers, CronJobs, GitOps'
// marks, its Helm release, and what reboots or upgrades nodes. A release's Secret holds all values
// of its chart: only three labels of it are ever asked for.

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
    ["-n", namespace, "statefulsets.apps,horizontalpodautoscalers.autoscaling,cronjobs.batch"],
    `{{range .items}}{{.kind}} {{urlquery .metadata.name}} {{if eq .kind "StatefulSet"}}${ofSet}{{else if eq .kind "CronJob"}}{{urlquery .spec.suspend}}{{else}}${ofScaler}{{end}}{{"\\n"}}{{end}}`,
  );
}

export function listReleases({ namespace }: ProviderRef): ReadCommand {
  return getWithTemplate(
    ["-n", namespace, "secrets", "-l", "owner=helm"],
    `{{range .items}}${fields(".metadata.labels", ["name", "status", "version"])}{{"\\n"}}{{end}}`,
  );
}

const names =
  '{{range .items}}{{urlquery .metadata.namespace}} {{urlquery .metadata.name}}{{"\\n"}}{{end}}';

/** kured is found by its name among them: its chart names it after the release. */
export const listDaemonSets: ReadCommand = getWithTemplate(
  ["daemonsets.apps", "--all-namespaces"],
  names,
);

/** Those of Rancher's system-upgrade-controller; on most clusters there is no such kind. */
export const listUpgradePlans: ReadCommand = getWithTemplate(
  ["plans.upgrade.cattle.io", "--all-namespaces"],
  names,
);

interface AutomationOutcomes {
  readonly scalers: Outcome;
  readonly releases: Outcome;
  readonly daemonSets: Outcome;
  readonly plans: Outcome;
}

export function parseAutomation(
  outcomes: AutomationOutcomes,
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
  const isHelms = release !== undefined || (mine[0] ?? "-") !== "-";
  const label = mine[1] ?? "-";
  const instance = isHelms || owners.length > 0 || label === "-" ? undefined : label;
  const cronJobs = objects.value.flatMap(([kind, job = "", suspended]) =>
    kind === "CronJob" && suspended !== "true" ? [job] : [],
  );
  return read({ release, scalers, owners, instance, cronJobs, nodeTools: nodeToolsOf(outcomes) });
}

function nodeToolsOf({ daemonSets, plans }: AutomationOutcomes): Reading<readonly string[]> {
  const sets = templateRows(daemonSets, "DaemonSets", nameOf);
  if (sets.kind === "unreadable") return sets;
  const known = isNoKind(plans) ? read([]) : templateRows(plans, "upgrade plans", nameOf);
  if (known.kind === "unreadable") return known;
  const rebooters = sets.value.filter((name) => /\/(.+-)?kured(-.+)?$/.test(name));
  return read([
    ...rebooters.map((name) => `DaemonSet ${name} (kured) reboots nodes`),
    ...known.value.map((name) => `Plan ${name} of the system-upgrade-controller changes nodes`),
  ]);
}

function nameOf([namespace, name]: readonly string[]): string | undefined {
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

function isNoKind(outcome: Outcome): boolean {
  return outcome.kind === "exited" && /doesn't have a resource type/.test(outcome.stderr);
}

function releaseOf([name = "", status = "", version = ""]: readonly string[]):
  | NonNullable<AutomationSeen["release"]>
  | undefined {
  return /^\d{1,9}$/.test(version) ? { name, status, revision: Number(version) } : undefined;
}
