// The survey's facts for people: what is there, then what would stop a window.

import { compareLedger } from "../../akash/comparison.ts";
import type { ClusterFacts, EtcdFacts, HostFacts } from "../../cluster/facts.ts";
import { counted } from "../../core/counted.ts";
import type { Reading } from "../../core/outcome.ts";
import { printable } from "../../core/printable.ts";
import { beware } from "../../readiness/automation.ts";
import type { Blocker } from "../../readiness/blocker.ts";
import { chainLines, clockLines, ledgerVerdict } from "./leases.ts";
import { blockerLines } from "./plan.ts";

export function surveyLines(facts: ClusterFacts, blockers: readonly Blocker[]): readonly string[] {
  return [
    `${facts.cluster}: ${facts.topology}, primary ${facts.primary}`,
    "",
    ...facts.hosts.flatMap((host) => hostLines(facts, host)).map(printable),
    "",
    ...etcdLines(facts.etcd).map(printable),
    "",
    ...providerLines(facts).map(printable),
    ...leaseLines(facts),
    ...beware(facts).map((line) => `beware: ${line}`),
    "",
    ...(blockers.length === 0
      ? ["Nothing stands in the way of a window."]
      : ["A window could not begin now:", ...blockerLines(blockers)]),
  ];
}

function hostLines(facts: ClusterFacts, host: HostFacts): readonly string[] {
  const roles = Object.entries(host.roles).flatMap(([role, has]) => (has ? [role] : []));
  const head = `${host.name} (${host.address})  ${roles.join(", ")}`;
  if (host.unreached !== undefined) return [head, `  not reached: ${host.unreached.because}`];
  if (host.basics.kind === "unreadable") return [head, `  not read: ${host.basics.because}`];
  const { value } = host.basics;
  const node = readValue(facts.nodes)?.find(
    (one) => one.name === host.name || one.addresses.includes(host.address),
  );
  const ready = node === undefined ? "" : `${node.ready ? "Ready" : "NotReady"}, `;
  const versions = `kubelet ${node?.kubeletVersion ?? "?"}, kubeadm ${value.kubeadmVersion || "none"}, etcdctl ${value.etcdctlVersion || "none"}`;
  const free = Object.entries(value.freeBytes)
    .map(([folder, bytes]) => `${folder} ${Math.round(bytes / 2 ** 20)} MiB`)
    .join(", ");
  const components = (readValue(host.components) ?? []).map(
    (one) => `${one.name} ${one.container.slice(0, 12)}`,
  );
  const away = (host.componentsAway ?? []).map(({ name }) => name).join(", ");
  return [
    head,
    `  ${ready}${versions}`,
    `  clock ${signed(value.clockOffsetMs)} ms from here (± ${value.offsetErrorMs})`,
    `  free: ${free}`,
    ...(components.length > 0 ? [`  static pods: ${components.join(", ")}`] : []),
    ...(away === "" ? [] : [`  NOT running: ${away}`]),
    ...(value.etcdEnv ? [`  etcd.service is ${value.etcdUnit.active || "not known"}`] : []),
    `  admin kubeconfigs: ${value.kubeconfigs.join(", ") || "none"}`,
    ...(value.renewTimer === "" ? [] : [`  k8s-certs-renew.timer: ${value.renewTimer}`]),
    ...(value.cronFiles.length === 0 ? [] : [`  cron: ${value.cronFiles.join(", ")}`]),
    ...(value.pausedFiles.length === 0
      ? []
      : [`  cron, set aside by a window: ${value.pausedFiles.join(", ")}`]),
    ...(value.busyWith.length === 0 ? [] : [`  running now: ${value.busyWith.join(", ")}`]),
    ...lockLine(host),
  ];
}

function lockLine(host: HostFacts): readonly string[] {
  const lock = readValue(host.lock);
  if (lock === undefined || lock.kind === "free") return [];
  return [`  locked by window ${lock.window} of ${lock.holder}, epoch ${lock.epoch}`];
}

function etcdLines(etcd: Reading<EtcdFacts>): readonly string[] {
  if (etcd.kind === "unreadable") return [`etcd: not read: ${etcd.because}`];
  const { members, health, endpoints, alarms } = etcd.value;
  const rows = members.map((member) => {
    const endpoint = endpoints.find((one) => one.memberId === member.idHex);
    const healthy = health.find((one) => one.url === member.clientUrl)?.healthy === true;
    const leads = endpoint !== undefined && endpoint.leaderId === member.idHex;
    const size = endpoint === undefined ? "?" : `${(endpoint.sizeBytes / 2 ** 20).toFixed(1)} MiB`;
    return `  ${member.name || member.idHex}  ${healthy ? "healthy" : "NOT healthy"}${leads ? ", leads" : ""}  ${endpoint?.version ?? "?"}  ${size}  ${member.clientUrl}`;
  });
  return [
    `etcd: ${counted(members.length, "member")}, ${counted(alarms.length, "alarm")}`,
    ...rows,
    ...alarms,
  ];
}

function providerLines(facts: ClusterFacts): readonly string[] {
  if (facts.providers.kind === "unreadable")
    return [`provider: not read: ${facts.providers.because}`];
  if (facts.providers.value.length === 0) return ["provider: none found"];
  return facts.providers.value.map(
    (one) =>
      `provider: ${one.namespace}/${one.name}  ${one.readyReplicas} of ${one.replicas} ready  ${one.image}`,
  );
}

function leaseLines({ leases }: ClusterFacts): readonly string[] {
  if (leases === undefined) return [];
  const { ledger, provider } = leases;
  const rows = compareLedger(ledger, leases);
  return [
    ...(provider.kind === "read"
      ? clockLines(provider.value, rows).slice(1)
      : [`lease clock: not read: ${printable(provider.because)}`]),
    ...chainLines(ledger),
    `leases: ${ledgerVerdict(ledger, rows)}`,
  ];
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}

function readValue<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "read" ? reading.value : undefined;
}
