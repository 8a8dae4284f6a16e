// Leader election of scheduler and controller-manager: a lock that the leader renews every two
// seconds at the API server that its kubeconfig names, and that others may take 15 s after its last
// sign of life. A scheduler that is asked to end gives it back (ReleaseOnCancel in
// cmd/kube-scheduler); a controller-manager does not (before 1.37, kubernetes#132599). A leader
// that cannot renew it for 10 s ends by itself. Nothing of it is played while all is well.

import {
  type Container,
  controlPlane,
  type HostModel,
  type LeaderLock,
  type Model,
  running,
} from "../model.ts";
import { isReady, knows, serversBehind } from "./api.ts";
import { isFull } from "./etcd.ts";

const leaseMs = 15_000;
/** Candidates ask every two seconds, each in its own turn. */
const releasedMs = 1000;
/**
 * RenewDeadline is 10 s, counted from the first try that fails: a leader was seen to end 10 to 12 s
 * after its API server.
 */
const givesUpMs = 11_000;
/** How old the last renewal is at any moment. */
const renewedMs = 700;

interface Candidate {
  readonly host: HostModel;
  readonly container: Container;
}

/** As client-go names a candidate: the host, and something that differs with every process. */
export function identity(host: HostModel, container: Container): string {
  return `${host.name}_${container.id.slice(0, 8)}`;
}

/** When the lock was last renewed. */
export function renewedAt(model: Model, lock: LeaderLock): number {
  const isRenewed = lock.silentSince === undefined && holderOf(model, lock) !== undefined;
  return isRenewed ? model.now - renewedMs : lock.renewedAt;
}

/** Whether the leader of that name works: it runs, and what it does can be written down. */
export function isAlive(model: Model, lock: LeaderLock): boolean {
  const holder = holderOf(model, lock);
  return holder !== undefined && mayWrite(model, holder);
}

function holderOf(model: Model, { name, holder }: LeaderLock): Candidate | undefined {
  return candidates(model, name).find(
    ({ host, container }) => identity(host, container) === holder,
  );
}

function candidates(model: Model, name: LeaderLock["name"]): readonly Candidate[] {
  return controlPlane(model).flatMap((host) => {
    const container = running(host, name);
    return container === undefined ? [] : [{ host, container }];
  });
}

function mayWrite(model: Model, candidate: Candidate): boolean {
  return !isFull(model) && isHeard(model, candidate);
}

/** Whether an API server that it asks answers it. */
function isHeard(model: Model, { host, container }: Candidate): boolean {
  if (container.listensAt > model.now) return false;
  return serversBehind(model, host, container.apiServer).some(
    (server) => isReady(model, server) && knows(model, server, container.clientPem),
  );
}

/** To be called after everything that may change who can write where. */
export function lookAtLocks(model: Model): void {
  for (const lock of model.leaderLocks) {
    for (const candidate of candidates(model, lock.name)) meetLock(model, candidate);
    const holder = holderOf(model, lock);
    if (holder === undefined) passLock(model, lock);
    else if (mayWrite(model, holder)) lock.silentSince = undefined;
    else if (lock.silentSince === undefined) silence(model, lock);
  }
}

/** A process counts the 15 s from when it first saw the lock, whatever stands in it. */
function meetLock(model: Model, candidate: Candidate): void {
  const { container } = candidate;
  if (container.seesLockSince !== undefined || !isHeard(model, candidate)) return;
  container.seesLockSince = model.now;
  model.events.push({ at: model.now + leaseMs, kind: "look-again" });
}

function silence(model: Model, lock: LeaderLock): void {
  const { now } = model;
  lock.silentSince = now;
  lock.renewedAt = now - renewedMs;
  model.events.push({ at: now + givesUpMs, kind: "leader-gives-up", lock: lock.name, since: now });
}

/** The leader that ends now, as it has not renewed its lock since then; undefined when it has. */
export function leaderGivesUp(
  model: Model,
  name: LeaderLock["name"],
  since: number,
): Candidate | undefined {
  const lock = model.leaderLocks.find((one) => one.name === name);
  return lock?.silentSince === since ? holderOf(model, lock) : undefined;
}

/** `asked`: it was given time to end, and may give its lock back. To be called before it exits. */
export function leaveLock(
  model: Model,
  host: HostModel,
  { container, asked }: { readonly container: Container; readonly asked: boolean },
): void {
  const lock = model.leaderLocks.find((one) => one.holder === identity(host, container));
  if (lock === undefined) return;
  if (lock.silentSince === undefined) lock.renewedAt = model.now;
  lock.silentSince = undefined;
  const isReleased =
    asked && lock.name === "kube-scheduler" && mayWrite(model, { host, container });
  if (isReleased) lock.holder = "";
  const at = lock.renewedAt + (isReleased ? releasedMs : leaseMs);
  model.events.push({ at: Math.max(at, model.now), kind: "look-again" });
}

function passLock(model: Model, lock: LeaderLock): void {
  const isFree = ({ container }: Candidate) =>
    lock.holder === ""
      ? model.now >= lock.renewedAt + releasedMs
      : model.now >= Math.max(lock.renewedAt, container.seesLockSince ?? model.now) + leaseMs;
  const next = candidates(model, lock.name).find((one) => isFree(one) && mayWrite(model, one));
  if (next === undefined) return;
  lock.holder = identity(next.host, next.container);
  lock.renewedAt = model.now;
}
