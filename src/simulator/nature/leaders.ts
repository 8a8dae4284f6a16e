// Leader election of scheduler and controller-manager: a lock that the leader renews every two seconds,
// and that others may take 15 s after its last sign of life. Nobody gives it back when it ends.

import {
  type Container,
  controlPlane,
  type HostModel,
  type LeaderLock,
  type Model,
  running,
} from "../model.ts";
import { knows } from "./api.ts";

const leaseMs = 15_000;
const retryMs = 2000;

/** As client-go names a candidate: the host, and something that differs with every process. */
export function identity(host: HostModel, container: Container): string {
  return `${host.name}_${container.id.slice(0, 8)}`;
}

/** When the lock was last renewed. */
export function renewedAt(model: Model, lock: LeaderLock): number {
  return isAlive(model, lock) ? model.now - 700 : lock.renewedAt;
}

export function isAlive(model: Model, lock: LeaderLock): boolean {
  return candidates(model, lock.name).includes(lock.holder);
}

/** Those that run and that the API still accepts. */
function candidates(model: Model, name: string): readonly string[] {
  return [...model.hosts.values()].flatMap((host) => {
    const container = running(host, name);
    if (container === undefined || container.listensAt > model.now) return [];
    if (!accepted(model, container.clientPem)) return [];
    return [identity(host, container)];
  });
}

function accepted(model: Model, pem: string): boolean {
  return controlPlane(model).some((server) => knows(model, server, pem));
}

export function leaveLock(model: Model, host: HostModel, container: Container): void {
  const lock = model.leaderLocks.find((one) => one.holder === identity(host, container));
  if (lock === undefined) return;
  lock.renewedAt = model.now;
  model.events.push({ at: model.now + leaseMs, kind: "lock-free", lock: lock.name });
}

export function passLock(model: Model, name: LeaderLock["name"]): void {
  const lock = model.leaderLocks.find((one) => one.name === name);
  if (lock === undefined || isAlive(model, lock)) return;
  const [next] = candidates(model, name);
  if (next === undefined) {
    model.events.push({ at: model.now + retryMs, kind: "lock-free", lock: name });
    return;
  }
  lock.holder = next;
  lock.renewedAt = model.now;
}
