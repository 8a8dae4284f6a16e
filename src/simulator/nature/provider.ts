// The provider at work: one monitor per lease, which closes the lease on the chain after so many
// failed checks in a row; and what its release does to leases when it starts. An own reading of
// akash-network/provider, cluster/monitor.go, manager.go and balance_checker.go.
//
// No check is played: how many there will have been is worked out when a disturbance begins, and
// looked at again when the last of them would fail. So a provider at work costs nothing while all
// is well.

import { keyOf, leaseNumber, tenantPods } from "../build/leases.ts";
import type { LeaseModel } from "../lease-model.ts";
import { controlPlane, isUp, type Model, newId, type Pod } from "../model.ts";
import type { Site } from "../site.ts";
import { isReady } from "./api.ts";

/** From the start of a well provider until all its leases are deployed again. */
const deployMs = 10_000;

/** All leases fail their checks while no API server answers. */
const api = "api";

/** To be called after everything that may change what a check would see. */
export function lookAtChecks(site: Site): void {
  const { model } = site;
  const { failing } = model.monitor;
  if (!providerRuns(model)) {
    // The counters live in the process's memory.
    failing.clear();
    return;
  }
  note(site, api, !controlPlane(model).some((host) => isReady(model, host)));
  for (const key of failing.keys()) if (key !== api) note(site, key, isIll(model, key));
}

/** A tenant's pod came or went. */
export function lookAtLease(site: Site, key: string): void {
  if (providerRuns(site.model)) note(site, key, isIll(site.model, key));
}

function note(site: Site, what: string, fails: boolean): void {
  const { model } = site;
  const { failing, retryPeriodMs, retryJitterMs } = model.monitor;
  const known = failing.get(what);
  if (!fails) {
    // It counts on until the next check has found it well.
    if (known !== undefined && known.wellAt === undefined) {
      failing.set(what, { ...known, wellAt: model.now + retryPeriodMs + retryJitterMs / 2 });
    }
    return;
  }
  const counting = known !== undefined && (known.wellAt ?? Number.POSITIVE_INFINITY) > model.now;
  const since = counting ? known.since : model.now;
  failing.set(what, { since, wellAt: undefined });
  if (counting) return;
  const keys = what === api ? [...model.leases.keys()] : [what];
  for (const [index, lease] of keys.entries()) {
    const at = since + waitMs(model, index);
    model.events.push({ at, kind: "lease-check-fails", lease, what, since });
  }
}

/**
 * Until check number maxRetries + 1 fails. The sum of so many equally spread jitters is near its
 * mean: each lease is given its own place around it.
 */
function waitMs({ monitor }: Model, index: number): number {
  const { maxRetries, retryPeriodMs, retryJitterMs, checkPeriodMs } = monitor;
  const spread = (index * 0.618_034) % 1;
  const jitters = maxRetries / 2 + (spread - 0.5) * Math.sqrt(maxRetries);
  return spread * checkPeriodMs + maxRetries * retryPeriodMs + retryJitterMs * Math.max(0, jitters);
}

/** One line for each lease that fails its checks now: its newest one, and how many there were. */
export function failingNow(
  model: Model,
): readonly { readonly key: string; readonly attempt: number; readonly at: number }[] {
  const { failing, maxRetries, retryPeriodMs, retryJitterMs, checkPeriodMs } = model.monitor;
  const everyMs = retryPeriodMs + retryJitterMs / 2;
  return [...failing].flatMap(([what, { since, wellAt }]) => {
    const until = wellAt === undefined ? model.now : Math.min(model.now, wellAt - everyMs);
    const first = since + checkPeriodMs / 2;
    if (until < first) return [];
    const attempt = Math.min(maxRetries + 1, 1 + Math.floor((until - first) / everyMs));
    const at = first + (attempt - 1) * everyMs;
    const keys = what === api ? [...model.leases.keys()] : [what];
    return keys
      .filter((key) => model.leases.get(key)?.hasManifest)
      .map((key) => ({ key, attempt, at }));
  });
}

/** Unless it was found well in between, or the provider does not run any more. */
export function failCheck(
  site: Site,
  check: { readonly lease: string; readonly what: string; readonly since: number },
): void {
  const known = site.model.monitor.failing.get(check.what);
  if (known?.since !== check.since || known.wellAt !== undefined) return;
  closeLease(site, check.lease, 10_000);
}

export function closeLease(site: Site, key: string, reason: number): void {
  const { model } = site;
  const lease = model.leases.get(key);
  if (lease?.state !== "active") return;
  const state = reason === 20_000 ? "insufficient_funds" : "closed";
  model.leases.set(key, { ...lease, state, reason });
  site.see({ kind: "lease", what: "closed", key, reason, rebooted: false });
  // The provider hears of it and undoes the workload; one that is stopped never does afterwards.
  if (providerRuns(model) && controlPlane(model).some((host) => isReady(model, host))) {
    removeWorkload(model, key);
  }
}

/**
 * A tenant accepts a bid. A provider that runs is sent the manifest at once; one that is stopped
 * never serves the lease, as it knows no reservation for it when it is back
 * (akash-network/node#635).
 */
