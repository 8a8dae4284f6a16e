// What stands in the way on single hosts: not reached, lacking a program, busy, full, or out of
// time.

import { componentNamed } from "../cluster/component.ts";
import {
  type ClusterFacts,
  controlPlaneHosts,
  type HostBasics,
  type HostFacts,
} from "../cluster/facts.ts";
import { counted } from "../core/counted.ts";
import { snapshotHostOf } from "../runbook/facts.ts";
import { renewalBytes } from "../steps/renew-certificates.ts";
import { hasExpired } from "./api.ts";
import type { Blocker, Wanted } from "./blocker.ts";

/** Nodes whose clocks differ by more would see new certificates as not yet valid. */
const clocksApartMsMax = 5_000;
const mebibyte = 1024 * 1024;
/** Where a window keeps its backups on the hosts. */
const backups = "/var/backups";
/** Where renewed certificates are written. */
const kubernetes = "/etc/kubernetes";

export function hostBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap((host): readonly Blocker[] => {
    if (host.unreached !== undefined) {
      return [{ kind: "unreachable", where: host.name, ...host.unreached }];
    }
    if (host.basics.kind === "unreadable") {
      return [
        {
          kind: "unreachable",
          where: host.name,
          because: host.basics.because,
          remedy: `Mend that, so that \`${host.login ?? `ssh ${host.address}`}\` asks nothing, nor \`sudo\` there where its user is not root, then look again.`,
        },
      ];
    }
    return missingPrograms(host, host.basics.value);
  });
}

function missingPrograms(host: HostFacts, basics: HostBasics): readonly Blocker[] {
  const always = ["flock", "tar", "sha256sum"];
  const controlPlane = ["kubeadm", "kubectl", "crictl", "openssl", "curl"];
  const needed = [
    ...always,
    ...(host.roles.controlPlane ? controlPlane : []),
    ...(host.roles.etcd ? ["etcdctl"] : []),
  ];
  const missing = needed.filter((program) => !basics.programs.includes(program));
  const unverifiable =
    host.roles.etcd && !needsNoEtcdutl(basics) && !basics.programs.includes("etcdutl")
      ? ["etcdutl"]
      : [];
  return [...missing, ...unverifiable].map((program) => ({
    kind: "program-missing",
    where: host.name,
    because: `${program} is not installed`,
    remedy: `Install ${program} on ${host.name} (kubespray puts it into /usr/local/bin).`,
  }));
}

/** Before 3.6 etcdctl could still tell the status of a snapshot. */
function needsNoEtcdutl(basics: HostBasics): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(basics.etcdctlVersion) ?? [];
  return Number(major) === 3 && Number(minor) < 6;
}

/**
 * A runtime that nobody asks, or another than the kubelet's: what is restarted could not be seen.
 */
export function runtimeBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap(({ name, roles, basics, components }): readonly Blocker[] => {
    if (!roles.controlPlane || basics.kind !== "read" || components.kind === "read") return [];
    const { staticPods, programs } = basics.value;
    const hasPods = staticPods.some((pod) => componentNamed(pod) !== undefined);
    if (!hasPods || !programs.includes("crictl")) return [];
    return [
      {
        kind: "other",
        where: name,
        because: components.because,
        remedy: `Name the kubelet's runtime as runtime-endpoint in /etc/crictl.yaml of ${name}, until \`crictl ps\` shows kube-apiserver there, then look again.`,
      },
    ];
  });
}

/**
 * A window waits for each component that it restarts: one that does not come up by itself would
 * stop it half way. Where a certificate has expired the renewal may be what it waits for.
 */
export function componentBlockers(facts: ClusterFacts): readonly Blocker[] {
  if (hasExpired(facts)) return [];
  return facts.hosts.flatMap(({ name: where, componentsAway = [] }) =>
    componentsAway.map(({ name, exited }): Blocker => {
      if (exited === undefined) {
        const remedy = `Find out why the kubelet does not start it (\`journalctl -u kubelet\` on ${where}), mend it, then look again.`;
        return {
          kind: "other",
          where,
          because: `${name} does not run: it has no container`,
          remedy,
        };
      }
      const remedy = `Find out why (\`crictl logs ${exited.container.slice(0, 12)}\` on ${where}) and mend it, or wait until the kubelet has started it again, then look again.`;
      const times = exited.attempt > 0 ? `, after ${counted(exited.attempt, "restart")}` : "";
      const because = `${name} does not run: its container has ended${times}`;
      return { kind: "other", where, because, remedy };
    }),
  );
}

