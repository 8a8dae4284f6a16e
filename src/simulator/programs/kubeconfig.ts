// root's kubeconfig beside admin.conf: their certificates compared, those of the one put into the
// other.

import { fileAt, renameFile, writeFile } from "../files.ts";
import type { HostModel, StoredBytes } from "../model.ts";
import { authorityDataOf, clientDataOf, embedded, withClientOf } from "../nature/kubeconfig.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";

/**
 * A line for each file: mode, owner, how many contexts or clusters, client certificate and the
 * authority it names, or `absent`; and one for both.
 */
export async function compareKubeconfigs(call: Call): Promise<Answer> {
  await takes(call, 40);
  const lines = call.argv.slice(4).map((path) => {
    const file = fileAt(call.host, path);
    if (file === undefined) return "absent\n";
    const counts = [/^ *-? *server:/gm, /^ *-? *context:/gm].map(
      (one) => file.content.match(one)?.length ?? 0,
    );
    return `${file.mode.toString(8)} ${file.owner} ${Math.max(...counts)} ${clientDataOf(file.content)} ${authorityDataOf(file.content)}\n`;
  });
  const [mine, admins] = call.argv.slice(4).map((path) => fileAt(call.host, path)?.content);
  return said(`${lines.join("")}${besideAdmin(mine, admins)}\n`);
}

/**
 * Whether the key is the same, whether the text can be kept, and what differs in it but certificate
 * and key.
 */
function besideAdmin(mine: string | undefined, admins: string | undefined): string {
  if (mine === undefined || admins === undefined) return "untold whole";
  const [own, theirs] = [embedded(mine), embedded(admins)];
  if (own === undefined || theirs === undefined) {
    return mine === admins ? "same own" : "untold whole";
  }
  const [of, ofAdmin] = [settings(mine), settings(admins)];
  return [
    own.key === theirs.key ? "same" : "other",
    "own",
    ...(["namespace", "server", "more"] as const).filter((one) => of[one] !== ofAdmin[one]),
  ].join(" ");
}

/**
 * All lines but those of the client's certificate and key, and preferences, which newer versions
 * leave out.
 */
function settings(text: string): Readonly<Record<"namespace" | "server" | "more", string>> {
  const lines = text.split("\n").filter((line) => !/client-\w+-data|^preferences:/.test(line));
  const those = (isOne: (line: string) => boolean) => lines.filter(isOne).join("\n");
  return {
    namespace: those((line) => /^[ -]*namespace:/.test(line)),
    server: those((line) => /^[ -]*server:/.test(line)),
    more: those((line) => !/^[ -]*(?:namespace|server):/.test(line)),
  };
}

/**
 * The old file keeps a second name, then the new one takes its first: never a moment without one.
 */
export async function replaceKubeconfig(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const [path = "", source = "", stamp = ""] = call.argv.slice(4);
  await takes(call, 40);
  const [old, admin] = [fileAt(host, path), fileAt(host, source)];
  if (old === undefined) return { code: 1, stdout: "", stderr: "" };
  if (admin === undefined)
    return failed(1, `mawk: cannot open ${source} (No such file or directory)`);
  const draft = `${path}.drydock-new`;
  const content = withClientOf(old.content, admin.content) ?? admin.content;
  writeFile(site, host, draft, { content, mode: 0o600 }, by);
  const kept = nameFor(host, `${path}.${stamp}`, old);
  if (old.content !== content && fileAt(host, kept) === undefined) {
    writeFile(site, host, kept, { content: old.content, mode: 0o600 }, by);
  }
  renameFile(site, host, draft, path, by);
  return said("");
}

/** The name, or the first of `.2`, `.3` … that is free or holds the same already. */
function nameFor(host: HostModel, name: string, old: StoredBytes): string {
  for (let number = 1; ; number++) {
    const tried = number === 1 ? name : `${name}.${number}`;
    const there = fileAt(host, tried);
    if (there === undefined || there.content === old.content) return tried;
  }
}
