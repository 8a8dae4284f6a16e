// What others do while a window runs, each one sentence of an incident. All of them may happen at
// any moment, and a correct tool survives them: it looks before each act and after it, stops with a
// remedy when it can not tell, and finds out what is left to do when it is run again.
//
// - Machines reboot, disks fill, clocks jump: time on a node is only compared with that node's own.
// - A machine loses its power between a key and its certificate: whoever goes on compares the
//   halves of each pair, and makes anew what does not fit, before anything is restarted with it.
// - Components come back late, or not: the next node is not touched before this one is whole.
// - etcd members end or lag, its quorum is lost for a while, and alarms are raised: a backup is
//   judged by its revision, and no member is disturbed while another is ill.
// - People and cron jobs scale the provider, renew by hand, delete mirror pods, take the lock away:
//   what they did is found by looking. Whose will counts is for people to say: then the window
//   stops.
// - A person replaces a kubeconfig by another file: whoever has it mounted alone goes on with the
//   old one, so that only a restart after the last change of the file counts.
// - Tenants close leases, accept bids, and use up deposits: the chain is theirs, also while the
//   provider is stopped. Each lease that became another one is told of with its reason, and none is
//   held for lost.
// - The provider's RPC node falls behind for a while: releases before 0.6.10 tear workloads down
//   when they start then, so that it is looked at before the provider is stopped and before it is
//   started.
// - An operator of the provider's breaks, or somebody scales it to 0: what it was is remembered,
//   and the provider is not started before each is as it was, or a person has left that gate out.
//
// What only people can mend (a full disk, a component that never comes back, an operator that is
// broken) is not mended here either.

import { fileAt, removeFile, renameFile, writeFile } from "./files.ts";
import { controlPlane, hostNamed, running, type StatefulSet, type StoredBytes } from "./model.ts";
import { haltHost } from "./nature/boot.ts";
import { scaleSet } from "./nature/controllers.ts";
import { endMember, joinMember, memberOf } from "./nature/etcd.ts";
import { exitContainer } from "./nature/kubelet.ts";
import { notice } from "./nature/notice.ts";
import { podsOfDeployment, restartDeployment } from "./nature/operators.ts";
import { unmatchedPairs } from "./nature/pairs.ts";
import { closeLease, lookAtChecks, winLease } from "./nature/provider.ts";
import { Ended } from "./programs/call.ts";
import { run } from "./programs/run.ts";
import type { Site } from "./site.ts";
import { cluster, somebody } from "./transition.ts";

function provider(site: Site): StatefulSet {
  const set = site.model.sets.find((one) => one.labels["app.kubernetes.io/name"] === "provider");
  if (set === undefined) throw new Error("this cluster has no provider");
  return set;
}

/** A person, or a cron job, scales the provider. */
export function scaleProvider(site: Site, replicas: number): void {
  scaleSet(site, provider(site), replicas, somebody);
}

/** The chain's node falls behind; it has caught up after a while. */
export function lagRpc(site: Site, ms: number): void {
  site.model.rpcSynced = false;
  site.model.events.push({ at: site.model.now + ms, kind: "rpc-synced" });
}

/** New pods of an operator do not become ready any more, and the one that runs ends. */
export function breakOperator(site: Site, name: string): void {
  const deployment = site.model.deployments.find((one) => one.name === name);
  if (deployment === undefined) throw new Error(`this cluster has no ${name}`);
  deployment.broken = true;
  for (const pod of podsOfDeployment(site.model, deployment)) pod.ready = false;
}

/** Somebody found out why. */
export function mendOperator(site: Site, name: string): void {
  const deployment = site.model.deployments.find((one) => one.name === name);
  if (deployment === undefined) throw new Error(`this cluster has no ${name}`);
  deployment.broken = false;
  restartDeployment(site.model, deployment);
}

