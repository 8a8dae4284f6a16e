// Leader election of scheduler and controller-manager: a lock that the leader renews every two
// seconds, and that others may take 15 s after its last sign of life. A scheduler that is asked to
// end gives it back (ReleaseOnCancel in cmd/kube-scheduler); a controller-manager does not (before
// 1.37, kubernetes#132599).

import {
  type Container,
  controlPlane,
  type HostModel,
  type LeaderLock,
  type Model,
  running,
} from "../model.ts";
import { knows, takesWrites } from "./api.ts";

const leaseMs = 15_000;
const retryMs = 2000;
/** Candidates ask every two seconds, each in its own turn. */
const releasedMs = 1000;

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

/** `asked`: it was given time to end, and may give its lock back. */
export function leaveLock(
  model: Model,
  host: HostModel,
  { container, asked }: { readonly container: Container; readonly asked: boolean },
): void {
  const lock = model.leaderLocks.find((one) => one.holder === identity(host, container));
  if (lock === undefined) return;
  lock.renewedAt = model.now;
  const mayWrite = accepted(model, container.clientPem) && takesWrites(model);
  const isReleased = asked && mayWrite && lock.name === "kube-scheduler";
  if (isReleased) lock.holder = "";
  const at = model.now + (isReleased ? releasedMs : leaseMs);
  model.events.push({ at, kind: "lock-free", lock: lock.name });
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
