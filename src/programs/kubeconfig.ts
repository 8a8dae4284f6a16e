// root's kubeconfig beside admin.conf: compared by their certificates, replaced in one rename.

import { isSignedByOneOf, parseCertificate } from "../cluster/certificate.ts";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";
import { kubeconfigUser } from "./kubeconfig-user.ts";
import { adminKubeconfig } from "./kubectl.ts";

// Only certificates are printed: keys stand beside them in the same files, and may stand behind them in their data.
const compareScript = `certificates() { base64 -d 2>/dev/null | sed -n '/^-----BEGIN CERT/,/^-----END CERT/p' | base64 -w 0; }
user() { awk '${kubeconfigUser}
{ sub(/\\r$/, ""); follow($0) }
END { print chosen() }' "$1" | certificates; }
authority() { sed -n 's/^ *-\\{0,1\\} *certificate-authority-data: *//p' "$1" | head -n 1 | certificates; }
most() { for key in server context; do grep -c "^ *-\\{0,1\\} *$key:" "$1"; done | sort -n | tail -n 1; }
for file in "$@"; do
if [ -e "$file" ]; then
  echo "$(stat -L -c '%a %U' "$file") $(most "$file") $(user "$file") $(authority "$file")"
else echo absent; fi; done`;

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
  /** Whether the authority that admin.conf names has signed it; true where admin.conf names none. */
  readonly isSignedHere: boolean;
}

export interface KubeconfigsSeen {
  readonly current: KubeconfigSeen | "absent" | "no certificate";
  readonly admin: KubeconfigSeen | "absent" | "no certificate";
}

export function parseKubeconfigs(outcome: Outcome): Reading<KubeconfigsSeen> {
  return answer(outcome, "kubeconfigs", (text) => {
    const [current, admin] = text.split("\n");
    if (current === undefined || admin === undefined) return undefined;
    const authority = admin.split(" ")[4] ?? "";
    return { current: parseLine(current, authority), admin: parseLine(admin, authority) };
  });
}

/** What is for other clusters or users too is nobody's copy, though it begins with one. */
export function namesOthers({ current }: KubeconfigsSeen): boolean {
  return typeof current !== "string" && current.contexts > 1;
}

/**
 * True of an older copy as well. Every kubeadm cluster's admin has the same name, so the signature tells
 * another cluster's; a copy from before Kubernetes 1.29, of O=system:masters, has more rights and is none.
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

// The old file stays under a new name (a link, so that there is never a moment without one). The name is
// taken when admin.conf changed again meanwhile: then the file between stays as well, under another one.
const replaceScript = `umask 077; new="$1.drydock-new"; kept="$1.$3"; n=1
while [ -e "$kept" ] && ! cmp -s "$kept" "$1"; do n=$((n + 1)); kept="$1.$3.$n"; done
cmp -s "$1" "$2" || { { [ -e "$kept" ] || ln "$1" "$kept"; } && chmod 600 "$kept"; } || exit 1
cp "$2" "$new" && chown --reference="$1" "$new" && chmod 600 "$new" && sync "$new" &&
  mv -T "$new" "$1" || { rm -f "$new"; exit 1; }`;

/** Puts admin.conf in the place of `path` in one rename; the old one is kept as `path.stamp`, or `.2`, `.3`. */
export function replaceKubeconfig(path: string, stamp: string): Command {
  return {
    argv: ["sh", "-c", replaceScript, "drydock-kubeconfig", path, adminKubeconfig, stamp],
    shown: `ln ${path} ${path}.${stamp} && install -m 600 ${adminKubeconfig} ${path} (by rename)`,
    timeoutMs: 15_000,
  };
}
