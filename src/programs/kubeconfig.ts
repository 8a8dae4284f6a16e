// root's kubeconfig beside admin.conf: compared by their certificates, brought up to date in one
// rename.

import { isSignedByOneOf, parseCertificate } from "../cluster/certificate.ts";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";
import { ownKubeconfig } from "./kubeconfig-own.ts";
import { kubeconfigUser } from "./kubeconfig-user.ts";
import { adminKubeconfig } from "./kubectl.ts";

// Only certificates are printed: keys stand beside them in the same files, and may stand behind
// them in their data.
const compareScript = `certificates() { base64 -d 2>/dev/null | sed -n '/^-----BEGIN CERT/,/^-----END CERT/p' | base64 -w 0; }
user() { awk '${kubeconfigUser}
{ sub(/\\r$/, ""); follow($0) }
END { print chosen() }' "$1" | certificates; }
authority() { sed -n 's/^ *-\\{0,1\\} *certificate-authority-data: *//p' "$1" | head -n 1 | certificates; }
most() { for key in server context; do grep -c "^ *-\\{0,1\\} *$key:" "$1"; done | sort -n | tail -n 1; }
for file in "$@"; do
if [ -e "$file" ]; then
  echo "$(stat -L -c '%a %U' "$file") $(most "$file") $(user "$file") $(authority "$file")"
else echo absent; fi; done
[ -e "$1" ] && [ -e "$2" ] && awk -v tell=1 '${ownKubeconfig}' "$2" "$1" || echo untold whole`;

export function compareKubeconfigs(path: string): ReadCommand {
  return {
    argv: ["sh", "-c", compareScript, "drydock-kubeconfigs", path, adminKubeconfig],
    shown: `compare the certificates in ${path} and ${adminKubeconfig}`,
    reads: true,
    timeoutMs: 15_000,
  };
}

export interface KubeconfigSeen {
  readonly mode: number;
  /** How many contexts stand in it, or clusters where there are more of these. */
  readonly contexts: number;
  readonly owner: string;
  readonly serialHex: string;
  readonly subject: string;
  /**
   * Whether the authority that admin.conf names has signed it; true where admin.conf names none.
   */
  readonly isSignedHere: boolean;
}

export interface KubeconfigsSeen {
  readonly current: KubeconfigSeen | "absent" | "no certificate";
  readonly admin: KubeconfigSeen | "absent" | "no certificate";
  /** Whether their keys are the same; undefined where the text of the two does not tell. */
  readonly sameKey: boolean | undefined;
  /**
   * In what else root's differs, which an update keeps; undefined where admin.conf takes its place.
   */
  readonly own: readonly Own[] | undefined;
}

/** `more` is anything else: another authority, a proxy, a program to run, other names. */
export type Own = "namespace" | "server" | "more";

export function parseKubeconfigs(outcome: Outcome): Reading<KubeconfigsSeen> {
  return answer(outcome, "kubeconfigs", (text) => {
    const [current, admin, beside = ""] = text.split("\n");
    const [, key, how, differs] =
      /^(same|other|untold) (own|whole)((?: namespace| server| more)*)$/.exec(beside) ?? [];
    if (current === undefined || admin === undefined || differs === undefined) return undefined;
    const authority = admin.split(" ")[4] ?? "";
    const own = (["namespace", "server", "more"] as const).filter((one) => differs.includes(one));
    return {
      current: parseLine(current, authority),
      admin: parseLine(admin, authority),
      sameKey: key === "untold" ? undefined : key === "same",
      own: how === "own" ? own : undefined,
    };
  });
}

/** What is for other clusters or users too is nobody's copy, though it begins with one. */
export function namesOthers({ current }: KubeconfigsSeen): boolean {
  return typeof current !== "string" && current.contexts > 1;
}

/**
 * True of an older copy as well. Every kubeadm cluster's admin has the same name, so the signature
 * tells another cluster's; a copy from before Kubernetes 1.29, of O=system:masters, has more rights
 * and is none.
 */
export function isCopyOfAdmin({ current, admin }: KubeconfigsSeen): boolean {
  if (typeof current === "string" || typeof admin === "string") return false;
  return current.subject === admin.subject && current.isSignedHere && current.contexts <= 1;
}

function parseLine(line: string, authority: string): KubeconfigSeen | "absent" | "no certificate" {
  if (line === "absent") return "absent";
  const [mode = "", owner = "", contexts = "", base64 = ""] = line.split(" ");
  if (base64 === "") return "no certificate";
  const pem = textOf(base64);
  const parsed = parseCertificate(pem);
  if (parsed.kind === "unreadable") return "no certificate";
  const { serialHex, subject } = parsed.value;
  const isSignedHere = authority === "" || isSignedByOneOf(pem, [textOf(authority)]);
  const counted = { mode: Number.parseInt(mode, 8), contexts: Number(contexts) };
  return { ...counted, owner, serialHex, subject, isSignedHere };
}

function textOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

// The new file is written beside the old one, for root only, and takes its place when it is whole:
// with the old values put back into it, it must be the old one, since a full disk cuts it off and
// not every awk says so. The old file stays under a new name (a link, so that there is never a
// moment without one). The name is taken when admin.conf changed again meanwhile: then the file
// between stays as well, under another one.
const replaceScript = `umask 077; new="$1.drydock-new"; kept="$1.$3"; n=1
with() { awk '${ownKubeconfig}' "$1" "$2"; }
[ -e "$1" ] && rm -f "$new" || exit 1
with "$2" "$1" >"$new"; case $? in
0) [ "$(with "$1" "$new" | cksum)" = "$(with "$1" "$1" | cksum)" ];;
3) cp "$2" "$new";;
*) false;; esac &&
  chown --reference="$1" "$new" && chmod 600 "$new" && sync "$new" || { rm -f "$new"; exit 1; }
while [ -e "$kept" ] && ! cmp -s "$kept" "$1"; do n=$((n + 1)); kept="$1.$3.$n"; done
{ cmp -s "$1" "$new" || { { [ -e "$kept" ] || ln "$1" "$kept"; } && chmod 600 "$kept"; }; } &&
  mv -T "$new" "$1" || { rm -f "$new"; exit 1; }`;

/**
 * Gives `path` the certificate and key of admin.conf, and keeps what else stands in it, in one
 * rename. Where it is not written as kubeadm writes it, admin.conf takes its place. The old one is
 * kept as `path.stamp`, or `.2`, `.3`.
 */
export function replaceKubeconfig(path: string, stamp: string): Command {
  return {
    argv: ["sh", "-c", replaceScript, "drydock-kubeconfig", path, adminKubeconfig, stamp],
    shown: `ln ${path} ${path}.${stamp} && put the certificate and key of ${adminKubeconfig} into ${path} (by rename)`,
    timeoutMs: 15_000,
  };
}
