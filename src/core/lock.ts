// The lock on a cluster: a folder on every host of the plan, and the fence that checks it inside
// the very remote command that changes anything, so that a paused holder can change nothing after
// somebody took over. flock(1) also makes the next holder wait for a command that is still running.

import { type Command, type ReadCommand, showCommand } from "./command.ts";
import { complaint, type Outcome, type Reading, read, unreadable } from "./outcome.ts";
import type { Host, Instant, World } from "./world.ts";

/** Where the lock lives on each host. */
export const lockFolder = "/var/lib/drydock/lock";

const noRoomCode = 95;
const busyCode = 96;
const fencedOutCode = 97;
const fencedOutMark = "drydock-fence:";
/** How long a command waits for one of an earlier holder that is still running. */
const drainSeconds = 180;
const looking = { reads: true, timeoutMs: 15_000 } as const;

export interface LockHolder {
  readonly window: string;
  readonly epoch: number;
  readonly since: Instant;
  /** user@machine of the operator, for people. */
  readonly holder: string;
}

/**
 * `free` still has the highest epoch ever given out there. So has `held` as `given`: one that was
 * taken again and cut off in between has given out another than its holder has.
 */
export type LockSeen =
  | { readonly kind: "free"; readonly epoch: number }
  | ({ readonly kind: "held"; readonly given: number } & LockHolder);

const readScript = `cat "$1/epoch" 2>/dev/null || echo 0; cat "$1/holder" 2>/dev/null; true`;

export function readLock(): ReadCommand {
  return { argv: ["sh", "-c", readScript, "drydock-lock-read", lockFolder], ...looking };
}

/** Parses the answer of readLock: the epoch, then `window epoch since holder` when it is held. */
export function parseLock(outcome: Outcome): Reading<LockSeen> {
  const said = complaint(outcome);
  if (outcome.kind !== "exited" || said !== undefined) return unreadable(`lock: ${said}`);
  const [epochLine = "", holderLine = ""] = outcome.stdout.split("\n");
  if (!/^\d+$/.test(epochLine)) return unreadable(`lock: unexpected answer "${epochLine}"`);
  if (holderLine === "") return read({ kind: "free", epoch: Number(epochLine) });
  const parts = /^(\S+) (\d+) (\d+) (.+)$/.exec(holderLine);
  if (parts === null) return unreadable(`lock: unexpected holder "${holderLine}"`);
  const [, window = "", held = "0", since = "0", holder = ""] = parts;
  const epoch = Number(held);
  const given = Math.max(Number(epochLine), epoch);
  return read({ kind: "held", window, epoch, given, since: Number(since), holder });
}

// Refuses when another window holds it, or when the epoch has already been given out.
// `true >>`, since sh ends where `exec` cannot write. The folder is synced last: a name that mv has
// given is lost with the power until then.
const takeScript = `umask 077; mkdir -p "$1" && true >>"$1/fence" || exit ${noRoomCode}
exec 9>>"$1/fence" && flock -w ${drainSeconds} 9 || {
  echo "a command of an earlier holder is still running on this host" >&2; exit ${busyCode}; }
held=$(cut -d' ' -f1 "$1/holder" 2>/dev/null); last=$(cat "$1/epoch" 2>/dev/null || echo 0)
if [ -n "$held" ] && [ "$held" != "$2" ]; then cat "$1/holder" >&2; exit ${fencedOutCode}; fi
[ "$3" -gt "$last" ] || { echo "epoch $last was given out already" >&2; exit ${fencedOutCode}; }
echo "$3" >"$1/epoch.new" && sync -d "$1/epoch.new" && mv "$1/epoch.new" "$1/epoch" &&
printf '%s\\n' "$2 $3 $4 $5" >"$1/holder.new" && sync -d "$1/holder.new" && mv "$1/holder.new" "$1/holder" &&
sync "$1" || exit ${noRoomCode}`;

export function takeLock(wanted: LockHolder): Command {
  const { window, epoch, since, holder } = wanted;
  const words = [lockFolder, window, String(epoch), String(since), holder] as const;
  return {
    argv: ["sh", "-c", takeScript, "drydock-lock-take", ...words],
    shown: `take the lock ${lockFolder} for window ${window}, epoch ${epoch}`,
    timeoutMs: (drainSeconds + 20) * 1000,
  };
}

// Only the holder's own window can release; the epoch stays, so that it never falls.
const releaseScript = `[ -d "$1" ] || exit 0
exec 9>>"$1/fence" && flock -w ${drainSeconds} 9 || exit ${busyCode}
held=$(cut -d' ' -f1 "$1/holder" 2>/dev/null); [ -z "$held" ] || [ "$held" = "$2" ] || exit ${fencedOutCode}
rm -f "$1/holder" && sync "$1"`;

export function releaseLock(window: string): Command {
  return {
    argv: ["sh", "-c", releaseScript, "drydock-lock-release", lockFolder, window],
    shown: `release the lock ${lockFolder} of window ${window}`,
    timeoutMs: (drainSeconds + 20) * 1000,
  };
}

