// Drydock's scripts that save and inspect an etcd snapshot. The bytes are not modelled; what is
// known of them is.

import { exists, fileAt, renameFile, sha256 } from "../files.ts";
import { clockOf, type StoredBytes } from "../model.ts";
import { type Answer, type Call, failed, inner, said, takes } from "./call.ts";
import { etcdctl } from "./etcdctl.ts";
import { secondsText } from "./stat.ts";

/**
 * A file that lies there already is moved aside: nothing is overwritten. A member that does not
 * answer is not asked for its database.
 */
export async function saveSnapshot(call: Call): Promise<Answer> {
  const { site, host } = call;
  const [path = "", ...tool] = call.argv.slice(4);
  const asked = await etcdctl(inner(call, [...tool, "endpoint", "status"]));
  if (asked.code !== 0) return { ...asked, stdout: "" };
  if (exists(host, path)) {
    const aside = `${path}.${secondsText(clockOf(site.model, host))}.earlier`;
    renameFile(site, host, path, aside, call.by);
  }
  const saved = await etcdctl(inner(call, [...tool, "snapshot", "save", path]));
  return { ...saved, stdout: "", stderr: saved.stderr + saved.stdout };
}

export async function snapshotStatus(call: Call): Promise<Answer> {
  await takes(call, 120);
  const [path = ""] = call.argv.slice(4);
  const file = fileAt(call.host, path);
  if (file === undefined) return said("absent\n");
  const facts = `present\n${file.sizeBytes} ${file.mode.toString(8)}\n${sha256(file.content)}  -\n`;
  if (file.form !== "snapshot") return failed(1, "Error: invalid database", facts);
  const known = statusOf(file);
  return known === undefined
    ? failed(2, cutOff, facts)
    : said(`${facts}${JSON.stringify(known)}\n`);
}

/** Undefined where the file was cut off. */
function statusOf({ content, sizeBytes }: StoredBytes): object | undefined {
  if (!content.endsWith("}")) return undefined;
  const { revision, totalKeys } = JSON.parse(content);
  return { hash: 1_234_567, revision, totalKey: totalKeys, totalSize: sizeBytes - 32 };
}

/** etcdutl 3.5 has no words for it, and tells where in its code it was. */
const cutOff =
  "panic: assertion failed: Page expected to be: 264, but self identifies as 0\n\ngoroutine 105 [running]:\ngo.etcd.io/bbolt._assert(...)\n";
