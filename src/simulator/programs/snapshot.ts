// Saving and inspecting an etcd snapshot. The bytes are not modelled; what is known of them is.

import { exists, fileAt, freeBytesFor, realPath, renameFile, sha256, writeFile } from "../files.ts";
import { clockOf, type StoredBytes } from "../model.ts";
import { memberOf } from "../nature/etcd.ts";
import { type Answer, type Call, failed, inner, said, takes } from "./call.ts";
import { etcdctl } from "./etcdctl.ts";
import { secondsText } from "./stat.ts";

const saveMs = 130;

/** A file that lies there already is moved aside: nothing is overwritten. */
export async function saveSnapshot(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const [path = "", ...tool] = call.argv.slice(4);
  if (exists(host, path)) {
    const aside = `${path}.${secondsText(clockOf(site.model, host))}.earlier`;
    renameFile(site, host, path, aside, by);
  }
  const asked = await askThrough(call, tool);
  if (asked.code !== 0) return { ...asked, stdout: "" };
  await takes(call, saveMs);
  const { totalKeys, sizeBytes } = site.model.etcd;
  const revision = site.model.etcd.revision - (memberOf(site.model, host.name)?.behind ?? 0);
  if (freeBytesFor(host, "/var/backups") < sizeBytes) {
    return failed(
      1,
      `Error: could not write ${path}.part: write ${path}.part: no space left on device`,
    );
  }
  const content = JSON.stringify({ revision, totalKeys });
  // The SHA-256 at the end makes it 32 bytes longer than the database.
  const form = { form: "snapshot", mode: 0o600, sizeBytes: sizeBytes + 32 } as const;
  writeFile(site, host, path, { content, ...form }, by);
  return { code: 0, stdout: "", stderr: `Snapshot saved at ${path}\n` };
}

/**
 * Only whether etcd would answer: `member list` instead of `snapshot save`, with the same flags.
 */
function askThrough(call: Call, tool: readonly string[]): Promise<Answer> {
  return etcdctl(inner(call, [...tool, "member", "list"]));
}

export async function snapshotStatus(call: Call): Promise<Answer> {
  await takes(call, 120);
  const [path = ""] = call.argv.slice(4);
  const file = fileAt(call.host, path);
  if (file === undefined) return said("absent\n");
  const facts = `present\n${file.sizeBytes} ${file.mode.toString(8)}\n${sha256(file.content)}  -\n`;
  const known = statusOf(file);
  if (known === undefined) {
    return failed(
      1,
      `Error: snapshot file integrity check failed ${realPath(call.host, path)}`,
      facts,
    );
  }
  return said(`${facts}${JSON.stringify(known)}\n`);
}

function statusOf(file: StoredBytes): object | undefined {
  if (file.form !== "snapshot") return undefined;
  const { revision, totalKeys } = JSON.parse(file.content);
  return { hash: 1_234_567, revision, totalKey: totalKeys, totalSize: file.sizeBytes - 32 };
}
