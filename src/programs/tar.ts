// tar: the archive of a node's certificates and settings, mode 0600 from its first byte.

import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answerOnFile, type Damaged } from "./answer.ts";

/**
 * What a control plane node needs to be put back as it was: the guide's two folders, and what it
 * leaves out. Paths that a node does not have are left out and not an error.
 */
export const archivedPaths = [
  "etc/kubernetes",
  "etc/ssl/etcd",
  "etc/etcd.env",
  "etc/etcd-events.env",
  "etc/systemd/system/etcd.service",
  "etc/systemd/system/kubelet.service",
  "etc/cni/net.d",
  "var/lib/kubelet/config.yaml",
  "var/lib/kubelet/kubeadm-flags.env",
  "var/lib/kubelet/pki",
  "root/.kube/config",
] as const;

/**
 * Whole data folders of etcd, which every `kubeadm upgrade` leaves there: gigabytes, and old ones.
 * And audit logs, which some keep there: no file that is written all the while can be archived.
 */
const leftOut =
  "--exclude=kubernetes/tmp --exclude='kubernetes/*.log' --exclude='kubernetes/*.log.gz'";

// tar keeps links as they are. Where a folder of certificates is one that leads elsewhere, or a
// file is, what it leads to is archived too; where /etc/kubernetes itself is one, that is found in
// the second round. No other folder is: it may be anything. What the archive must hold is added
// wherever it is.
const withLinked = `set -f; IFS='
'; for round in first second must; do
  case $round in must) found=$must;; *) found=$(find "$@" -type l ! -path '*/kubernetes/tmp/*');; esac
  for link in $found; do
    real=$(realpath --relative-to=. "$link" 2>/dev/null) && [ -e "$real" ] || continue
    case $real in *.log|*.log.gz) continue;; esac
    [ -f "$real" ] || case $link in */kubernetes|*/pki|*/ssl|*/pki/etcd|*/ssl/etcd) ;; *) continue;; esac
    for known in "$@"; do case $real in "$known"|"$known"/*) continue 2;; esac; done
    set -- "$@" "$real"
  done
done; unset IFS; set +f`;

// Written under another name first. A file of an earlier try is kept, under a name that no other
// has: mv -n exits with 0 when it moved nothing. A file that changed while tar read it is an error.
// The folder is synced too: what is renewed a moment later must not outlive the archive's name in a
// power loss.
const archiveScript = `umask 077; file=$1 must=$2; shift 2; mkdir -p "$(dirname "$file")" && cd / || exit 1
n=$#; for path in "$@"; do [ ! -e "$path" ] || set -- "$@" "$path"; done; shift "$n"
[ $# -gt 0 ] || { echo "none of the paths to archive is here" >&2; exit 1; }
${withLinked}
rm -f "$file.part"; earlier=$file.$(date +%s.%N).earlier
for end in "" .list; do
  [ ! -e "$file$end" ] || mv -n "$file$end" "$earlier$end" && [ ! -e "$file$end" ] || exit 1
done
tar --create --gzip ${leftOut} --file "$file.part" "$@" || { code=$?; rm -f "$file.part"; exit "$code"; }
sync "$file.part" && mv "$file.part" "$file" || exit 1
tar --list --verbose --gzip --file "$file" >"$file.list" && sync "$file.list" "$(dirname "$file")"`;

/** `mustHold`: by where they really are, without a leading slash; left out where they are not. */
export function createArchive(path: string, mustHold: readonly string[]): Command {
  const must = mustHold.join("\n");
  return {
    argv: ["sh", "-c", archiveScript, "drydock-archive", path, must, ...archivedPaths],
    shown: `tar --create --gzip ${leftOut} --file ${path} -C / ${archivedPaths.join(" ")}`,
    timeoutMs: 300_000,
  };
}

const inspectScript = `[ -e "$1" ] || { echo absent; exit 0; }
stat -c '%s %a' "$1" && sha256sum <"$1" && sha256sum <"$1.list" && exec tar --list --gzip --file "$1"`;

/** Reads the whole archive through gzip's checksum, and names its members. */
export function inspectArchive(path: string): ReadCommand {
  return {
    argv: ["sh", "-c", inspectScript, "drydock-archive-status", path],
    shown: `tar --list --gzip --file ${path}`,
    reads: true,
    timeoutMs: 300_000,
  };
}

export interface ArchiveSeen {
  readonly sizeBytes: number;
  readonly mode: number;
  readonly sha256: string;
  readonly listSha256: string;
  /** Names in the archive, without a leading slash; folders end in a slash. */
  readonly members: readonly string[];
}

/** Undefined inside the reading when there is no such file. */
export function parseArchive(outcome: Outcome): Reading<ArchiveSeen | Damaged | undefined> {
  return answerOnFile(outcome, "archive", (text) => {
    const [facts = "", sum = "", listSum = "", ...members] = text.trimEnd().split("\n");
    const [size, mode] = facts.split(" ");
    if (size === undefined || mode === undefined) return undefined;
    return {
      sizeBytes: Number(size),
      mode: Number.parseInt(mode, 8),
      sha256: sum.split(" ")[0] ?? "",
      listSha256: listSum.split(" ")[0] ?? "",
      members,
    };
  });
}
