// root's kubeconfig beside admin.conf: their certificates compared, the one replaced by the other.

import { fileAt, renameFile, textAt, writeFile } from "../files.ts";
import type { HostModel, StoredBytes } from "../model.ts";
import { authorityDataOf, clientDataOf } from "../nature/kubeconfig.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";

/** A line for each file: mode, owner, how many contexts or clusters, client certificate and the authority it names, or `absent`. */
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
  return said(lines.join(""));
}

/** The old file keeps a second name, then the new one takes its first: never a moment without one. */
export async function replaceKubeconfig(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const [path = "", source = "", stamp = ""] = call.argv.slice(4);
  await takes(call, 40);
  const old = fileAt(host, path);
  if (old === undefined)
    return failed(1, `ln: failed to access '${path}': No such file or directory`);
  const fresh = fileAt(host, source);
  const kept = nameFor(host, `${path}.${stamp}`, old);
  if (old.content !== fresh?.content && fileAt(host, kept) === undefined) {
    writeFile(site, host, kept, { content: old.content, mode: 0o600 }, by);
  }
  if (fresh === undefined)
    return failed(1, `cp: cannot stat '${source}': No such file or directory`);
  const draft = `${path}.drydock-new`;
  writeFile(site, host, draft, { content: textAt(host, source), mode: 0o600 }, by);
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
