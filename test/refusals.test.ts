// A cluster that is not fit for a window: one clear message with its host, an exit code of its own
// kind, and no change anywhere.

import { describe, expect, test } from "vitest";
import { type ExitKind, exitCodes } from "../src/cli/exit.ts";
import { dayMs } from "../src/simulator/build/certificates.ts";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { providerPods, providerSet } from "../src/simulator/build/objects.ts";
import { removeFile, textAt, writeFile } from "../src/simulator/files.ts";
import {
  fillDisk,
  mendComponents,
  slowComponent,
  stopMember,
} from "../src/simulator/interference.ts";
import { type HostModel, hostNamed, running } from "../src/simulator/model.ts";
import { exitContainer } from "../src/simulator/nature/kubelet.ts";
import { cluster, somebody } from "../src/simulator/transition.ts";
import { everything, providerReplicas } from "./scenarios/cluster-seen.ts";
import { putForeignClient } from "./scenarios/foreign-client.ts";
import { drydock, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

interface Unfit {
  readonly name: string;
  readonly shape?: Partial<Shape>;
  readonly make: (box: Sandbox) => void;
  readonly exit: ExitKind;
  /** What the first line of the message says; its host first. */
  readonly says: RegExp;
  readonly remedy: RegExp;
}

function host({ site }: Sandbox, name: string): HostModel {
  return hostNamed(site.model, name);
}

function without(program: string, node: string): Unfit {
  return {
    name: `${node} has no ${program}`,
    make: (box) => host(box, node).programs.delete(program),
    exit: "programMissing",
    says: new RegExp(`^${node}: ${program} is not installed`),
    remedy: new RegExp(`Install ${program} on ${node}`),
  };
}

/** As often as that it was started lately: the kubelet backs off the longer for it. */
function endsFor(box: Sandbox, node: string, component: string, count: number): void {
  const on = host(box, node);
  on.backOffs.set(component, { count, lastAt: box.site.model.now });
  const container = running(on, component);
  if (container !== undefined) exitContainer(box.site, on, container, { by: cluster });
}

function configure(box: Sandbox, node: string, kind: string): void {
  const content = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n`;
  const path = "/etc/kubernetes/kubeadm-config.yaml";
  writeFile(box.site, host(box, node), path, { content }, somebody);
}

function loseContext(box: Sandbox, node: string, file: string): void {
  const path = `/etc/kubernetes/${file}`;
  const text = textAt(host(box, node), path);
  const content = text.replace(/^current-context: .*$/m, "current-context: nowhere");
  expect(content).not.toBe(text);
  writeFile(box.site, host(box, node), path, { content, mode: 0o600 }, somebody);
}

/** Left from before an upgrade that was made by hand. */
function outdate({ site }: Sandbox): void {
  site.model.clusterConfiguration += "kubernetesVersion: v1.30.2\n";
}

/**
 * As kubeadm's documentation has it: what its API server needs of an etcd elsewhere, and no more.
 */
function giveEtcdClient(box: Sandbox, node: string): void {
  const made = host(box, node);
  const [pki, etcd] = ["/etc/kubernetes/ssl", "/etc/ssl/etcd/ssl"];
  for (const [from, to] of [
    [`${etcd}/ca.pem`, `${pki}/etcd/ca.crt`],
    [`${etcd}/node-${node}.pem`, `${pki}/apiserver-etcd-client.crt`],
    [`${etcd}/node-${node}-key.pem`, `${pki}/apiserver-etcd-client.key`],
  ] as const) {
    writeFile(box.site, made, to, { content: textAt(made, from) }, somebody);
  }
}

const unfit: readonly Unfit[] = [
  without("kubeadm", "node2"),
  without("crictl", "node3"),
  without("etcdctl", "node2"),
  without("flock", "node1"),
  {
    name: "node2's crictl asks another runtime than the kubelet's",
    make: (box) => host(box, "node2").unfinished.add("crictl"),
    exit: "blocked",
    says: /^node2: crictl ps: it shows no static pod's container/,
    remedy: /runtime-endpoint in \/etc\/crictl\.yaml of node2/,
  },
  {
    name: "node3's kube-vip has ended too often to be started again at once",
    shape: { kubeVip: true },
    make: (box) => endsFor(box, "node3", "kube-vip", 4),
    exit: "blocked",
    says: /^node3: kube-vip does not run: its container has ended/,
    remedy: /crictl logs [0-9a-f]{12}` on node3/,
  },
  {
    name: "node3 has another authority",
    make: (box) => {
      const other = textAt(host(box, "node3"), "/etc/kubernetes/ssl/front-proxy-ca.crt");
      const path = "/etc/kubernetes/ssl/ca.crt";
      writeFile(box.site, host(box, "node3"), path, { content: other }, somebody);
    },
    exit: "blocked",
    says: /^node3: its ca is another one than that of node1/m,
    remedy: /Do not make it anew/,
  },
  {
    name: "worker2 of the inventory has not joined the cluster",
    shape: { workers: 2 },
    make: (box) => {
      const { model } = box.site;
      const at = model.nodes.findIndex(({ name }) => name === "worker2");
      model.nodes.splice(at, 1);
      removeFile(box.site, host(box, "worker2"), "/etc/kubernetes/kubelet.conf", somebody);
    },
    exit: "blocked",
    says: /^worker2: there is no \/etc\/kubernetes\/kubelet\.conf/,
    remedy: /take it out of the inventory/,
  },
  {
    name: "node3's kubelet has ended, and its node is still called Ready",
    make: (box) => {
      host(box, "node3").kubeletRuns = false;
    },
    exit: "blocked",
    says: /^node3: https:\/\/10\..*:6443, to the kubelet of node3: .*connection refused/m,
    remedy: /`systemctl status kubelet`/,
  },
  {
    name: "node3's kubelet has no serving certificate",
    make: (box) => host(box, "node3").unfinished.add("kubelet-serving"),
    exit: "blocked",
    says: /^node3: https:.*, to the kubelet of node3: .*remote error: tls: internal error/,
    remedy: /kubectl certificate approve/,
  },
  {
    name: "an etcd member is down",
    make: ({ site }) => stopMember(site, "node3"),
    exit: "etcd",
    says: /^etcd: https:\/\/10\.0\.0\.3:2379 is unhealthy/,
    remedy: /Mend the member first/,
  },
  {
    name: "the etcd member of the primary is down",
    make: ({ site }) => stopMember(site, "node1"),
    exit: "etcd",
    says: /^etcd: https:\/\/10\.0\.0\.1:2379 is unhealthy/,
    remedy: /Mend the member first/,
  },
  {
    name: "etcd has an alarm",
    make: ({ site }) => site.model.etcd.alarms.push("memberID:7296066357809820670 alarm:NOSPACE "),
    exit: "etcd",
    says: /^etcd: alarm memberID:\d+ alarm:NOSPACE/,
    remedy: /Clear the alarm/,
  },
  {
    name: "etcd has two members",
    shape: { controlPlane: 2 },
    make: () => undefined,
    exit: "etcd",
    says: /^etcd: two members/,
    remedy: /Add a third member/,
  },
  {
    name: "a node is NotReady",
    shape: { workers: 1 },
    make: ({ site }) => {
      const node = site.model.nodes.find((one) => one.name === "worker1");
      if (node !== undefined) node.ready = false;
    },
    exit: "blocked",
    says: /^worker1: the node is NotReady/,
    remedy: /Mend worker1 first/,
  },
  {
    name: "the inventory lacks a control plane node",
    make: ({ site: { model } }) => {
      const [node] = model.nodes;
      if (node !== undefined) model.nodes.push({ ...node, name: "node4", address: "10.0.0.4" });
    },
    exit: "blocked",
    says: /^node4: it is a control plane node of the cluster, and the inventory does not have it/,
    remedy: /Add it to \[kube_control_plane\] \(10\.0\.0\.4/,
  },
  {
    name: "the clocks are apart",
    make: (box) => {
      host(box, "node2").clockOffsetMs = 42_000;
    },
    exit: "blocked",
    says: /^node2: its clock is 4\d s ahead/,
    remedy: /Synchronise the nodes' clocks/,
  },
  {
    name: "a certificate authority ends first",
    shape: { authorityDays: 200 },
    make: () => undefined,
    exit: "blocked",
    says: /^node1: certificate authority ca expires on 2027-06-10/,
    remedy: /Rotate the certificate authority first/,
  },
  {
    name: "certificates live longer than those that kubeadm would sign",
    shape: { residualDays: 3000 },
    make: () => undefined,
    exit: "blocked",
    says: /^node1: \S+ \(and \d more\) expires on 2035-02-08, later than .* 2027-11-22\n/,
    remedy: /certificateValidityPeriod in \S+kubeadm-config\.yaml of node1/,
  },
  {
    name: "an authority's key is not on the node",
    make: (box) => host(box, "node2").files.delete("/etc/kubernetes/ssl/ca.key"),
    exit: "blocked",
    says: /^node2: admin\.conf: its authority's key is not on the node/,
    remedy: /Renew it where its authority is kept/,
  },
  {
    name: "a certificate is missing",
    make: (box) => host(box, "node3").files.delete("/etc/kubernetes/ssl/front-proxy-client.crt"),
    exit: "blocked",
    says: /^node3: front-proxy-client is missing/,
    remedy: /kubeadm init phase certs/,
  },
  {
    name: "the certificates have expired",
    shape: { residualDays: -1 },
    make: () => undefined,
    exit: "unauthorized",
    says: /^node1: admin\.conf and 17 more .* have expired, the first on 2026-11-21 03:00 UTC; .*: tls/,
    remedy: /When the certificates have already expired/,
  },
  {
    name: "admin.conf is not accepted",
    make: (box) => putForeignClient(box.site, host(box, "node1"), "/etc/kubernetes/admin.conf"),
    exit: "unauthorized",
    says: /^node1: .*must be logged in/,
    remedy: /kubeadm certs renew admin\.conf/,
  },
  {
    name: "there is no provider",
    make: ({ site }) => site.model.sets.splice(0),
    exit: "noProvider",
    says: /^sandbox: no StatefulSet carries the label/,
    remedy: /Is this the provider's cluster/,
  },
  {
    name: "there are two providers",
    make: ({ site }) => {
      const other = providerSet(1, "akash-two");
      site.model.sets.push(other);
      site.model.pods.push(...providerPods(other, site.model.now));
    },
    exit: "severalProviders",
    says: /^sandbox: there are 2 providers: akash-services\/akash-provider, akash-two\//,
    remedy: /Remove the release that is not in use/,
  },
  {
    name: "a host has no space for the backups",
    make: ({ site }) => fillDisk(site, "node2", 30 * 1024 * 1024),
    exit: "noSpace",
    says: /^node2: 30 MiB free for the backups/,
    remedy: /Free space in \/var\/backups of node2/,
  },
  {
    name: "a host without /var/backups has no space where that would be",
    make: (box) => {
      host(box, "node2").freeBytes.delete("/var/backups");
      host(box, "node2").freeBytes.set("/var", 30 * 1024 * 1024);
    },
    exit: "noSpace",
    says: /^node2: 30 MiB free for the backups/,
    remedy: /Free space in \/var\/backups of node2/,
  },
  {
    name: "a host does not tell its free space",
    make: (box) => host(box, "node2").freeBytes.delete("/var/backups"),
    exit: "blocked",
    says: /^node2: how much space \/var\/backups has could not be read/,
    remedy: /Run `mkdir -p \/var\/backups && df -Pk \/var\/backups` on node2/,
  },
  {
    name: "a host has no space for renewed certificates",
    make: (box) => host(box, "node2").freeBytes.set("/etc/kubernetes", 512 * 1024),
    exit: "noSpace",
    says: /^node2: 512 KiB free in \/etc\/kubernetes, and a renewal needs 10 MiB/,
    remedy: /Free space in \/etc\/kubernetes of node2/,
  },
  {
    name: "kubeadm's configuration was left from an older cluster",
    make: (box) => configure(box, "node2", "ClusterConfiguration\nkubernetesVersion: v1.30.2"),
    exit: "blocked",
    says: /^node2: kubeadm does not take \S+kubeadm-config\.yaml: this version .* version: v1\.30\.2\n/,
    remedy: /Correct that file on node2, or move it away/,
  },
  {
    name: "kubeadm's configuration is one to join with",
    make: (box) => configure(box, "node3", "JoinConfiguration"),
    exit: "blocked",
    says: /^node3: kubeadm does not take \S+: no InitConfiguration or ClusterConfiguration kind/,
    remedy: /Correct that file on node3, or move it away/,
  },
  ...(["host-etcd", "static-pod-etcd"] as const).map(
    (topology): Unfit => ({
      name: `scheduler.conf names a context that it has not, with ${topology}`,
      shape: { topology },
      make: (box) => loseContext(box, "node2", "scheduler.conf"),
      exit: "blocked",
      says: /^node2: kubeadm cannot renew (\S+): invalid kubeConfig file \1: missing context nowhere\n/,
      remedy:
        /kubectl --kubeconfig \/etc\/kubernetes\/scheduler\.conf config get-contexts` on node2/,
    }),
  ),
  {
    name: "certificates live longer than by kubeadm's defaults, as it cannot use what the cluster keeps",
    shape: {
      ...{ topology: "static-pod-etcd", residualDays: 3000, authorityDays: 4000 },
      validityPeriod: "87600h0m0s",
    },
    make: outdate,
    exit: "blocked",
    says: /^node1: \S+ \(and \d+ more\) expires on 2035-02-08, later than .* 2027-11-22\n/,
    remedy:
      /by what the cluster keeps \(certificateValidityPeriod .*put ConfigMap kubeadm-config right .* on node1 says/,
  },
  {
    name: "kubeadm would think, by its defaults, that an etcd elsewhere is its own",
    make: (box) => {
      outdate(box);
      giveEtcdClient(box, "node2");
      for (const node of ["node1", "node2", "node3"]) {
        host(box, node).files.delete("/etc/kubernetes/kubeadm-config.yaml");
      }
    },
    exit: "blocked",
    says: /^node2: kubeadm would not renew all: Error checking .* etcd\/ca .*\. It cannot use the configuration .*\n/,
    remedy: /Put ConfigMap kubeadm-config right .* on node2 says what it does not take/,
  },
  {
    name: "there is no space here",
    make: ({ desk }) => {
      desk.freeBytes = 1024 * 1024;
    },
    exit: "noSpace",
    says: /^here: 1 MiB free for the backups/,
    remedy: /Free space in Drydock's state folder/,
  },
  {
    name: "somebody else holds the lock",
    make: (box) => {
      const path = "/var/lib/drydock/lock/holder";
      const content = `w20261121-2300-abcd 3 ${box.site.model.now - dayMs} other@laptop\n`;
      writeFile(box.site, host(box, "node3"), path, { content }, somebody);
    },
    exit: "locked",
    says: /^node3: the lock is held by window w20261121-2300-abcd of other@laptop, since 2026-11-21/,
    remedy: /drydock abandon --break-lock w20261121-2300-abcd/,
  },
  {
    name: "kubeadm is at work",
    make: (box) => host(box, "node2").busyWith.push("kubeadm"),
    exit: "blocked",
    says: /^node2: kubeadm is running there now/,
    remedy: /Wait until it has finished/,
  },
  {
    name: "a host does not answer",
    make: (box) => {
      host(box, "node2").reachable = false;
    },
    exit: "timedOut",
    says: /^node2: no answer/,
    remedy: /Is it up/,
  },
];

describe.each(unfit.map((one) => [one.name, one] as const))("when %s", (_, one) => {
  test.each(["run --yes", "run --yes --json"])("%s says it, and changes nothing", async (words) => {
    const box = sandbox(one.shape);
    one.make(box);
    const before = everything(box.site.model);
    const ran = await drydock(box, words);
    expect(ran.err).toMatch(one.says);
    expect(ran.err).toMatch(one.remedy);
    expect(ran.err).toMatch(/[^\n]\nNothing was changed\.\n$/);
    expect(ran.code).toBe(exitCodes[one.exit]);
    expect(everything(box.site.model)).toBe(before);
    expect(box.desk.windows.size).toBe(0);
    expect(box.site.violations).toEqual([]);
  });

  test("plan shows it with the same exit code", async () => {
    const box = sandbox(one.shape);
    one.make(box);
    const before = everything(box.site.model);
    const ran = await drydock(box, "plan");
    expect(ran.out + ran.err).toMatch(one.remedy);
    expect(ran.code).toBe(exitCodes[one.exit]);
    expect(everything(box.site.model)).toBe(before);
  });
});

test("a component that has only just ended is waited for, and is no blocker", async () => {
  const box = sandbox();
  endsFor(box, "node2", "kube-scheduler", 0);
  expect(await drydock(box, "plan")).toMatchObject({ code: 0 });
});

test("an API server that never becomes ready is found before the provider is stopped", async () => {
  const box = sandbox(swift);
  slowComponent(box.site, { host: "node3", component: "kube-apiserver" });
  endsFor(box, "node3", "kube-apiserver", 0);
  await box.site.clock.wait(10_000);
  const ran = await drydock(box, "run --yes");
  expect(ran.err).toContain("https://10.0.0.3:6443");
  expect(ran.code).toBe(exitCodes.stopped);
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect((await drydock(box, "abandon")).code).toBe(0);
  mendComponents(box.site, "node3");
  await box.site.clock.wait(60_000);
  expect(await drydock(box, "run --yes")).toMatchObject({ code: 0 });
});
