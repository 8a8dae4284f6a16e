// kubeadm: renews certificates. Its exit code proves nothing (missing and externally managed rows exit 0).

import { z } from "zod";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";
import { get } from "./kubectl.ts";

/** `name` is a row of `kubeadm certs check-expiration`, or `all`. Needs the CA keys on the host. */
export function renewCertificate(name: string, configFile: string | undefined): Command {
  const config = configFile === undefined ? [] : ["--config", configFile];
  return { argv: ["kubeadm", "certs", "renew", name, ...config], timeoutMs: 120_000 };
}

// The table is not wanted: Drydock reads the files.
const checkScript = `exec kubeadm certs check-expiration --config "$1" >/dev/null`;

/** Reads the configuration as a renewal does (kubernetes/kubernetes, cmd/kubeadm/app/cmd/certs.go), and changes nothing. */
export function checkConfig(configFile: string): ReadCommand {
  return {
    argv: ["sh", "-c", checkScript, "drydock-kubeadm-config", configFile],
    shown: `kubeadm certs check-expiration --config ${configFile}`,
    reads: true,
    // A version that stands there as "stable" is asked for on the internet.
    timeoutMs: 30_000,
  };
}

/** What it says of certificates once it has taken its configuration (phases/certs/renewal/). */
const ofCertificates =
  /^(Error checking external CA condition|failed to load (existing certificate|kubeConfig file)) /m;
/** What it says of a kubeconfig whose current context leads to no certificate in it. */
const ofKubeconfig = /^(invalid )?kubeConfig file (\S+?)(:| )/;

/** The kubeconfig that a refusal is about; undefined where it is about the configuration. */
export function refusedKubeconfig(refusal: string): string | undefined {
  return ofKubeconfig.exec(refusal)?.[2];
}
/** Of a shell that cannot run it. */
const notRunMin = 126;

/** Why kubeadm does not take its configuration, or a kubeconfig; undefined where it does, or did not tell. */
export function parseConfigCheck(outcome: Outcome): string | undefined {
  if (outcome.kind !== "exited" || outcome.code === 0 || outcome.code >= notRunMin)
    return undefined;
  if (ofCertificates.test(outcome.stderr)) return undefined;
  const said = outcome.stderr.split("\n").filter((line) => line !== "" && !isAside(line));
  return (said.at(-1) ?? `exit code ${outcome.code}`).slice(0, 300).replace(/\.$/, "");
}

/** Warnings before the reason, and what follows it. */
function isAside(line: string): boolean {
  return /^[IWE]\d{4} /.test(line) || line.startsWith("To see the stack trace of this error");
}

/** What kubeadm goes by where it is given no file: its configuration as the cluster keeps it. */
export const readClusterConfiguration: ReadCommand = get([
  ...["-n", "kube-system"],
  ...["configmap", "kubeadm-config"],
]);

const clusterConfiguration = z.object({ data: z.object({ ClusterConfiguration: z.string() }) });

/** certificateValidityPeriod as it stands there; empty where nothing is said of it. */
export function parseValidityPeriod(outcome: Outcome): Reading<string> {
  return answer(outcome, "ConfigMap kubeadm-config", (text) => {
    const document = parseJson(text, clusterConfiguration)?.data.ClusterConfiguration;
    if (document === undefined) return undefined;
    const [, value = ""] = /^certificateValidityPeriod:[ \t]*(.*)$/m.exec(document) ?? [];
    return value.replace(/["']/g, "").trim();
  });
}