/** A person scales an operator: at 0 none of its pods is left; back at 1 a new one starts. */
export function scaleOperator(site: Site, name: string, replicas: 0 | 1): void {
  const { model } = site;
  const deployment = model.deployments.find((one) => one.name === name);
  if (deployment === undefined) throw new Error(`this cluster has no ${name}`);
  deployment.replicas = replicas;
  if (replicas > 0) restartDeployment(model, deployment);
  const ended = replicas === 0 ? podsOfDeployment(model, deployment) : [];
  for (const pod of ended) {
    model.pods.splice(model.pods.indexOf(pod), 1);
  }
}

/** An etcd member ends, and does not come back by itself. */
export function stopMember(site: Site, host: string): void {
  endMember(site.model, host);
  const unit = hostNamed(site.model, host).etcdUnit;
  if (unit !== undefined) unit.active = "failed";
  notice(site.model);
  lookAtChecks(site);
  site.see({ kind: "broken", host, because: "its etcd member ended" });
}

/**
 * So many members end that those left are too few; none comes back by itself. Gives whose have
 * ended.
 */
export function loseQuorum(site: Site): readonly string[] {
  const { members } = site.model.etcd;
  const running = members.filter(({ runs }) => runs).map(({ host }) => host);
  const ended = running.slice(0, Math.ceil(members.length / 2));
  for (const host of ended) stopMember(site, host);
  for (const { name } of controlPlane(site.model)) {
    site.see({ kind: "broken", host: name, because: "etcd had no quorum" });
  }
  return ended;
}

export function startMember(site: Site, host: string): void {
  const { reachable, etcdUnit: unit } = hostNamed(site.model, host);
  // Where the machine is down it starts with it.
  if (!reachable) return;
  joinMember(site.model, host);
  notice(site.model);
  lookAtChecks(site);
  if (unit !== undefined) unit.active = "active";
}

/** A disk is full, or is not any more: what is free for a folder. */
export function fillDisk(
  site: Site,
  host: string,
  freeBytes = 0,
  folder: "/var/backups" | "/etc/kubernetes" = "/var/backups",
): void {
  hostNamed(site.model, host).freeBytes.set(folder, freeBytes);
}

/**
 * A person puts another file with the same words in its place, as editors and `cp` with `mv` do.
 */
export function replaceFile(site: Site, host: string, path: string): void {
  const node = hostNamed(site.model, host);
  const { content, mode } = fileAt(node, path) ?? { content: "", mode: 0o600 };
  const draft = `${path}.new`;
  writeFile(site, node, draft, { content, mode }, somebody);
  renameFile(site, node, draft, path, somebody);
}

/**
 * A person puts back from an archive what was cut off in /etc/kubernetes: files that are empty now.
 */
export function putBack(site: Site, host: string, archive: string): void {
  const node = hostNamed(site.model, host);
  const held = node.archived.get(archive) ?? new Map<string, StoredBytes>();
  for (const [path, was] of held) {
    const isCut = path.startsWith("/etc/kubernetes/") && node.files.get(path)?.content === "";
    if (isCut) writeFile(site, node, path, { content: was.content, mode: was.mode }, somebody);
  }
}

/**
 * A component's next start on the host takes that much longer; by default it never becomes well.
 */
export function slowComponent(
  site: Site,
  on: { readonly host: string; readonly component: string; readonly lateMs?: number },
): void {
  const late = on.lateMs ?? Number.POSITIVE_INFINITY;
  hostNamed(site.model, on.host).delays.set(on.component, late);
}

/** Somebody found out why: what waits starts anew, and becomes well. */
export function mendComponents(site: Site, host: string): void {
  const node = hostNamed(site.model, host);
  for (const component of node.delays.keys()) {
    const container = running(node, component);
    if (container !== undefined && container.readyAt > site.model.now) {
      exitContainer(site, node, container, { by: cluster });
    }
  }
  node.delays.clear();
}

/** The machine goes down, with all that runs on it, and comes up again after a while. */
export function reboot(site: Site, host: string, downMs = 60_000): void {
  haltHost(site, hostNamed(site.model, host), downMs);
  lookAtChecks(site);
}

