// Whatever is replaced can be got back: from another file of the host, or from an archive of it.

import { realPath, sha256 } from "../files.ts";
import type { HostModel, Model, StoredBytes } from "../model.ts";
import { unmatchedPairs } from "../nature/pairs.ts";
import { isPair } from "../x509.ts";
import { defineChecker } from "./checker.ts";

/** The lock's own files, and drafts, which only get their name when they are whole. */
const derived = /^\/var\/lib\/drydock\/lock\/|\.drydock-new$|\.part$/;

/** What must be there at every moment: somebody may start, or call, just then. */
const needed = /^\/etc\/(kubernetes|ssl\/etcd)\/.*\.(crt|key|pem|conf)$|^\/root\/\.kube\/config$/;

interface Memory {
  /** Files that somebody wrote since the step began: nobody could have made a copy of them. */
  unnoticed: string[];
  /** Certificates without a key: both halves of such a pair are of no use to anybody. */
  halves: string[];
}

export const nothingOverwritten = defineChecker<Memory>({
  name: "nothing-overwritten",
  sentence:
    "No content of a file is lost: it lies on the host under another name, or in an archive; no certificate is ever away, nor left with a key that is not its own.",
  memory: () => ({ unnoticed: [], halves: [] }),
  see: (memory, transition, model) => {
    if (transition.kind === "journalled") {
      const { record } = transition;
      if (record.kind === "began") memory.unnoticed = [];
      return record.kind === "settled" ? unfit(memory, record.key, model) : undefined;
    }
    if (transition.kind === "stored") {
      const { before, after, name, window } = transition;
      const lost = before !== undefined && before.content !== after.content;
      return lost ? `${name} of window ${window} was overwritten here` : undefined;
    }
    if (transition.kind !== "file") return undefined;
    const { before, after, path } = transition;
    const name = `${transition.host}:${path}`;
    if (transition.by.who === "somebody") memory.unnoticed.push(name);
    if (transition.by.who !== "drydock" || memory.unnoticed.includes(name)) return undefined;
    if (before === undefined || before.content === after?.content || derived.test(path)) {
      return undefined;
    }
    if (after === undefined && needed.test(path)) return `${name} was away for a moment`;
    const host = model.hosts.get(transition.host);
    if (host === undefined || isHalf(memory, host, path, before) || isKept(host, before)) {
      return undefined;
    }
    return `${transition.host}: ${path} was ${after === undefined ? "removed" : "overwritten"} without a copy`;
  },
});

/** While kubeadm writes, a pair does not match; once its renewal has settled it must. */
function unfit({ unnoticed }: Memory, key: string, model: Model): string | undefined {
  const host = model.hosts.get(/^renew-certificates@(.*)$/.exec(key)?.[1] ?? "");
  if (host === undefined) return undefined;
  const isTheirs = (path: string) => unnoticed.includes(`${host.name}:${realPath(host, path)}`);
  const cut = unmatchedPairs(host).find(
    ({ path }) => !isTheirs(`${path}.crt`) && !isTheirs(`${path}.key`),
  );
  return cut === undefined ? undefined : `${cut.path} of ${host.name} does not match its key`;
}

/** A key of another certificate, or then the certificate, whose own key was lost with the power. */
function isHalf(
  { halves }: Memory,
  host: HostModel,
  path: string,
  { content }: StoredBytes,
): boolean {
  const name = `${host.name}:${path.replace(/\.\w+$/, "")}`;
  if (path.endsWith(".crt")) {
    const at = halves.indexOf(name);
    if (at >= 0) halves.splice(at, 1);
    return at >= 0;
  }
  if (!path.endsWith(".key")) return false;
  const certificate = host.files.get(path.replace(/\.key$/, ".crt"))?.content;
  const fits = certificate === undefined || isPair(certificate, content);
  if (!fits && !halves.includes(name)) halves.push(name);
  return !fits;
}

function isKept(host: HostModel, { content }: StoredBytes): boolean {
  const hash = sha256(content);
  for (const file of host.files.values()) {
    if (file.content === content) return true;
    if (file.form === "archive" && file.content.includes(hash)) return true;
  }
  return false;
}
