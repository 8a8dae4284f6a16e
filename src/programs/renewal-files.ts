// What a renewal needs to know of the files it writes: whether each key is its certificate's, and
// what room there is. kubeadm writes key and certificate one after the other, in place, and syncs
// neither.

import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";

// The keys are opened on the node; only whether their public halves are the same leaves it.
const script = `command -v openssl >/dev/null || { echo "openssl is not installed" >&2; exit 127; }
df -Pk "$1" | awk 'NR == 2 { print "free " $4 }'; shift
compare() {
  certificate=$(openssl x509 -in "$1.crt" -noout -pubkey 2>/dev/null </dev/null)
  key=$(openssl pkey -in "$1.key" -pubout 2>/dev/null </dev/null)
  [ -n "$key" ] && [ "$certificate" = "$key" ] && echo "fits $1" || echo "differs $1"
}
# Ten at most, and all at once.
for pair in "$@"; do compare "$pair" & done
wait`;

export interface RenewalFiles {
  /** Of the folder's file system, without what is kept back for root; bytes. */
  readonly freeBytes: number;
  /** Paths of pairs, as they were asked for, whose key is not their certificate's. */
  readonly differing: ReadonlySet<string>;
}

/** `pairs`: absolute paths without `.crt` and `.key`. */
export function readRenewalFiles(folder: string, pairs: readonly string[]): ReadCommand {
  return {
    argv: ["sh", "-c", script, "drydock-renewal-files", folder, ...pairs],
    shown: `df ${folder}, and whether each key is its certificate's: ${pairs.join(" ")}`,
    reads: true,
    timeoutMs: 20_000,
  };
}

export function parseRenewalFiles(
  outcome: Outcome,
  pairs: readonly string[],
): Reading<RenewalFiles> {
  return answer(outcome, "openssl", (text) => {
    const [first = "", ...lines] = text.trim().split("\n");
    const free = /^free (\d+)$/.exec(first)?.[1];
    const said = new Map(lines.map((line) => [line.replace(/^\S+ /, ""), line.split(" ")[0]]));
    const isWhole = pairs.every((pair) => /^(fits|differs)$/.test(said.get(pair) ?? ""));
    if (free === undefined || !isWhole) return undefined;
    const differing = new Set(pairs.filter((pair) => said.get(pair) === "differs"));
    return { freeBytes: Number(free) * 1024, differing };
  });
}
