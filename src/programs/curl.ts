// curl, for health endpoints: of the components that only listen on their own node and serve a
// certificate of their own, and of the API servers, whose certificate is verified.

import type { ReadCommand } from "../core/command.ts";

const words = ["--silent", "--show-error", "--fail", "--max-time", "5"] as const;
// Must be the first word: without root's ~/.curlrc, whose proxy would be asked for the cluster's
// own addresses.
const direct = ["curl", "--disable", ...words] as const;

/** Prints the body; exits with 22 on a status of 400 or more. */
export function askHealth(url: string): ReadCommand {
  return { argv: [...direct, "--insecure", url], reads: true, timeoutMs: 15_000 };
}

/** The same, from a server that must show a certificate of the cluster's CA for its address. */
export function askApiServer(url: string): ReadCommand {
  const authority = ["--cacert", "/etc/kubernetes/pki/ca.crt"] as const;
  return { argv: [...direct, ...authority, url], reads: true, timeoutMs: 15_000 };
}

/**
 * The same of a server outside the cluster, whose certificate a public authority must have signed;
 * perhaps through a proxy. A key may stand in the address, which every user of a host could read
 * among a process' arguments.
 */
export function askOutside(url: string): ReadCommand {
  const argv = ["curl", ...words, "--globoff", "--config", "-"] as const;
  return { argv, stdin: `url = ${JSON.stringify(url)}\n`, reads: true, timeoutMs: 15_000 };
}

// Asks ten times a second. That nobody may ask (401) will not change; a server that starts says
// 403.
const awaitScript = `tries=$1; shift
while said=$("$@" 2>&1); code=$?; [ "$code" -ne 0 ] && [ "$tries" -gt 0 ]; do
  case $said in *"error: 401"*) break ;; esac
  tries=$((tries - 1)); sleep 0.1
done
[ "$code" -eq 0 ] && { echo "$said"; exit 0; }
echo "$said" >&2; exit "$code"`;

/**
 * The same question, until it is answered well or was asked 50 times, 5 s where answers are prompt:
 * on the host itself, where asking again costs a tenth of what another call from here does.
 */
export function awaitHealth(ask: ReadCommand): ReadCommand {
  return {
    argv: ["sh", "-c", awaitScript, "drydock-await", "50", ...ask.argv],
    shown: ask.argv.join(" "),
    reads: true,
    timeoutMs: 30_000,
  };
}
