// Which containers look at a file that has been replaced meanwhile.

import { nodeNames, on } from "./cluster.ts";

/**
 * `node/component` of containers that have a file of /etc/kubernetes mounted alone, and see another
 * inode.
 */
export async function seeingOld(components: readonly string[]): Promise<readonly string[]> {
  const script = [look, ...components.map((component) => `look_well ${component}`)].join("\n");
  const answers = await Promise.all(nodeNames.map((node) => on(node, script)));
  return nodeNames.flatMap((node, index) =>
    (answers[index] ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((component) => `${node}/${component}`),
  );
}

/**
 * What was seen of a container counts only if it still runs afterwards: else it is looked at anew.
 */
const look = String.raw`
running() { crictl ps -q --name "^$1\$"; }
inspected() { crictl inspect -o go-template --template "$1" "$2"; }
look() {
  id=$(running "$1") || return 1
  [ -n "$id" ] || return 0
  pid=$(inspected '{{.info.pid}}' "$id") || return 1
  mounts=$(inspected '{{range .status.mounts}}{{.hostPath}} {{.containerPath}}{{"\n"}}{{end}}' "$id") || return 1
  old=$(echo "$mounts" | while read -r host inside; do
    case $host in /etc/kubernetes/*) ;; *) continue ;; esac
    [ -f "$host" ] || continue
    [ "$(stat -c %i "$host")" = "$(stat -c %i "/proc/$pid/root$inside")" ] || echo "$1"
  done)
  [ "$(running "$1")" = "$id" ] || return 1
  [ -z "$old" ] || echo "$old"
}
look_well() {
  for try in 1 2 3 4 5; do look "$1" && return; sleep 1; done
  echo "$1 did not run long enough to be looked at" >&2
  exit 1
}`;