export function pkiBlockers(facts: ClusterFacts): readonly Blocker[] {
  return controlPlaneHosts(facts).flatMap(({ name, basics }): readonly Blocker[] => {
    if (basics.kind === "unreadable" || basics.value.pkiFolder !== "") return [];
    const because = "there is no folder /etc/kubernetes/pki, by which kubeadm's files are called";
    const remedy = `Where they lie in /etc/kubernetes/ssl, as kubespray has them: \`ln -s ssl /etc/kubernetes/pki\` on ${name}, as kubespray does, then look again.`;
    return [{ kind: "other", where: name, because, remedy }];
  });
}

/**
 * Each clock is known within half a round trip: only what is apart whatever those hide is said to
 * be.
 */
export function clockBlockers(facts: ClusterFacts): readonly Blocker[] {
  const clocks = facts.hosts.flatMap(({ name, basics }) => {
    if (basics.kind === "unreadable") return [];
    const { clockOffsetMs: at, offsetErrorMs: error } = basics.value;
    return [{ name, earliest: at - error, latest: at + error }];
  });
  const [ahead] = [...clocks].sort((a, b) => b.earliest - a.earliest);
  const [behind] = [...clocks].sort((a, b) => a.latest - b.latest);
  if (ahead === undefined || behind === undefined) return [];
  const apart = ahead.earliest - behind.latest;
  if (apart <= clocksApartMsMax) return [];
  return [
    {
      kind: "other",
      where: ahead.name,
      because: `its clock is ${Math.round(apart / 1000)} s ahead of that of ${behind.name}`,
      remedy: "Synchronise the nodes' clocks (chronyc, timedatectl), then look again.",
    },
  ];
}

/**
 * An archive takes some kilobytes; a snapshot lies on one host and here, and may be taken twice.
 */
export function spaceBlockers(
  facts: ClusterFacts,
  wanted: Wanted,
  { ofEtcd }: { readonly ofEtcd: boolean } = { ofEtcd: true },
): readonly Blocker[] {
  const endpoints = ofEtcd && facts.etcd.kind === "read" ? facts.etcd.value.endpoints : [];
  const forArchives = 64 * mebibyte;
  const forAll = 2 * Math.max(0, ...endpoints.map((e) => e.sizeBytes)) + forArchives;
  const saver = snapshotHostOf(facts)?.name;
  const frees = facts.hosts.flatMap(({ name: where, basics }) => {
    if (basics.kind === "unreadable") return [];
    const needed = where === saver ? forAll : forArchives;
    return [{ where, free: basics.value.freeBytes[backups], needed }];
  });
  const here = { where: "here", free: wanted.freeBytesHere, needed: forAll };
  return [...frees, here].flatMap(({ where, free, needed }): readonly Blocker[] => {
    if (free === undefined) return [spaceUntold(where)];
    if (free >= needed) return [];
    const of = where === "here" ? "in Drydock's state folder" : `in ${backups} of ${where}`;
    const because = `${inMebibytes(free)} free for the backups, ${inMebibytes(needed)} are needed`;
    const remedy = `Free space ${of}, then look again.`;
    return [{ kind: "no-space", where, because, remedy }];
  });
}

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}

function spaceUntold(where: string): Blocker {
  return {
    kind: "other",
    where,
    because: `how much space ${backups} has could not be read`,
    remedy: `Run \`mkdir -p ${backups} && df -Pk ${backups}\` on ${where}, mend what it complains of, then look again.`,
  };
}

/**
 * kubeadm writes in place: what finds no room is cut off. Backups may share that disk, and come
 * first.
 */
export function renewalSpaceBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap(({ name, basics, roles }): readonly Blocker[] => {
    const free = basics.kind === "read" ? basics.value.freeBytes[kubernetes] : undefined;
    if (!roles.controlPlane || free === undefined || free >= renewalBytes) return [];
    return [
      {
        kind: "no-space",
        where: name,
        because: `${Math.round(free / 1024)} KiB free in ${kubernetes}, and a renewal needs ${renewalBytes / mebibyte} MiB`,
        remedy: `Free space in ${kubernetes} of ${name}, then look again.`,
      },
    ];
  });
}

export function busyBlockers(facts: ClusterFacts): readonly Blocker[] {
  return facts.hosts.flatMap((host) =>
    (host.basics.kind === "read" ? host.basics.value.busyWith : []).map((program) => ({
      kind: "other",
      where: host.name,
      because: `${program} is running there now`,
      remedy: "Wait until it has finished, or stop it, then look again.",
    })),
  );
}
