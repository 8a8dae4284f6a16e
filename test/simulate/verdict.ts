// What must be true when a window has ended, read from the model and by none of Drydock's code.

import { isDeepStrictEqual } from "node:util";
import { textAt } from "../../src/simulator/files.ts";
import type { LeaseModel } from "../../src/simulator/lease-model.ts";
import { controlPlane, type HostModel, type Model, running } from "../../src/simulator/model.ts";
import { clientPemOf, embedded } from "../../src/simulator/nature/kubeconfig.ts";
import { unmatchedPairs } from "../../src/simulator/nature/pairs.ts";
import {
  lockHolders,
  providerReplicas,
  seeingOld,
  serials,
  servesItsFile,
} from "../scenarios/cluster-seen.ts";
import type { Sandbox } from "../scenarios/simulated.ts";

/** What a window must change, or leave. */
export interface Before {
  readonly serials: ReadonlyMap<string, string>;
  /** By lease, its pods with what would tell that they were touched. */
  readonly tenants: ReadonlyMap<string, string>;
  /** Leases that were over already. */
  readonly over: ReadonlySet<string>;
  /** By host, its timer and its cron files. */
  readonly automation: ReadonlyMap<string, string>;
}

export function seenBefore({ site }: Sandbox): Before {
  const { model } = site;
  return {
    serials: serials(model),
    tenants: tenantsByLease(model),
    over: new Set([...model.leases].filter(([, lease]) => isOver(lease)).map(([key]) => key)),
    automation: automation(model),
  };
}

export interface Wanted {
  readonly renewed: boolean;
  readonly replicas: number;
  /** Whether somebody else said last how many there are. */
  readonly theirsToSay?: boolean;
  readonly renewedByHand?: boolean;
  /** Containers that may see a file that another one has replaced. */
  readonly replacedLate?: ReadonlySet<string>;
  /**
   * A machine went down, or etcd did: whoever watched an API server may have lost sight after the
   * last look.
   */
  readonly cutOff?: boolean;
}

/**
 * The same when every monitor that had begun to count while the window was open has had its time.
 */
export async function wrongLater(
  box: Sandbox,
  before: Before,
  wanted: Wanted,
): Promise<readonly string[]> {
  const { maxRetries, retryPeriodMs, retryJitterMs, checkPeriodMs } = box.site.model.monitor;
  await box.site.clock.wait(checkPeriodMs + maxRetries * (retryPeriodMs + retryJitterMs));
  return wrongAfter(box, before, wanted);
}

/** Sentences about all that is wrong; none when all is well. */
export function wrongAfter({ site }: Sandbox, before: Before, wanted: Wanted): readonly string[] {
  const { model, violations } = site;
  const provider = providerReplicas(model);
  const isBack = provider === `${wanted.replicas}/${wanted.replicas}`;
  return [
    ...violations.map((one) => `${one.checker}: ${one.because} (${one.at})`),
    ...(isBack || wanted.theirsToSay === true
      ? []
      : [`the provider is at ${provider}, not at ${wanted.replicas}`]),
    ...lockHolders(model).map((holder) => `the lock is still held by ${holder}`),
    ...touched(model, before.tenants),
    ...closedByProvider(model, before.over),
    ...(wanted.renewed ? notRenewed(model, before.serials) : []),
    ...(wanted.renewed && wanted.renewedByHand !== true
      ? [
          ...usesOld(model),
          ...seeingOld(model)
            .filter((one) => wanted.replacedLate?.has(one) !== true)
            .map((one) => `${one} sees a file that another one has replaced`),
          ...controlPlane(model).flatMap(doesNotFit),
        ]
      : []),
    ...controlPlane(model).flatMap((host) => notWell(model, host)),
    ...paused(model, before.automation),
    ...(model.inventory.lost && wanted.cutOff !== true
      ? ["the inventory operator shows no node any more"]
      : []),
  ];
}

function automation({ hosts }: Model): ReadonlyMap<string, string> {
  return new Map(
    [...hosts.values()].map(({ name, renewTimer, files }) => {
      const crons = [...files].filter(([path]) => path.startsWith("/etc/cron.d/"));
      const contents = crons.map(([path, { content }]) => `${path}: ${content}`).sort();
      return [name, JSON.stringify([renewTimer, contents])];
    }),
  );
}

