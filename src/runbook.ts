// THE ORDER: from the facts of a survey to the list of planned steps, the guide as one screen.

import { isLeftStopped } from "./akash/provider.ts";
import { type Component, components } from "./cluster/component.ts";
import {
  apiServerAddress,
  type ClusterFacts,
  controlPlaneHosts,
  type HostFacts,
  listenerOf,
} from "./cluster/facts.ts";
import { signedForMs } from "./cluster/validity.ts";
import { invariant } from "./core/invariant.ts";
import type { Json } from "./core/json.ts";
import { type Plan, type PlannedStep, type Purpose, planStep, planVersion } from "./core/plan.ts";
import type { Given } from "./gates/services.ts";
import { rememberBeforeStop } from "./gates/stop-memory.ts";
import { type Gated, gatesAfterStart, gatesBeforeStart, gatesBeforeStop, under } from "./gates.ts";
import {
  access,
  accessOrNull,
  apiServerEndpoint,
  clockOffsetOf,
  clusterIdOf,
  containerOf,
  hasKubeconfig,
  leadersOf,
  mustHold,
  nodeName,
  plannedCertificates,
  snapshotHost,
  theProvider,
} from "./runbook/facts.ts";
import {
  archivePath,
  backupFolder,
  mending,
  renewalGoal,
  staticPodsOf,
} from "./runbook/renewal.ts";

export interface RotationOptions extends Gated {
  readonly window: string;
  /** `all`: as the guide does. `needed`: only what does not reload its certificate by itself. */
  readonly restart: "all" | "needed";
  /** Whatever `restart` says. */
  readonly restartEtcd: boolean;
}

const rootKubeconfig = "/root/.kube/config";

/** The whole guide. The facts must be free of blockers (see readiness.ts). */
export function planRotation(facts: ClusterFacts, options: RotationOptions): Plan {
  const { primary } = facts;
  const provider = theProvider(facts);
  const nodes = controlPlaneHosts(facts);
  const steps = [
    // More than the survey has looked at: what is wrong is to be found while the provider still
    // works.
    health(facts, primary, "before-window"),
    ...gatesBeforeStop(facts, options),
    ...forgetting(facts),
    stopping(facts),
    ...nodes.map((host) => planStep("check-expiration", host.name, expirationGoal(facts, host))),
    ...etcdBackup(facts, options.window),
    ...facts.hosts.flatMap((host) => archive(host, options.window)),
    // The backups may take long: what was healthy before them need not be so now.
    health(facts, primary, "before-renewal"),
    ...nodes.flatMap((host) => renewNode(facts, host, options)),
    ...closing(facts, { replicas: provider.replicas }, options),
  ];
  const mendings = nodes.map((host) => mending(host, options.window));
  return { ...plan(facts, "rotation", steps, options), mendings };
}

/** Upheld from here on, until the closing step that starts it again. */
function stopping(facts: ClusterFacts): PlannedStep {
  const { namespace, name } = theProvider(facts);
  return { ...planStep("stop-provider", facts.primary, { namespace, name }), standing: true };
}

/**
 * Of a `provider stop` that was cut off: the provider would seem to be meant to be at 0 once we
 * stop it.
 */
function forgetting(facts: ClusterFacts): readonly PlannedStep[] {
  const { namespace, name, replicas, previousReplicas } = theProvider(facts);
  if (replicas === 0 || previousReplicas === undefined) return [];
  return [planStep("forget-replicas", facts.primary, { namespace, name, replicas })];
}

/** Steps 1 to 4 of the guide, and its gate before the next node. */
function renewNode(
  facts: ClusterFacts,
  host: HostFacts,
  options: RotationOptions,
): readonly PlannedStep[] {
  const restarts = restartsOf(facts, host, options);
  return [
    planStep("renew-certificates", host.name, renewalGoal(host, options.window)),
    planStep("update-kubeconfig", host.name, {
      path: rootKubeconfig,
      stamp: new Date(facts.surveyedAt).toISOString().replace(/[-:]|\.\d+/g, ""),
    }),
    ...restarts,
    planStep("verify-renewal", host.name, {
      certificates: plannedCertificates(host),
      restarted: restarts
        .filter((step) => step.step === "restart-component")
        .flatMap((step) => step.key.replace(/^.*:(.*)@.*$/, "$1").split("+"))
        .map((name) => ({ component: name, container: containerOf(host, name) })),
      endpoint: apiServerEndpoint(host),
      node: nodeName(facts, host),
      kubeconfig: hasKubeconfig(host, rootKubeconfig) ? rootKubeconfig : null,
    }),
    health(facts, host.name),
  ];
}

