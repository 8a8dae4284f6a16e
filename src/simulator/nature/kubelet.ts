// The kubelet and its static pods: containers that exit come back, after a while that is longer
// each time an exited container of theirs still lies there. Measured: 0.6, 10.8, 22.3, 48.0 s;
// never longer than 300 s (MaxContainerBackOff). Of those that have exited it keeps the newest
// (MaxPerPodContainerCount).

import { fileAt, sha256, textAt } from "../files.ts";
import { type Container, clockOf, type HostModel, type Model, newId, running } from "../model.ts";
import type { Site } from "../site.ts";
import { type By, cluster } from "../transition.ts";
import { isPair, validityOf } from "../x509.ts";
import { endMember } from "./etcd.ts";
import { leaseUnheard, leaveVip } from "./kube-vip.ts";
import { clientPemOf, serverOf } from "./kubeconfig.ts";
import { leaveLock } from "./leaders.ts";
import { awaitEtcd } from "./liveness.ts";
import { notice } from "./notice.ts";
import { loseWatches } from "./operators.ts";
import { unmatchedPairs } from "./pairs.ts";
import { type Pace, paceOf } from "./start-pace.ts";
import { manifestOf } from "./static-pods.ts";

const backOffMs = [600, 10_800, 22_300, 48_000, 80_000, 160_000, 300_000] as const;
/**
 * After a run that was longer the kubelet begins to count anew: twice the longest back-off
 * (client-go, backoff.go).
 */
const forgetMs = 2 * 300_000;

/** Which kubeconfig kubeadm's components read when they start, and never again. */
const kubeconfigs: Readonly<Record<string, string>> = {
  "kube-scheduler": "/etc/kubernetes/scheduler.conf",
  "kube-controller-manager": "/etc/kubernetes/controller-manager.conf",
};

/** kube-vip reads the one that its manifest mounts, and never again either. */
function kubeconfigOf(host: HostModel, component: string): string | undefined {
  const known = kubeconfigs[component];
  return known ?? /hostPath:\s+path: (\S+\.conf)/.exec(manifestOf(host, component))?.[1];
}

export function exitContainer(
  site: Site,
  host: HostModel,
  container: Container,
  how: { readonly by: By; readonly killed?: boolean; readonly probed?: boolean },
): void {
  const { name } = container;
  const { by, killed = false, probed = false } = how;
  leaveLock(site.model, host, { container, asked: !killed });
  container.state = "exited";
  container.exitedAt = site.model.now;
  site.see({ kind: "disturbed", host: host.name, what: "container", name, killed, by });
  if (container.name === "etcd") endMember(site.model, host.name);
  if (container.name === "kube-apiserver") {
    loseWatches(site.model, host.name);
    leaseUnheard(site.model, host);
  }
  if (container.name === "kube-vip") leaveVip(site.model, host);
  planRestart(site, host, { component: name, probed });
  notice(site.model);
}

export function removeContainer(site: Site, host: HostModel, container: Container): void {
  const at = host.containers.indexOf(container);
  if (at >= 0) host.containers.splice(at, 1);
  if (running(host, container.name) === undefined)
    planRestart(site, host, { component: container.name, probed: false });
}

/** The kubelet's next try; replaces the one that was planned before. */
function planRestart(
  site: Site,
  host: HostModel,
  { component, probed }: { readonly component: string; readonly probed: boolean },
): void {
  const { model } = site;
  const { last, count } = restartsOf(model, host, component);
  const back = probed ? 0 : Math.min(count, backOffMs.length - 1);
  const soon = model.paces.kubeletMs;
  // It counts from when that one ended, which may be an earlier one than the last.
  const left = last === undefined ? soon : last.exitedAt + (backOffMs[back] ?? 0) - model.now;
  const ms = last?.exitedAt === model.now ? left : Math.max(soon, left);
  model.events = model.events.filter(
    (one) => one.kind !== "kubelet-starts" || one.host !== host.name || one.component !== component,
  );
  model.events.push({
    at: model.now + ms,
    kind: "kubelet-starts",
    host: host.name,
    component,
    probed,
  });
}

/**
 * How often it was started again, as far as that counts still: from its last start until it exited.
 */
function restartsOf(
  { now }: Model,
  host: HostModel,
  component: string,
): { readonly last: Container | undefined; readonly count: number } {
  const known = host.backOffs.get(component);
  const last = host.containers.findLast(
    ({ name, state }) => name === component && state === "exited",
  );
  const ranMs = (last?.exitedAt ?? now) - (known?.lastAt ?? Number.NEGATIVE_INFINITY);
  const count = known !== undefined && ranMs <= forgetMs ? known.count : 0;
  return { last, count };
}

/** `probed`: a probe has ended the one before, which the kubelet does not count. */
export function startByKubelet(
  site: Site,
  host: HostModel,
  { component, probed = false }: { readonly component: string; readonly probed?: boolean },
): void {
  if (!host.kubeletRuns || manifestOf(host, component) === "") return;
  if (running(host, component) !== undefined) return;
  const { model } = site;
  const { last, count } = restartsOf(model, host, component);
  const counted = last === undefined || probed ? count : count + 1;
  host.backOffs.set(component, { count: counted, lastAt: model.now });
  startContainer(model, host, component);
  if (component === "kube-apiserver") awaitEtcd(model, host);
}

