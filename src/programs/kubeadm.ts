// kubeadm: renews certificates. Its exit code proves nothing (missing and externally managed rows exit 0).

import type { Command } from "../core/command.ts";

/** `name` is a row of `kubeadm certs check-expiration`, or `all`. Needs the CA keys on the host. */
export function renewCertificate(name: string, configFile: string | undefined): Command {
  const config = configFile === undefined ? [] : ["--config", configFile];
  return { argv: ["kubeadm", "certs", "renew", name, ...config], timeoutMs: 120_000 };
}
