// Looks at the whole cluster once. Reads only, all hosts at the same time, and works with the API
// down.

import type { AutomationSeen } from "./akash/automation.ts";
import type { LeasesSeen } from "./akash/ledger.ts";
import type { OperatorBefore } from "./akash/operators.ts";
import type { ProviderSeen } from "./akash/provider.ts";
import { leaderNames } from "./cluster/component.ts";
import { type EtcdAccess, staticPodAccess } from "./cluster/etcd.ts";
import type {
  CertificatesSeen,
  ClusterFacts,
  HostBasics,
  HostFacts,
  HostRoles,
  NodeFacts,
  Topology,
} from "./cluster/facts.ts";
import { nodeCertificates } from "./cluster/node-certificates.ts";
import { flag, kubeadmConfigFile, setting } from "./cluster/node-files.ts";
import { endpointsOf } from "./cluster/served.ts";
import type { Chain } from "./core/chain.ts";
import { parseLock, readLock } from "./core/lock.ts";
import { type Outcome, type Reading, read, unreadable } from "./core/outcome.ts";
import type { Clock, Host } from "./core/world.ts";
import {
  listDaemonSets,
  listReleases,
  listScalers,
  listUpgradePlans,
  parseAutomation,
} from "./programs/automation-objects.ts";
import { parseCertificateFiles, readCertificateFiles } from "./programs/certificate-files.ts";
import { parseEtcdEnv, readEtcdEnv } from "./programs/etcdctl.ts";
import { parseHostBasics, readHostBasics } from "./programs/host-basics.ts";
import { conditionOf, get, type KubernetesObject, parseList } from "./programs/kubectl.ts";
import { findProviders, parseProviders } from "./programs/provider-objects.ts";
import { readInventoryBefore } from "./steps/read-inventory.ts";
import { readLeases } from "./steps/read-leases.ts";
import { rememberOperator, seeOperators } from "./steps/read-operators.ts";
import { ask } from "./survey/ask.ts";
import { surveyEtcd } from "./survey/etcd.ts";
import { surveyKubeadm } from "./survey/kubeadm.ts";
import { surveyComponents, surveyKubelets } from "./survey/kubelet.ts";
import { surveyValidity } from "./survey/validity.ts";

/** A host to look at, with what the inventory says of it. */
export interface SurveyedHost {
  readonly host: Host;
  readonly address: string;
  readonly roles: HostRoles;
  /** How a person logs in there: `ssh -p 2222 10.0.0.1`. */
  readonly login?: string;
  /** Why it could not be reached, where a command goes on without it: it is not asked again. */
  readonly away?: string;
  /** What kept the last attempt to log in there from it. */
  trouble?(): LoginTrouble | undefined;
}

export interface LoginTrouble {
  /** Host first: `node1 (10.0.0.1): …`. */
  readonly message: string;
  readonly remedy: string;
}

export async function survey(on: {
  readonly cluster: string;
  readonly hosts: readonly SurveyedHost[];
  readonly clock: Clock;
  /** Given, the leases are read too. */
  readonly chain?: Chain;
  /** This machine, as hosts tell theirs. */
  readonly machine?: string | undefined;
}): Promise<ClusterFacts> {
  const surveyedAt = on.clock.now();
  const controlPlane = on.hosts.filter((one) => one.roles.controlPlane && one.away === undefined);
  const [first] = controlPlane;
  const [hosts, asked] = await Promise.all([
    Promise.all(on.hosts.map((one) => surveyHost(one, on.clock))),
    askCluster(first?.host, on),
  ]);
  const answers = (one: SurveyedHost) =>
    hosts.some(({ name, basics }) => name === one.host.name && basics.kind === "read");
  // The first one answers for the cluster, unless it does not answer at all.
  const answering = controlPlane.find(answers) ?? first;
  const seen = answering === first ? asked : await askCluster(answering?.host, on);
  const [known, etcd, kubelets, inventory, operators, automation] = await Promise.all([
    surveyValidity(answering?.host, hosts),
    surveyEtcd(on.hosts, hosts),
    surveyKubelets(on.hosts, { hosts, ...seen }),
    surveyInventory(answering?.host, on, seen.providers),
    surveyOperators(answering?.host, on, seen.providers),
    surveyAutomation(answering?.host, seen.providers),
  ]);
  return {
    cluster: on.cluster,
    surveyedAt,
    topology: topologyOf(hosts),
    primary: answering?.host.name ?? "",
    hosts: known,
    ...hereOf(known, on.machine),
    ...seen,
    ...(Object.keys(kubelets).length === 0 ? {} : { kubelets }),
    etcd,
    ...(automation === undefined ? {} : { automation }),
    inventory,
    ...(operators === undefined ? {} : { operators }),
  };
}

