// Since when containers' processes have been running: counted by the kernel, which no setting of
// the clock changes.

import type { ReadCommand } from "../core/command.ts";
import { complaint, type Outcome, type Reading, read, unreadable } from "../core/outcome.ts";

// crictl ends with an error at `.info.pid` where a runtime tells no such thing; `index` gives
// nothing (crictl 1.34). Field 22 of /proc/PID/stat, the 20th after the name, is the start in ticks
// since the machine booted (proc(5)).
const script = `LC_ALL=C; export LC_ALL
hz=$(getconf CLK_TCK 2>/dev/null || echo 100)
for id do
  pid=$(crictl --timeout 10s inspect -o go-template --template '{{with index . "info"}}{{index . "pid"}}{{end}}' "$id") || exit 1
  case "$pid" in ''|*[!0-9]*) echo "untold $id"; continue;; esac
  stat=$(cat "/proc/$pid/stat") || exit 1
  ticks=$(set -- \${stat##*) }; shift 19; echo "$1")
  now=$(date +%s.%N); read -r up rest </proc/uptime
  awk -v id="$id" -v now="$now" -v up="$up" -v ticks="$ticks" -v hz="$hz" \\
    'BEGIN { printf "started %s %.3f\\n", id, now - up + ticks / hz }'
done`;

/** `ids`: of containers that run. */
export function readProcessStarts(ids: readonly string[]): ReadCommand {
  return {
    argv: ["sh", "-c", script, "drydock-process-starts", ...ids],
    shown: `since when the processes of ${ids.join(" and ")} have been running`,
    reads: true,
    timeoutMs: 20_000,
  };
}

/**
 * When each started, as the host's clock counts now: milliseconds, at most some hundredths of a
 * second too early. A container runtime that does not tell its processes leaves them out.
 */
export function parseProcessStarts(
  outcome: Outcome,
  ids: readonly string[],
): Reading<ReadonlyMap<string, number>> {
  const said = complaint(outcome);
  if (outcome.kind !== "exited" || said !== undefined) return unreadable(`processes: ${said}`);
  const starts = new Map<string, number>();
  const untold = new Set<string>();
  for (const line of outcome.stdout.split("\n")) {
    const [word, id = "", at] = line.split(" ");
    if (word === "untold") untold.add(id);
    if (word === "started" && Number(at) > 0) starts.set(id, Number(at) * 1000);
  }
  const isWhole = ids.every((id) => starts.has(id) || untold.has(id));
  return isWhole ? read(starts) : unreadable("processes: unexpected answer");
}