/**
 * The machine loses its power while kubeadm renews that certificate: the key is new, the
 * certificate is not.
 */
export function losePowerWithin(
  site: Site,
  host: string,
  on: { readonly row: string; readonly downMs?: number },
): void {
  hostNamed(site.model, host).losesPower = { within: on.row, downMs: on.downMs ?? 60_000 };
}

/** An etcd member lags the others by so many revisions; 0 when it has caught up. */
export function lagMember(site: Site, host: string, behind: number): void {
  const member = memberOf(site.model, host);
  if (member !== undefined) member.behind = behind;
}

/**
 * etcd's own quota is reached: it takes no more writes until somebody makes room and disarms it.
 */
export function raiseAlarm(site: Site): void {
  const [first] = site.model.etcd.members;
  site.model.etcd.alarms.push(`memberID:${BigInt(`0x${first?.idHex ?? "1"}`)} alarm:NOSPACE `);
  notice(site.model);
}

export function disarm(site: Site): void {
  site.model.etcd.alarms.length = 0;
  notice(site.model);
}

/** The clock of a node jumps, as when time synchronisation comes back after a long while. */
export function jumpClock(site: Site, host: string, ms: number): void {
  hostNamed(site.model, host).clockOffsetMs += ms;
  notice(site.model);
}

/** Somebody takes the lock of a host away with rm. */
export function removeLock(site: Site, host: string): void {
  removeFile(site, hostNamed(site.model, host), "/var/lib/drydock/lock/holder", somebody);
}

/** Somebody runs a program on a host, as root and without asking anybody. */
async function byHand(site: Site, host: string, argv: readonly string[]): Promise<void> {
  const node = hostNamed(site.model, host);
  try {
    await run({ site, host: node, argv, by: somebody, boot: node.boots });
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
}

export function renewByHand(site: Site, host: string): Promise<void> {
  const config = "/etc/kubernetes/kubeadm-config.yaml";
  return byHand(site, host, ["kubeadm", "certs", "renew", "all", "--config", config]);
}

/** A person makes pairs anew that were cut off, and takes what has ended because of them away. */
export async function mendPairs(site: Site, host: string): Promise<void> {
  const node = hostNamed(site.model, host);
  const config = "/etc/kubernetes/kubeadm-config.yaml";
  const cut = unmatchedPairs(node);
  for (const { name } of cut) {
    await byHand(site, host, ["kubeadm", "certs", "renew", name, "--config", config]);
  }
  const ended = cut.length === 0 ? [] : node.containers.filter(({ state }) => state === "exited");
  for (const { id } of [...ended]) await byHand(site, host, ["crictl", "rm", id]);
}

/** The guide's step 3. */
export function deleteMirrorPods(site: Site, component: string): Promise<void> {
  const words = ["-n", "kube-system", "delete", "pods", "-l", `component=${component}`];
  return byHand(site, "node1", ["kubectl", ...words]);
}

/** A tenant closes a lease: the one at this place among those that live, from 0. */
export function closeByTenant(site: Site, place: number): void {
  const key = liveLease(site, place);
  if (key !== undefined) closeLease(site, key, 1);
}

/**
 * A deposit is used up. The chain closes the lease when somebody settles its account: the
 * provider's next withdrawal, or at once a transaction of the tenant's own.
 */
export function useUpDeposit(site: Site, place: number, settles: "provider" | "tenant"): void {
  const key = liveLease(site, place);
  const lease = site.model.leases.get(key ?? "");
  if (key === undefined || lease === undefined) return;
  site.model.leases.set(key, { ...lease, overdrawn: true });
  if (settles === "tenant") closeLease(site, key, 20_000);
}

/** A tenant accepts a bid that the provider has left open. */
export function acceptBid(site: Site): void {
  winLease(site);
}

function liveLease({ model }: Site, place: number): string | undefined {
  const live = [...model.leases].filter(([, lease]) => lease.state === "active");
  return live[place % Math.max(1, live.length)]?.[0];
}