function hereOf(
  hosts: readonly HostFacts[],
  machine: string | undefined,
): Pick<ClusterFacts, "here"> {
  const here = hosts.find(
    ({ basics }) => basics.kind === "read" && basics.value.machine === machine,
  );
  return here === undefined ? {} : { here: here.name };
}

async function askCluster(
  host: Host | undefined,
  on: { readonly chain?: Chain; readonly clock: Clock },
): Promise<Pick<ClusterFacts, "nodes" | "providers" | "leases">> {
  const [nodes, providers, leases] = await Promise.all([
    host === undefined ? missing : ask(host, get(["nodes"]), parseNodes),
    host === undefined ? missing : ask(host, findProviders, parseProviders),
    surveyLeases(host, on),
  ]);
  return { nodes, providers, leases };
}

async function surveyAutomation(
  host: Host | undefined,
  providers: Reading<readonly ProviderSeen[]>,
): Promise<Reading<AutomationSeen> | undefined> {
  const [provider, ...others] = providers.kind === "read" ? providers.value : [];
  if (host === undefined || provider === undefined || others.length > 0) return undefined;
  const [scalers, releases, daemonSets, plans] = await Promise.all([
    host.run(listScalers(provider)),
    host.run(listReleases(provider)),
    host.run(listDaemonSets),
    host.run(listUpgradePlans),
  ]);
  return parseAutomation({ scalers, releases, daemonSets, plans }, provider);
}

async function surveyLeases(
  host: Host | undefined,
  { chain, clock }: { readonly chain?: Chain; readonly clock: Clock },
): Promise<LeasesSeen | undefined> {
  if (host === undefined || chain === undefined) return undefined;
  return readLeases({ run: (command) => host.run(command), chain, now: clock.now() });
}

async function surveyInventory(
  host: Host | undefined,
  { chain }: { readonly chain?: Chain },
  providers: Reading<readonly ProviderSeen[]>,
): Promise<ClusterFacts["inventory"]> {
  const [provider] = providers.kind === "read" ? providers.value : [];
  if (host === undefined || chain === undefined || provider === undefined) return undefined;
  return readInventoryBefore({ run: (command) => host.run(command) }, provider.namespace);
}

async function surveyOperators(
  host: Host | undefined,
  { chain }: { readonly chain?: Chain },
  providers: Reading<readonly ProviderSeen[]>,
): Promise<Reading<readonly OperatorBefore[]> | undefined> {
  const [provider] = providers.kind === "read" ? providers.value : [];
  if (host === undefined || chain === undefined || provider === undefined) return undefined;
  const seen = await seeOperators({ run: (one) => host.run(one) }, provider.namespace);
  if (seen.kind === "unreadable") return seen;
  const wanted = seen.value.filter(({ replicas }) => replicas > 0);
  return read(wanted.map(rememberOperator));
}

const missing = unreadable("the inventory has no control plane node");