// Without its folder nobody holds the lock: sh would end at `exec 9>>` and not say why.
const fenceScript = `[ -d "$1" ] || {
  echo "${fencedOutMark} the lock is held by: nobody" >&2; exit ${fencedOutCode}; }
exec 9>>"$1/fence" && flock -w ${drainSeconds} 9 || {
  echo "an earlier command is still running on this host" >&2; exit ${busyCode}; }
[ "$(cut -d' ' -f1,2 "$1/holder" 2>/dev/null)" = "$2" ] || {
  echo "${fencedOutMark} the lock is held by: $(cat "$1/holder" 2>/dev/null || echo nobody)" >&2; exit ${fencedOutCode}; }
shift 2; exec "$@"`;

/** The same command, refused on the host unless `window` still holds the lock with `epoch`. */
export function fenced(command: Command, window: string, epoch: number): Command {
  const token = `${window} ${epoch}`;
  return {
    ...command,
    argv: ["sh", "-c", fenceScript, "drydock-fence", lockFolder, token, ...command.argv],
    shown: showCommand(command),
    timeoutMs: command.timeoutMs + drainSeconds * 1000,
  };
}

/** Why the fence refused a command; undefined when it let it through. */
export function fencedOut(outcome: Outcome): string | undefined {
  if (outcome.kind !== "exited" || outcome.code !== fencedOutCode) return undefined;
  const at = outcome.stderr.indexOf(fencedOutMark);
  return at < 0 ? undefined : outcome.stderr.slice(at + fencedOutMark.length).trim();
}

export type LockTaken =
  | { readonly kind: "taken"; readonly epoch: number }
  | { readonly kind: "held"; readonly host: string; readonly by: LockHolder }
  /**
   * `busy`: by a command of an earlier holder that runs; `no-room`: the lock's folder cannot be
   * written.
   */
  | {
      readonly kind: "failed" | "busy" | "no-room";
      readonly host: string;
      readonly because: string;
    };

/** What the hosts show before a lock is taken on them. */
export interface LockSurvey {
  /** Some host shows the window as its holder. */
  readonly known: boolean;
  /** The highest epoch that was ever given out on any of them. */
  readonly given: number;
  /** The one that is to be taken. */
  readonly epoch: number;
}

/**
 * Takes the lock for `window` on every host, in the order given (the same for everybody, so that
 * two openers cannot each hold a half). Taking it again for the same window raises the epoch.
 */
export async function takeLockOn(
  world: Pick<World, "clock">,
  hosts: readonly Host[],
  wanted: {
    readonly window: string;
    readonly holder: string;
    /** Called before anything is taken, to note it; throws to refuse. */
    readonly beforeTaking?: (seen: LockSurvey) => Promise<void>;
  },
): Promise<LockTaken> {
  const { window, holder, beforeTaking } = wanted;
  const seen = await Promise.all(hosts.map(async (host) => parseLock(await host.run(readLock()))));
  let epoch = 0;
  for (const [index, lock] of seen.entries()) {
    const host = hosts[index]?.name ?? "";
    if (lock.kind === "unreadable") return { kind: "failed", host, because: lock.because };
    if (lock.value.kind === "held" && lock.value.window !== window) {
      return { kind: "held", host, by: lock.value };
    }
    epoch = Math.max(epoch, lock.value.kind === "held" ? lock.value.given : lock.value.epoch);
  }
  const known = seen.some((lock) => lock.kind === "read" && lock.value.kind === "held");
  const mine = { window, holder, epoch: epoch + 1, since: world.clock.now() };
  await beforeTaking?.({ known, given: epoch, epoch: mine.epoch });
  // What the window held before stays held when this fails: it is still open.
  const gained: Host[] = [];
  for (const [index, host] of hosts.entries()) {
    const refusal = await takeOne(host, mine);
    if (refusal !== undefined) {
      await releaseLockOn(gained, window);
      return refusal;
    }
    const lock = seen[index];
    if (lock?.kind === "read" && lock.value.kind === "free") gained.push(host);
  }
  return { kind: "taken", epoch: mine.epoch };
}

async function takeOne(host: Host, mine: LockHolder): Promise<LockTaken | undefined> {
  const outcome = await host.run(takeLock(mine));
  const said = complaint(outcome);
  if (said === undefined) return undefined;
  const now = parseLock(await host.run(readLock()));
  if (now.kind === "read" && now.value.kind === "held") {
    const held = now.value;
    if (held.window === mine.window && held.epoch === mine.epoch) return undefined;
    if (held.window !== mine.window) return { kind: "held", host: host.name, by: held };
  }
  const code = outcome.kind === "exited" ? outcome.code : 0;
  const kind = code === busyCode ? "busy" : code === noRoomCode ? "no-room" : "failed";
  return { kind, host: host.name, because: said };
}

/** Releases what `window` holds; returns the hosts that did not confirm it. */
export async function releaseLockOn(
  hosts: readonly Host[],
  window: string,
): Promise<readonly string[]> {
  const said = await Promise.all(hosts.map((host) => host.run(releaseLock(window))));
  return hosts.filter((_, i) => said[i] === undefined || complaint(said[i])).map((h) => h.name);
}