export function winLease(site: Site): void {
  const { model } = site;
  const number = newId(model) + 1000;
  const lease = leaseNumber(number, model.providerAddress, model.now);
  const served = providerRuns(model);
  const key = keyOf(lease.id);
  model.leases.set(key, { ...lease, hasManifest: served, hasNamespace: served });
  if (served) model.pods.push(...tenantPods(lease, number));
  site.see({ kind: "lease", what: "won", key, reason: 0, rebooted: false });
}

function removeWorkload(model: Model, key: string): void {
  const lease = model.leases.get(key);
  if (lease === undefined) return;
  model.leases.set(key, { ...lease, hasManifest: false, hasNamespace: false });
  const gone = model.pods.filter((pod) => pod.namespace === lease.namespace);
  for (const pod of gone) model.pods.splice(model.pods.indexOf(pod), 1);
}

/** What its release does at its start, once its pod is ready. */
export function providerStarted(site: Site, uid: string): void {
  const { model } = site;
  const pod = model.pods.find((one) => one.uid === uid);
  if (pod === undefined || !isProvider(pod)) return;
  const well = model.rpcSynced && controlPlane(model).some((host) => isReady(model, host));
  const { onStart } = behaviour(model);
  for (const [key, lease] of model.leases) {
    // A lease that is not active on the chain fails to deploy, as all do while something is away.
    if (well && lease.state !== "closed" && lease.state !== "insufficient_funds") continue;
    if (onStart === "tears-down") tearDown(site, key, pod.reboots > 0);
  }
  for (const key of model.leases.keys()) lookAtLease(site, key);
  model.monitor.deployedAt = well ? model.now + deployMs : Number.POSITIVE_INFINITY;
  // All balances are looked at within a minute; nothing was withdrawn while it was stopped.
  model.events.push({ at: model.now + 60_000, kind: "balances-checked" });
}

export function checkBalances(site: Site): void {
  if (!providerRuns(site.model)) return;
  for (const [key, lease] of site.model.leases) if (lease.overdrawn) closeLease(site, key, 20_000);
}

/** Its pod is about to end: some releases undo what they have not deployed to the end. */
export function providerEnds(site: Site, pod: Pod): void {
  const { model } = site;
  if (!isProvider(pod) || !providerRuns(model)) return;
  if (!behaviour(model).tearsDownOnStop || model.now >= model.monitor.deployedAt) return;
  for (const key of model.leases.keys()) tearDown(site, key, false);
}

function tearDown(site: Site, key: string, rebooted: boolean): void {
  const { leases } = site.model;
  const lease = leases.get(key);
  if (lease?.hasNamespace !== true) return;
  removeWorkload(site.model, key);
  if (lease.state !== "active" && lease.state !== "reclaiming") return;
  const left = leases.get(key) ?? lease;
  if (rebooted) leases.set(key, { ...left, lostInReboot: true });
  site.see({ kind: "lease", what: "torn-down", key, reason: 0, rebooted });
}

interface Behaviour {
  /** What becomes of a lease whose deployment fails at the start; `leaves` its workload alone. */
  readonly onStart: "tears-down" | "leaves";
  readonly tearsDownOnStop: boolean;
}

/**
 * By the first release that does so, newest first: an own reading of the tags of
 * cluster/manager.go.
 */
const behaviours: readonly (readonly [readonly [number, number, number], Behaviour])[] = [
  [[0, 6, 10], { onStart: "leaves", tearsDownOnStop: false }],
  [[0, 6, 6], { onStart: "tears-down", tearsDownOnStop: false }],
  [[0, 6, 5], { onStart: "leaves", tearsDownOnStop: true }],
  [[0, 0, 0], { onStart: "tears-down", tearsDownOnStop: true }],
];

/**
 * A candidate for a release is taken for that release; an image without a version for a new one.
 */
function behaviour(model: Model): Behaviour {
  const image = model.sets.find((set) => isProvider(set))?.image ?? "";
  const version = (/:v?(\d+)\.(\d+)\.(\d+)/.exec(image) ?? []).slice(1).map(Number);
  const rank = ([major = 1, minor = 0, patch = 0]: readonly number[]) =>
    (major * 1000 + minor) * 1000 + patch;
  const found = behaviours.find(([from]) => rank(version) >= rank(from));
  return found?.[1] ?? { onStart: "leaves", tearsDownOnStop: false };
}

function isProvider({ labels }: { readonly labels: Pod["labels"] }): boolean {
  return labels["app.kubernetes.io/name"] === "provider";
}

function providerRuns(model: Model): boolean {
  return model.pods.some(
    (pod) => isProvider(pod) && pod.ready && !pod.terminating && isUp(model, pod),
  );
}

/** As the provider sees it: of a StatefulSet it counts the pods that exist, ready or not. */
function isIll(model: Model, key: string): boolean {
  const lease = model.leases.get(key);
  if (lease === undefined || !lease.hasManifest) return false;
  return lease.services.some(({ name, count, persistent }) => {
    const pods = podsOfService(model, lease, name);
    return pods.filter((pod) => persistent || pod.ready).length < count;
  });
}

function podsOfService(model: Model, lease: LeaseModel, name: string): readonly Pod[] {
  return model.pods.filter(
    (pod) =>
      pod.namespace === lease.namespace && pod.labels["akash.network/manifest-service"] === name,
  );
}
