// Files of a simulated host: real paths, what a write leaves behind, what a read finds.

import { createHash } from "node:crypto";
import { type Container, clockOf, type HostModel, type StoredBytes } from "./model.ts";
import { remembered } from "./remembered.ts";
import type { Site } from "./site.ts";
import type { By } from "./transition.ts";

/** Follows symbolic links of folders and files, as `readlink -f` does. */
export function realPath(host: HostModel, path: string): string {
  for (const [link, target] of host.links) {
    if (!path.startsWith(link)) continue;
    if (path.length === link.length) return realPath(host, target);
    if (path[link.length] === "/") return realPath(host, target + path.slice(link.length));
  }
  return path;
}

export function fileAt(host: HostModel, path: string): StoredBytes | undefined {
  return host.files.get(realPath(host, path));
}

export function textAt(host: HostModel, path: string): string {
  return fileAt(host, path)?.content ?? "";
}

/** True for files, links and for folders that something lies in. */
export function exists(host: HostModel, path: string): boolean {
  const real = realPath(host, path);
  if (host.files.has(real)) return true;
  const folder = `${real}/`;
  for (const name of host.files.keys()) if (name.startsWith(folder)) return true;
  return false;
}

/**
 * Of the folder, or of the nearest one above it that a file system is known of; NaN where none is.
 */
export function freeBytesFor(host: HostModel, folder: string): number {
  const free = host.freeBytes.get(folder);
  if (free !== undefined || folder === "/") return free ?? Number.NaN;
  return freeBytesFor(host, folder.replace(/\/[^/]*$/, "") || "/");
}

/** The paths in a folder, at any depth. */
export function pathsUnder(host: HostModel, folder: string): readonly string[] {
  const prefix = `${realPath(host, folder)}/`;
  return [...host.files.keys()].filter((path) => path.startsWith(prefix));
}

export interface Write {
  readonly content: string;
  readonly mode?: number;
  readonly form?: StoredBytes["form"];
  readonly sizeBytes?: number;
}

/** Writes a file and tells the checkers; what it does not say stays as it was. */
export function writeFile(
  site: Site,
  host: HostModel,
  path: string,
  write: Write,
  by: By,
): StoredBytes {
  const real = realPath(host, path);
  const before = host.files.get(real);
  const after: StoredBytes = {
    content: write.content,
    mode: write.mode ?? before?.mode ?? 0o644,
    owner: before?.owner ?? "root",
    modifiedAt: clockOf(site.model, host),
    form: write.form ?? "text",
    sizeBytes: write.sizeBytes ?? write.content.length,
    inode: before?.inode ?? newInode(host),
  };
  host.files.set(real, after);
  site.see({ kind: "file", host: host.name, path: real, before, after, by });
  return after;
}

export function newInode(host: HostModel): number {
  host.lastInode += 1;
  return host.lastInode;
}

/**
 * False when the path it has mounted alone has another file by now: it sees the one that was there.
 */
export function seesItsMount(host: HostModel, { mounted }: Container): boolean {
  return mounted === undefined || fileAt(host, mounted.path)?.inode === mounted.inode;
}

export function removeFile(site: Site, host: HostModel, path: string, by: By): void {
  const real = realPath(host, path);
  const before = host.files.get(real);
  if (before === undefined) return;
  host.files.delete(real);
  site.see({ kind: "file", host: host.name, path: real, before, after: undefined, by });
}

/** In one moment: what was at `to` is gone, what was at `from` has its name. */
export function renameFile(site: Site, host: HostModel, from: string, to: string, by: By): void {
  const [source, target] = [realPath(host, from), realPath(host, to)];
  const moved = host.files.get(source);
  if (moved === undefined) return;
  const before = host.files.get(target);
  host.files.delete(source);
  host.files.set(target, moved);
  site.see({ kind: "file", host: host.name, path: target, before, after: moved, by });
}

export const sha256 = remembered((text: string) => createHash("sha256").update(text).digest("hex"));