function paused(model: Model, before: ReadonlyMap<string, string>): readonly string[] {
  return [...automation(model)]
    .filter(([name, now]) => before.get(name) !== now)
    .map(([name, now]) => `timer and cron files of ${name} were left at ${now}`);
}

/** Of leases that live; what became of the others while a window was open is for the checkers. */
function tenantsByLease(model: Model): ReadonlyMap<string, string> {
  const live = [...model.leases].filter(([, lease]) => lease.state === "active");
  return new Map(
    live.map(([key, { namespace }]) => {
      const pods = model.pods.filter((pod) => pod.namespace === namespace);
      // What ends with its machine is nobody's doing.
      const facts = pods.map(({ uid, restarts, reboots }) => [uid, restarts - reboots]);
      return [key, JSON.stringify(facts)];
    }),
  );
}

function touched(model: Model, before: ReadonlyMap<string, string>): readonly string[] {
  return [...tenantsByLease(model)]
    .filter(([key, pods]) => before.has(key) && before.get(key) !== pods)
    .filter(([key]) => model.leases.get(key)?.lostInReboot !== true)
    .map(([key]) => `a tenant's pod of ${key} was touched`);
}

function isOver({ state }: LeaseModel): boolean {
  return state === "closed" || state === "insufficient_funds";
}

/** As the chain numbers them: its tenant closed it, or its deposit was used up. */
const notOurs: ReadonlySet<number> = new Set([1, 20_000]);

/**
 * Also just after a window, when no checker takes offence any more: its monitors may have counted
 * since.
 */
function closedByProvider({ leases }: Model, over: ReadonlySet<string>): readonly string[] {
  return [...leases]
    .filter(([key, lease]) => isOver(lease) && !over.has(key) && !notOurs.has(lease.reason))
    .map(([key, { reason }]) => `lease ${key} was closed by the provider (reason ${reason})`);
}

function notRenewed(model: Model, before: ReadonlyMap<string, string>): readonly string[] {
  return [...serials(model)]
    .filter(([key, serial]) => before.get(key) === serial)
    .map(([key]) => `${key} was not renewed`);
}

const readOnce = {
  "kube-scheduler": "/etc/kubernetes/scheduler.conf",
  "kube-controller-manager": "/etc/kubernetes/controller-manager.conf",
} as const;

/** What still works with a certificate that is no longer in its file. */
function usesOld(model: Model): readonly string[] {
  return controlPlane(model).flatMap((host) => [
    ...(servesItsFile(host) ? [] : [`the API server of ${host.name} shows an old certificate`]),
    ...Object.entries({ ...readOnce, ...mountedOnce(host) })
      .filter(([name, path]) => running(host, name)?.clientPem !== clientPemOf(textAt(host, path)))
      .map(([name]) => `${name} of ${host.name} uses an old certificate`),
  ]);
}

/**
 * A key of another certificate, or root's kubeconfig without the certificate and key of admin.conf.
 */
function doesNotFit(host: HostModel): readonly string[] {
  const root = textAt(host, "/root/.kube/config");
  const admin = textAt(host, "/etc/kubernetes/admin.conf");
  return [
    ...unmatchedPairs(host).map(({ path }) => `${path} of ${host.name} does not match its key`),
    ...(clientPemOf(root) === "" || isDeepStrictEqual(embedded(root), embedded(admin))
      ? []
      : [`root's kubeconfig of ${host.name} is not that of admin.conf`]),
  ];
}

/** What kube-vip read is what its manifest mounts, where there is one. */
function mountedOnce(host: HostModel): Readonly<Record<string, string>> {
  const manifest = textAt(host, "/etc/kubernetes/manifests/kube-vip.yml");
  const path = / path: (\S+)/.exec(manifest)?.[1];
  return path === undefined ? {} : { "kube-vip": path };
}

function notWell(model: Model, host: HostModel): readonly string[] {
  const pods = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
  const since = (name: string) => running(host, name)?.readyAt ?? Number.POSITIVE_INFINITY;
  return [...pods, ...Object.keys(mountedOnce(host))]
    .filter((name) => since(name) > model.now)
    .map((name) => `${name} of ${host.name} does not run, or is not ready`);
}
