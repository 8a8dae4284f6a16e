// Whose drydock.yaml is read without being asked for: it may hold commands, and an ssh_config with
// more of them.

import { lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "./config-error.ts";

/** What stat(2) says of a file or a folder. */
export interface Owned {
  readonly uid: number;
  readonly mode: number;
}

const root = 0;
const writableByAll = 0o002;
const sticky = 0o1000;

/** Root, the caller, and who became root with sudo. A SUDO_UID of anybody else means nothing. */
export function trustedOwners(uid: number | undefined, sudoUid?: string): readonly number[] {
  const before = uid === root && /^\d+$/.test(sudoUid ?? "") ? [Number(sudoUid)] : [];
  return [root, ...(uid === undefined ? [] : [uid]), ...before];
}

/**
 * Why a file is not to be trusted; `link` is the name itself, which may be a symbolic link to the
 * file.
 */
export function distrust(
  { link, file, folder }: { readonly link: Owned; readonly file: Owned; readonly folder: Owned },
  trusted: readonly number[],
): string | undefined {
  const stranger = [link, file].find(({ uid }) => !trusted.includes(uid));
  if (stranger !== undefined) return `it belongs to user ${stranger.uid}, who is not you`;
  if ((file.mode & writableByAll) !== 0) return "everybody may write it";
  // With the sticky bit, as in /tmp, only its owner may put another file in its place.
  const isOpen = (folder.mode & writableByAll) !== 0 && (folder.mode & sticky) === 0;
  return isOpen ? "everybody may put another in its place: its folder is open to all" : undefined;
}

/** Refuses a file that others may have written. One that is not there is left to the reader. */
export async function refuseForeign(
  path: string,
  shown: string,
  trusted: readonly number[],
): Promise<void> {
  const looks = [lstat(path), stat(path), stat(dirname(path))] as const;
  const found = await Promise.all(looks).catch(() => undefined);
  if (found === undefined) return;
  const [link, file, folder] = found;
  const because = distrust({ link, file, folder }, trusted);
  if (because === undefined) return;
  const remedy = `It may hold commands, and was not read. If you trust it: --config ./${shown}`;
  throw new ConfigError({ file: shown }, because, remedy);
}
