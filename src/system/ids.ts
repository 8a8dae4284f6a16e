// Names that differ from run to run or from machine to machine: window ids, and who holds a lock.

import { randomInt } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { printable } from "../core/printable.ts";
import type { Instant } from "../core/world.ts";

// Without 0, 1, l and o, which are misread when an id is read out or typed.
const letters = "23456789abcdefghijkmnpqrstuvwxyz";

/**
 * `w20261122-0301-k3f9`: sorts by the minute of its start (UTC), and is safe as a file name.
 * The four letters tell windows of the same minute apart (one in a million is the same).
 */
export function newWindowId(at: Instant): string {
  const stamp = new Date(at)
    .toISOString()
    .replace(/^(\d+)-(\d+)-(\d+)T(\d+):(\d+).*$/, "$1$2$3-$4$5");
  const tail = Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return `w${stamp}-${tail}`;
}

/** `user@machine`, for the lock and the journal: the person behind sudo when there is one. */
export function holderName(env: Readonly<Record<string, string | undefined>>): string {
  return printable(`${env.SUDO_USER ?? accountName()}@${hostname()}`);
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run with a user id that has no entry in /etc/passwd.
    return "unknown";
  }
}