function restartsOf(
  facts: ClusterFacts,
  host: HostFacts,
  { restart, restartEtcd }: RotationOptions,
): readonly PlannedStep[] {
  const pods = staticPodsOf(host);
  const wanted = components
    .filter((component) => pods.includes(component.name))
    .filter(
      ({ name, reloads }) => restart === "all" || !reloads || (restartEtcd && name === "etcd"),
    );
  const steps = together(wanted).flatMap((group) => {
    const step = planStep(
      "restart-component",
      host.name,
      {
        components: group.map((one) => restarted(host, one)),
        files: group.flatMap((component) => filesOf(host, component)),
        apiServer: `https://${apiServerAddress(host)}`,
        plannedAt: facts.surveyedAt + clockOffsetOf(host),
      },
      group.map(({ name }) => name).join("+"),
    );
    // A member is only disturbed when all the others have just been seen healthy.
    const isEtcd = group.some(({ name }) => name === "etcd");
    return isEtcd ? [health(facts, host.name, "before-etcd"), step] : [step];
  });
  if (!restartEtcd || facts.topology !== "host-etcd" || !host.roles.etcd) return steps;
  const invocation = host.basics.kind === "read" ? host.basics.value.etcdUnit.invocation : "";
  return [...steps, planStep("restart-etcd", host.name, { etcd: access(host), invocation })];
}

function restarted(host: HostFacts, { name, graceSeconds, healthUrl }: Component) {
  const address = healthUrl === undefined ? undefined : listenerOf(host, name)?.address;
  const goal = { name, container: containerOf(host, name), graceSeconds };
  return address === undefined ? goal : { ...goal, healthUrl: `https://${address}/healthz` };
}

function filesOf(host: HostFacts, { reads, readsWherePresent }: Component): readonly string[] {
  const present = plannedCertificates(host).map(({ name }) => name);
  const also = readsWherePresent.filter((file) => present.includes(file));
  return [...reads, ...also].map((file) => `/etc/kubernetes/${file}`);
}

/** Scheduler and controller-manager serve nobody on their node: they start again side by side. */
function together(wanted: readonly Component[]): readonly (readonly Component[])[] {
  const groups: Component[][] = [];
  let before: Component | undefined;
  for (const one of wanted) {
    if (one.alone || before === undefined || before.alone) groups.push([one]);
    else groups.at(-1)?.push(one);
    before = one;
  }
  return groups;
}

/** Snapshot and copy of it, for a window and for `drydock backup etcd`. */
export function etcdBackup(facts: ClusterFacts, window: string): readonly PlannedStep[] {
  const host = snapshotHost(facts);
  const endpoints = facts.etcd.kind === "read" ? facts.etcd.value.endpoints : [];
  const goal = {
    path: `${backupFolder}/${window}/etcd-snapshot.db`,
    as: "etcd-snapshot.db",
    etcd: access(host),
    revisionMin: Math.max(0, ...endpoints.map(({ revision }) => revision)),
    sizeBytes: Math.max(0, ...endpoints.map(({ sizeBytes }) => sizeBytes)),
  };
  return [planStep("backup-etcd", host.name, goal), planStep("bring-snapshot", host.name, goal)];
}

/** Archive and copy of it, for a window and for `drydock backup certs`. */
export function archive(host: HostFacts, window: string): readonly PlannedStep[] {
  const goal = {
    path: archivePath(host, window),
    as: `${host.name}.tar.gz`,
    mustHold: mustHold(host),
  };
  return [
    planStep("backup-certificates", host.name, goal),
    planStep("bring-archive", host.name, goal),
  ];
}

