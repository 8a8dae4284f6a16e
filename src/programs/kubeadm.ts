// kubeadm: renews certificates. Its exit code proves nothing (missing and externally managed rows
// exit 0).

import { z } from "zod";
import type { ConfigSource } from "../cluster/facts.ts";
import type { Command, ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";
import { get } from "./kubectl.ts";

/** `name` is a row of `kubeadm certs check-expiration`, or `all`. Needs the CA keys on the host. */
export function renewCertificate(name: string, configFile: string | undefined): Command {
  const argv = ["kubeadm", "certs", "renew", name, ...configOption(configFile)] as const;
  return { argv, timeoutMs: 120_000 };
}

function configOption(configFile: string | undefined): readonly string[] {
  return configFile === undefined ? [] : ["--config", configFile];
}

// Of its stdout only where its configuration comes from. The table is not wanted: Drydock reads the
// files. Where its time is up the shell stays for its end: an orphan would be seen at work by the
// next survey.
const checkScript = `trap : TERM
said=$(kubeadm certs check-expiration "$@"); code=$?
printf '%s\\n' "$said" | grep '^.check-expiration. '; exit "$code"`;

/**
 * Reads the configuration as a renewal does (kubernetes/kubernetes, cmd/kubeadm/app/cmd/certs.go),
 * and changes nothing: that file or, without one, what the cluster keeps.
 */
export function checkConfig(configFile: string | undefined): ReadCommand {
  const config = configOption(configFile);
  return {
    argv: ["sh", "-c", checkScript, "drydock-kubeadm-config", ...config],
    shown: ["kubeadm certs check-expiration", ...config].join(" "),
    reads: true,
    // A version that stands there as "stable" is asked for on the internet. For an API that is
    // silent it waits 10 s, for an API server's pod that is not to be found a minute.
    timeoutMs: 30_000,
  };
}

/** What it says of certificates once it has taken its configuration (phases/certs/renewal/). */
const ofCertificates =
  /^(Error checking external CA condition|failed to load (existing certificate|kubeConfig file)) /m;
/** Those that are looked at only where etcd is a static pod. */
const ofEtcd =
  /^(Error checking external CA condition for etcd\/ca |failed to load existing certificate (etcd\/|apiserver-etcd-client:))/m;
/** What it says of a kubeconfig whose current context leads to no certificate in it. */
const ofKubeconfig = /^(invalid )?kubeConfig file (\S+?)(:| )/;

/** The kubeconfig that a refusal is about; undefined where it is about the configuration. */
export function refusedKubeconfig(refusal: string): string | undefined {
  return ofKubeconfig.exec(refusal)?.[2];
}

/** Of a shell that cannot run it. */
const notRunMin = 126;

/**
 * Why kubeadm does not take its configuration, or a kubeconfig; undefined where it does, did not
 * tell, or speaks of a certificate that is looked at anyway: of etcd's only where that is its own.
 */
export function parseConfigCheck(
  outcome: Outcome,
  { ownsEtcd }: { readonly ownsEtcd: boolean },
): string | undefined {
  if (outcome.kind !== "exited" || outcome.code === 0 || outcome.code >= notRunMin)
    return undefined;
  const { stderr } = outcome;
  if (ofCertificates.test(stderr) && (ownsEtcd || !ofEtcd.test(stderr))) return undefined;
  const said = stderr.split("\n").filter((line) => line !== "" && !isAside(line));
  return (said.at(-1) ?? `exit code ${outcome.code}`).slice(0, 300).replace(/\.$/, "");
}

/** Warnings before the reason, and what follows it. */
function isAside(line: string): boolean {
  return /^[IWE]\d{4} /.test(line) || line.startsWith("To see the stack trace of this error");
}

/**
 * It says on stdout that it asks the cluster, and that it takes its defaults instead (1.27 to 1.34,
 * in other words each time); nothing at all where it has no kubeconfig to ask with. Undefined where
 * it did not tell.
 */
export function parseConfigSource(outcome: Outcome): ConfigSource | undefined {
  if (outcome.kind !== "exited" || outcome.code >= notRunMin) return undefined;
  const said = outcome.stdout.split("\n").filter((line) => line !== "");
  const isLost = said.some((line) => line.includes("Falling back to default configuration"));
  if (said.length === 0) return outcome.code === 0 ? "defaults" : undefined;
  return isLost ? "defaults" : "cluster";
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