/** Pairs that are read when it starts, and without which it ends at once: kubeadm's names. */
const pairsOf: Readonly<Record<string, readonly string[]>> = {
  "kube-apiserver": ["apiserver", "apiserver-etcd-client", "front-proxy-client"],
  etcd: ["etcd-server", "etcd-peer"],
};

/** From its start until it has found that out. */
const doomedMs = 400;

/**
 * Scheduler and controller-manager end as well when their kubeconfig was cut off, wherever that was
 * ("no configuration has been provided", "illegal base64 data").
 */
function isDoomed(host: HostModel, component: string): boolean {
  const kubeconfig = kubeconfigs[component];
  if (kubeconfig !== undefined && clientPemOf(textAt(host, kubeconfig)) === "") return true;
  const needed = pairsOf[component] ?? [];
  return needed.length > 0 && unmatchedPairs(host).some(({ name }) => needed.includes(name));
}

export function endContainer(site: Site, host: HostModel, id: string): void {
  const container = host.containers.find((one) => one.id === id && one.state === "running");
  if (container !== undefined) exitContainer(site, host, container, { by: cluster });
}

const never: Pace = { listensMs: Number.POSITIVE_INFINITY, readyMs: Number.POSITIVE_INFINITY };

export function startContainer(model: Model, host: HostModel, component: string): void {
  const doomed = isDoomed(host, component);
  const pace = doomed ? never : paceOf(model, host, component);
  const earlier = host.containers.filter((one) => one.name === component).map((c) => c.attempt);
  const path = kubeconfigOf(host, component);
  const file = path === undefined ? undefined : fileAt(host, path);
  const id = newId(model);
  const started: Container = {
    id: sha256(`container ${id}`),
    name: component,
    attempt: Math.max(-1, ...earlier) + 1,
    state: "running",
    createdAt: model.now,
    createdOnClock: clockOf(model, host),
    exitedAt: 0,
    listensAt: model.now + pace.listensMs,
    readyAt: model.now + pace.readyMs,
    clientPem: clientPemOf(file?.content ?? ""),
    apiServer: serverOf(file?.content ?? ""),
    seesLockSince: undefined,
    withoutEtcdSince: undefined,
    awaitsEtcd: false,
    mounted: file === undefined || path === undefined ? undefined : { path, inode: file.inode },
    ownId: kubeconfigs[component] === undefined ? 0 : newId(model),
  };
  forgetExited(host, component);
  host.containers.push(started);
  if (doomed) {
    const at = model.now + doomedMs;
    model.events.push({ at, kind: "container-ends", host: host.name, id: started.id });
    return;
  }
  if (kubeconfigs[component] !== undefined) lookWhenItAsks(model, host, started);
  if (component === "kube-apiserver") {
    // Without this pair it runs, and reaches no kubelet.
    host.served.kubeletClient = "";
    host.served.cutKubeletsOff = false;
    reloadCertificates(host);
    if (Number.isFinite(started.readyAt))
      model.events.push({ at: started.readyAt, kind: "look-again" });
  }
  if (component === "etcd") {
    model.events.push({ at: started.readyAt, kind: "member-joins", host: host.name });
  }
}

/** It may take a lock when it listens, and loses what it has when its certificate ends. */
function lookWhenItAsks(model: Model, host: HostModel, { listensAt, clientPem }: Container): void {
  const ends = (validityOf(clientPem)?.notAfter ?? 0) - host.clockOffsetMs + 1;
  for (const at of [listensAt, ends].filter((one) => one > model.now && Number.isFinite(one))) {
    model.events.push({ at, kind: "look-again" });
  }
}

/** All but the newest of them. */
function forgetExited({ containers }: HostModel, component: string): void {
  const exited = containers.filter(({ name, state }) => name === component && state === "exited");
  for (const one of exited.slice(0, -1)) containers.splice(containers.indexOf(one), 1);
}

/** The API server watches its files; a pair that does not match is not taken. */
export function reloadCertificates(host: HostModel): void {
  const pki = "/etc/kubernetes/pki";
  const before = host.served.kubeletClient;
  for (const [slot, name] of [
    ["apiserver", "apiserver"],
    ["kubeletClient", "apiserver-kubelet-client"],
  ] as const) {
    const pem = textAt(host, `${pki}/${name}.crt`);
    if (isPair(pem, textAt(host, `${pki}/${name}.key`))) host.served[slot] = pem;
  }
  host.served.cutKubeletsOff ||= before !== "" && before !== host.served.kubeletClient;
}

export function reloadSoon(site: Site, host: HostModel): void {
  const { model } = site;
  const at = model.now + 1200;
  model.events.push({ at, kind: "certificates-reloaded", host: host.name });
}
