// Asks, on the node itself, which certificates its listeners really show: a renewed file that
// nobody has loaded proves nothing.

import { type CertificateContent, parseCertificate } from "../cluster/certificate.ts";
import type { Endpoint } from "../cluster/served.ts";
import type { ReadCommand } from "../core/command.ts";
import { type Outcome, type Reading, unreadable } from "../core/outcome.ts";
import { answer } from "./answer.ts";

/** How long each listener may take to show its certificate, unless told otherwise. */
const patienceSeconds = 5;

// Each listener is asked in its own pipeline stage, all at once, and its answer waits in a pipe: no
// temporary file, and no two answers mixed. openssl prints the certificate also of a server that
// then ends the handshake because we have none. Nothing is verified here, and not loading the
// system's own authorities makes openssl three times as fast.
const servedScript = `LC_ALL=C SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null
export LC_ALL SSL_CERT_FILE SSL_CERT_DIR
patience=$1; shift
ask() {
  if [ -n "$timeout" ]; then said=$($timeout "$patience" openssl s_client -connect "$1" 2>&1 </dev/null)
  else said=$(openssl s_client -connect "$1" 2>&1 </dev/null); fi
  code=$?
  echo "endpoint $1"
  case "$said" in
    *"-----BEGIN CERTIFICATE-----"*"-----END CERTIFICATE-----"*)
      said=\${said#*-----BEGIN CERTIFICATE-----}
      printf 'pem'; for line in \${said%%-----END CERTIFICATE-----*}; do printf ' %s' "$line"; done; echo;;
    *) if [ $code = 124 ]; then echo "because no answer within $patience s"
       else echo "because $(printf '%s' "$said" | grep -i -m 1 -e refused -e unreachable -e 'no route' -e error -e errno || echo "openssl exit code $code")"
       fi;;
  esac
}
ask_all() {
  one=$1; shift
  if [ $# = 0 ]; then ask "$one"; else ask "$one" | { ask_all "$@"; cat; }; fi
}
echo "drydock-served 1"
if ! command -v openssl >/dev/null 2>&1; then echo "trouble openssl is not installed"
else
  timeout=$(command -v timeout)
  [ $# = 0 ] || ask_all "$@"
fi
echo "drydock-served end"`;

/** What the node's own listeners show; each has `patience` seconds, all are asked at once. */
export function readServedCertificates(
  endpoints: readonly Endpoint[],
  patience = patienceSeconds,
): ReadCommand {
  const addresses = endpoints.map((endpoint) => endpoint.address);
  return {
    argv: ["sh", "-c", servedScript, "drydock-served", String(patience), ...addresses],
    shown: `openssl s_client -connect ${addresses.join(", ")}`,
    reads: true,
    timeoutMs: (patience + 15) * 1000,
  };
}

/** What one listener showed, or why nothing was seen. */
export interface ServedAnswer {
  readonly endpoint: Endpoint;
  readonly seen: Reading<CertificateContent>;
}

/** Parses the answer of readServedCertificates: one entry per endpoint asked, in their order. */
export function parseServedCertificates(
  outcome: Outcome,
  endpoints: readonly Endpoint[],
): readonly ServedAnswer[] {
  const answers = answer(outcome, "served certificates", parse);
  return endpoints.map((endpoint) => ({
    endpoint,
    seen:
      answers.kind === "unreadable"
        ? answers
        : (answers.value.get(endpoint.address) ?? unreadable(answers.value.trouble)),
  }));
}

interface Answers {
  readonly trouble: string;
  get(address: string): Reading<CertificateContent> | undefined;
}

function parse(text: string): Answers | undefined {
  const lines = text.split("\n");
  const from = lines.indexOf("drydock-served 1");
  if (from < 0 || !lines.includes("drydock-served end")) return undefined;
  const answers = new Map<string, Reading<CertificateContent>>();
  let trouble = "the node said nothing about it";
  let address = "";
  for (const line of lines.slice(from + 1)) {
    const [word = "", ...rest] = line.split(" ");
    if (word === "trouble") trouble = rest.join(" ");
    else if (word === "endpoint") address = rest.join(" ");
    else if (word === "pem")
      answers.set(address, parseCertificate(Buffer.from(rest.join(""), "base64")));
    else if (word === "because") answers.set(address, unreadable(inShort(rest.join(" "))));
  }
  return { trouble, get: (name) => answers.get(name) };
}

// openssl puts addresses, file names and line numbers around the one thing that says something.
function inShort(text: string): string {
  if (/refused/i.test(text)) return "connection refused";
  const reason = /:error:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(text)?.[1] ?? text;
  return reason.trim().slice(0, 200);
}