/** What ends every window, and all that an abandoned one still does. */
function closing(facts: ClusterFacts, given: Given, gated: Gated): readonly PlannedStep[] {
  const provider = theProvider(facts);
  const { namespace, name } = provider;
  const { replicas } = given;
  const left = replicas === 0 && isLeftStopped(provider) ? { leftStopped: true } : {};
  return [
    ...under("health", gated, [health(facts, facts.primary, "before-start")]),
    ...gatesBeforeStart(facts, gated, given),
    {
      ...planStep("start-provider", facts.primary, { namespace, name, replicas, ...left }),
      lifts: stopping(facts).key,
    },
    ...gatesAfterStart(facts, gated, given),
  ].map((step) => ({ ...step, closing: true }));
}

/** The operator's own maintenance between stopping and starting the provider. */
export function planHold(facts: ClusterFacts, gated: Gated): Plan {
  const steps = [
    ...gatesBeforeStop(facts, gated),
    ...forgetting(facts),
    stopping(facts),
    ...closing(facts, { replicas: theProvider(facts).replicas }, gated),
  ];
  return plan(facts, "hold", steps, gated);
}

export function planProviderStop(facts: ClusterFacts): Plan {
  const { namespace, name, replicas, previousReplicas } = theProvider(facts);
  const remembered = replicas === 0 ? previousReplicas : replicas;
  // Of a provider that is stopped already the survey may see what some maintenance left.
  const before = replicas === 0 ? undefined : rememberBeforeStop(facts);
  const remember = {
    ...{ namespace, name, replicas: remembered ?? 0 },
    ...(before === undefined ? {} : { before }),
  };
  return plan(facts, "provider-stop", [
    ...(remembered === undefined ? [] : [planStep("remember-replicas", facts.primary, remember)]),
    planStep("stop-provider", facts.primary, { namespace, name }),
  ]);
}

export function planProviderStart(facts: ClusterFacts, given: Given, gated: Gated): Plan {
  const { namespace, name } = theProvider(facts);
  const goal = { namespace, name, replicas: given.replicas };
  const steps = [
    ...closing(facts, given, gated)
      // It has paused nothing.
      .filter(({ step }) => !step.startsWith("resume-"))
      .map(({ lifts: _, ...step }) => ({ ...step, closing: false })),
    planStep("forget-replicas", facts.primary, goal),
  ];
  return plan(facts, "provider-start", steps, gated);
}

/**
 * A plan that locks every host it touches, and always the control plane: what of it can be reached.
 */
export function plan(
  facts: ClusterFacts,
  purpose: Purpose,
  steps: readonly PlannedStep[],
  gated: Gated = { skip: [] },
): Plan {
  invariant(new Set(steps.map((one) => one.key)).size === steps.length, "two steps have one key");
  const touched = new Set(steps.map((step) => step.host));
  const lockHosts = facts.hosts
    .filter((host) => (host.roles.controlPlane && host.away !== true) || touched.has(host.name))
    .map((host) => host.name)
    .sort();
  const skipped = gated.skip.length === 0 ? {} : { skipped: gated.skip };
  const clusterId = clusterIdOf(facts);
  return {
    ...{ version: planVersion, purpose, cluster: facts.cluster, lockHosts, steps },
    ...(clusterId === undefined ? {} : { clusterId }),
    ...skipped,
  };
}

function health(facts: ClusterFacts, host: string, what?: string): PlannedStep {
  const goal = {
    apiServers: controlPlaneHosts(facts).map((one) => `https://${apiServerAddress(one)}`),
    nodes: facts.nodes.kind === "read" ? facts.nodes.value.map((node) => node.name) : [],
    etcd: accessOrNull(facts, host),
    leaders: leadersOf(facts),
    leaderSilentSecondsMax: what === "before-start" ? 20 : 60,
  };
  return planStep("check-cluster-health", host, goal, what);
}

function expirationGoal(facts: ClusterFacts, host: HostFacts): Json {
  const names = plannedCertificates(host).map((one) => one.name);
  return { names, renewedUntil: facts.surveyedAt + signedForMs(host) };
}