async function surveyHost(one: SurveyedHost, clock: Clock): Promise<HostFacts> {
  const { host, away, trouble: _, ...told } = one;
  if (away !== undefined) return hostAway(one, away);
  const askedAt = clock.now();
  const asked = host
    .run(readHostBasics)
    .then((outcome) => parseHostBasics(outcome, { askedAt, answeredAt: clock.now() }));
  const [basics, kubeadm, components, lock, etcdAccess, certificates] = await Promise.all([
    asked,
    // Not beside it: it would see this kubeadm at work.
    asked.then((seen) => (told.roles.controlPlane ? surveyKubeadm(host, seen) : {})),
    told.roles.controlPlane ? surveyComponents(host, clock, asked) : { components: read([]) },
    ask(host, readLock(), parseLock),
    told.roles.etcd ? ask(host, readEtcdEnv, parseEtcdEnv) : unreadable("not an etcd host"),
    ask(host, readCertificateFiles(), (outcome) => parseCertificates(outcome, one)),
  ]);
  const reached = etcdAccessOf(basics, etcdAccess);
  return {
    ...{ name: host.name, ...told, ...unreachedOf(one, basics) },
    ...{ basics, ...components, lock, certificates, ...kubeadm },
    etcdAccess: reached,
  };
}

function hostAway({ host, away: _, trouble: __, ...told }: SurveyedHost, away: string): HostFacts {
  const silent = unreadable(away);
  const nothing = {
    ...{ basics: silent, components: silent, lock: silent },
    ...{ etcdAccess: silent, certificates: silent },
  };
  return { name: host.name, ...told, away: true, ...nothing };
}

/**
 * Of a login that did not succeed: an answer that was cut off is another matter, and says so
 * itself.
 */
function unreachedOf(
  { trouble }: SurveyedHost,
  basics: Reading<HostBasics>,
): Pick<HostFacts, "unreached"> {
  const found = trouble?.();
  if (basics.kind === "read" || found === undefined) return {};
  if (!basics.because.includes(found.message)) return {};
  const [, because = found.message] = /^\S+ \(.*?\): (.*)$/s.exec(found.message) ?? [];
  return { unreached: { because, remedy: found.remedy } };
}

function parseCertificates(outcome: Outcome, one: SurveyedHost): Reading<CertificatesSeen> {
  const files = parseCertificateFiles(outcome);
  if (files.kind === "unreadable") return files;
  const validityPeriod = setting(files.value, kubeadmConfigFile, "certificateValidityPeriod");
  const leaderless = leaderNames.filter(
    (name) => flag(files.value, name, "leader-elect") === "false",
  );
  return read({
    entries: nodeCertificates(files.value, one.roles),
    endpoints: endpointsOf(files.value, {
      address: one.address,
      isControlPlane: one.roles.controlPlane,
    }),
    ...(validityPeriod === undefined ? {} : { validityPeriod }),
    ...(leaderless.length === 0 ? {} : { leaderless }),
  });
}

/** What /etc/etcd.env says, or kubeadm's paths where etcd is a static pod. */
function etcdAccessOf(basics: Reading<HostBasics>, env: Reading<EtcdAccess>): Reading<EtcdAccess> {
  if (basics.kind === "unreadable" || !basics.value.staticPods.includes("etcd")) return env;
  return read(staticPodAccess(basics.value.advertised));
}

function topologyOf(hosts: readonly HostFacts[]): Topology {
  const basics = hosts.flatMap((one) => (one.basics.kind === "read" ? [one.basics.value] : []));
  if (basics.some((one) => one.staticPods.includes("etcd"))) return "static-pod-etcd";
  if (basics.some((one) => one.etcdEnv)) return "host-etcd";
  return basics.some((one) => one.k3s) ? "k3s" : "unknown";
}

function parseNodes(outcome: Outcome): Reading<readonly NodeFacts[]> {
  const items = parseList(outcome, "nodes");
  return items.kind === "unreadable" ? items : read(items.value.map(nodeOf));
}

function nodeOf(node: KubernetesObject): NodeFacts {
  return {
    name: node.metadata.name,
    ready: conditionOf(node, "Ready") === "True",
    controlPlane: "node-role.kubernetes.io/control-plane" in (node.metadata.labels ?? {}),
    unschedulable: node.spec?.unschedulable ?? false,
    kubeletVersion: node.status?.nodeInfo?.kubeletVersion ?? "",
    addresses: (node.status?.addresses ?? []).map((one) => one.address),
  };
}
