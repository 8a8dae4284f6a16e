// What the renewal of a node, and the mending of one that was cut off, must know of it.

import { apiServerAddress, type HostFacts } from "../cluster/facts.ts";
import { type Mending, planStep } from "../core/plan.ts";
import type { FinishRenewalGoal } from "../steps/finish-renewal.ts";
import type { RenewCertificatesGoal } from "../steps/renew-certificates.ts";
import { clockOffsetOf, plannedCertificates } from "./facts.ts";

/** Backups on the hosts lie here, by window. */
export const backupFolder = "/var/backups/drydock";

export function renewalGoal(host: HostFacts, window: string): RenewCertificatesGoal {
  return {
    archive: archivePath(host, window),
    clockOffsetMs: clockOffsetOf(host),
    certificates: plannedCertificates(host),
    hasConfigFile: host.basics.kind === "read" && host.basics.value.kubeadmConfig,
  };
}

/** Where a node was left between its renewal and the proof of it. */
export function mending(host: HostFacts, window: string): Mending {
  const goal: FinishRenewalGoal = {
    ...renewalGoal(host, window),
    components: staticPodsOf(host).filter((name) => name === "kube-apiserver" || name === "etcd"),
    apiServer: `https://${apiServerAddress(host)}`,
  };
  return {
    ...planStep("finish-renewal", host.name, goal),
    between: [`renew-certificates@${host.name}`, `verify-renewal@${host.name}`],
    gate: "mending",
  };
}

export function staticPodsOf({ basics }: HostFacts): readonly string[] {
  return basics.kind === "read" ? basics.value.staticPods : [];
}

export function archivePath({ name }: HostFacts, window: string): string {
  return `${backupFolder}/${window}/${name}.tar.gz`;
}
