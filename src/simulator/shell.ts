// A person's shell on a host: root, in /root, nobody at the keyboard to answer a question. It knows
// the words of a command, and how the guide exports what /etc/etcd.env says; no more of sh.

import { textAt } from "./files.ts";
import type { HostModel } from "./model.ts";
import { type Answer, said } from "./programs/call.ts";
import { run } from "./programs/run.ts";
import type { Site } from "./site.ts";
import { somebody } from "./transition.ts";

export interface Shell {
  readonly host: HostModel;
  readonly exported: Map<string, string>;
}

export function openShell(host: HostModel): Shell {
  return { host, exported: new Map() };
}

/** `export $(grep -v '^#' FILE | xargs -d '\n')`: every line of FILE that is no comment. */
const exportsFile = /^export \$\(grep -v '\^#' (\S+) \| xargs -d '\\n'\)$/;

export async function typed(site: Site, { host, exported }: Shell, line: string): Promise<Answer> {
  const file = exportsFile.exec(line)?.[1];
  if (file !== undefined) {
    for (const [name = "", value = ""] of textAt(host, file).split("\n").map(assignment)) {
      if (name !== "" && !name.startsWith("#")) exported.set(name, value);
    }
    return said("");
  }
  const argv = line.split(" ").map((word) => (isOwnFile(word) ? `/root/${word}` : word));
  return run({ site, host, argv, by: somebody, env: exported, boot: host.boots });
}

function assignment(line: string): readonly string[] {
  return line.split(/=(.*)/s);
}

/** The guide names its two backups without a folder. */
function isOwnFile(word: string): boolean {
  return /^[\w.]+\.(etcd\.backup|tar\.gz)$/.test(word);
}
