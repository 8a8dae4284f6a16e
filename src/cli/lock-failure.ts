// Why a window does not get the lock, each with its exit code and what to do.

import { type LockTaken, lockFolder } from "../core/lock.ts";
import { heldBy } from "../readiness/blocker.ts";
import { Failure } from "./exit.ts";
import { sayAgain, spellOut } from "./finish.ts";
import type { OpenCluster } from "./outside.ts";

export function overtakenFailure(window: string, cluster: OpenCluster): Failure {
  return new Failure(
    "locked",
    `window ${window} has lost the lock, and another window has worked on ${cluster.name} since`,
    `Nothing was changed. Close this one, then drydock run plans anew: ${sayAgain("abandon", cluster.source)}`,
  );
}

type NotTaken = Exclude<LockTaken, { kind: "taken" }>;

/** `hosts` say how a person logs in there. */
export function lockFailure(
  lock: NotTaken,
  toClose: boolean,
  { hosts, source }: Pick<OpenCluster, "hosts" | "source">,
): Failure {
  if (lock.kind === "held") {
    const { because, remedy } = heldBy(lock.by);
    return new Failure("locked", `${lock.host}: ${because}`, spellOut(remedy, source));
  }
  const message = `${lock.host}: the lock could not be taken: ${lock.because}`;
  const login = hosts.find(({ host }) => host.name === lock.host)?.login;
  return new Failure(exitOfLock[lock.kind], message, lockRemedy(lock, { toClose, login }));
}

const exitOfLock = { failed: "unreachable", busy: "locked", "no-room": "noSpace" } as const;

function lockRemedy(
  { kind, host }: Exclude<NotTaken, { kind: "held" }>,
  { toClose, login }: { readonly toClose: boolean; readonly login: string | undefined },
): string {
  switch (kind) {
    case "busy":
      return `Wait until it has ended, or see there what it is (\`fuser -v ${lockFolder}/fence\`), then run the same command again.`;
    case "no-room":
      return `Make it possible to write ${lockFolder} on ${host}, then run the same command again.`;
    case "failed":
      return `Make ${login === undefined ? `the login on ${host}` : `\`${login}\``} work, then run the same command again.${toClose ? " If it is lost, leave out what was to be resumed there: --skip resume." : ""}`;
  }
}
