import { describe, expect, test } from "vitest";
import { leaseClock } from "./akash/lease-clock.ts";
import { ledgerOf, providerLeases } from "./akash/ledger.testkit.ts";
import { parseRelease } from "./akash/release.ts";
import type { Certificate } from "./cluster/certificate.ts";
import type { ClusterFacts, ConfigSource, HostBasics, HostFacts } from "./cluster/facts.ts";
import { parseList } from "./programs/kubectl.ts";
import { transcript } from "./programs/transcript.testkit.ts";
import { beware } from "./readiness/automation.ts";
import type { Wanted } from "./readiness/blocker.ts";
import {
  healthyFacts,
  heldLock,
  hostFacts,
  notReady,
  withNode2,
} from "./readiness/facts.testkit.ts";
import {
  backupBlockers,
  providerOnlyBlockers,
  providerStartBlockers,
  rotationBlockers,
} from "./readiness.ts";
import { certificate, cutOff, entry, provider, read, today, year } from "./steps/seen.testkit.ts";

const wanted: Wanted = { isRemnant: () => false, freeBytesHere: 900 * 2 ** 20 };
const withBasics = (basics: Partial<HostBasics>) => withNode2(() => hostFacts("node2", basics));

type EtcdFacts = Extract<ClusterFacts["etcd"], { kind: "read" }>["value"];

/** Where the cluster does not know it either. */
function withoutNode2(change: Parameters<typeof withNode2>[0]): ClusterFacts {
  const { nodes, ...facts } = withNode2(change);
  const others = nodes.kind === "read" ? nodes.value.filter(({ name }) => name !== "node2") : [];
  return { ...facts, nodes: read(others) };
}

function withEtcd(change: (etcd: EtcdFacts) => EtcdFacts): ClusterFacts {
  const { etcd } = healthyFacts;
  return etcd.kind === "read" ? { ...healthyFacts, etcd: read(change(etcd.value)) } : healthyFacts;
}

function withCertificates(...entries: readonly ReturnType<typeof entry>[]): ClusterFacts {
  return withNode2((host) => ({ ...host, certificates: read({ entries, endpoints: [] }) }));
}

/** node2 with an authority, and kubeadm's configuration there. */
function validFor(validityPeriod: string, authority: Certificate, ...leaves: Certificate[]) {
  const entries = [entry(authority, "authorities"), ...leaves.map((leaf) => entry(leaf))];
  return withNode2((host) => ({
    ...host,
    certificates: read({ entries, endpoints: [], validityPeriod }),
  }));
}

/** `kind where: because` of each. */
function said(facts: ClusterFacts, how = wanted) {
  return rotationBlockers(facts, how).map((one) => `${one.kind} ${one.where}: ${one.because}`);
}

describe("a release of the provider that is known to destroy leases", () => {
  const running = (version: string): ClusterFacts => ({
    ...healthyFacts,
    providers: read([provider({ image: `ghcr.io/akash-network/provider:${version}` })]),
  });
  const kinds = (facts: ClusterFacts, acceptedVersion?: string) =>
    rotationBlockers(facts, { ...wanted, acceptedVersion }).map((one) => one.kind);

  test.each([
    ["0.6.4", undefined, ["provider-version"]],
    ["0.6.9", undefined, ["provider-version"]],
    ["0.6.9", "0.6.8", ["provider-version"]],
    ["0.6.9", "0.6.9", []],
    ["0.6.9", "v0.6.9", []],
    ["0.6.9", "", ["provider-version"]],
    ["0.6.10", undefined, []],
    ["0.14.0", undefined, []],
    ["latest", undefined, []],
  ])("%s, with %s accepted, is blocked by %j", (version, accepted, expected) => {
    expect(kinds(running(version), accepted)).toEqual(expected);
  });

  test("is known of an image that is pinned by a digest by its chart's word, which is named", () => {
    const image = `ghcr.io/akash-network/provider@sha256:${"0a".repeat(32)}`;
    const facts = { ...healthyFacts, providers: read([provider({ image })]) };
    const leases = (version: string): ClusterFacts["leases"] => {
      const release = parseRelease(version);
      const set = { ...providerLeases(1), release, releaseSource: "AKASH_VERSION" } as const;
      return { ledger: ledgerOf(1), provider: read(set), manifestTimeoutMs: 300_000 };
    };
    const [first] = rotationBlockers({ ...facts, leases: leases("0.6.9") }, wanted);
    expect(first?.because).toContain("release 0.6.9 (as AKASH_VERSION says: its image is pinned");
    expect(kinds({ ...facts, leases: leases("0.14.0") })).toEqual([]);
    expect(beware({ ...facts, leases: leases("0.14.0") })).toEqual([]);
    expect(beware(facts)).toEqual([expect.stringContaining("image names no release")]);
  });

  test("that nobody has read is no blocker, and the plan says what may have come into it", () => {
    expect(kinds(running("0.16.2"))).toEqual([]);
    expect(beware(running("0.14.0"))).toEqual([]);
    expect(beware(running("0.16.2"))).toEqual([
      expect.stringMatching(/release 0\.16\.2: it may check no lease again .*provider#418/),
      expect.stringMatching(/release 0\.16\.2: started, it may replace tenants' pods .*#434/),
      expect.stringMatching(/release 0\.16\.2: nobody has read what this release does/),
    ]);
  });

  test("is named with its rule, its source and the way on; it may be stopped, and not started", () => {
    const [first] = providerStartBlockers(running("0.6.9"), wanted);
    expect(first?.because).toMatch(/release 0\.6\.9 .*deletes tenants' namespaces.*support#245/);
    expect(first?.remedy).toContain("--accept-provider-version 0.6.9");
    expect(providerOnlyBlockers(running("0.6.9"), wanted)).toEqual([]);
  });
});

test("a lease clock without retries is a danger that the plan names", () => {
  const set = (retries: string) => {
    const clock = leaseClock(new Map([["AKASH_MONITOR_MAX_RETRIES", retries]]));
    return read({ ...providerLeases(1), clock });
  };
  const facts = (retries: string): ClusterFacts => ({
    ...healthyFacts,
    leases: { ledger: ledgerOf(1), provider: set(retries), manifestTimeoutMs: 300_000 },
  });
  expect(beware(facts("626"))).toEqual([]);
  expect(beware(facts("1e+06"))).toEqual([
    expect.stringMatching(
      /^DANGER: AKASH_MONITOR_MAX_RETRIES=1e\+06 .* at its first failed check$/,
    ),
  ]);
});

const without = (program: string) => ({
  programs: [
    "kubeadm",
    "kubectl",
    "crictl",
    "etcdctl",
    "etcdutl",
    "openssl",
    "curl",
    "flock",
    "tar",
  ]
    .concat("sha256sum")
    .filter((one) => one !== program),
});

describe("a rotation", () => {
  test("may begin on a healthy cluster", () => {
    expect(said(healthyFacts)).toEqual([]);
  });

  test.each<[string, ClusterFacts, RegExp]>([
    [
      "a host does not answer",
      withNode2((host) => ({ ...host, basics: cutOff })),
      /^unreachable node2: no answer: cut off$/,
    ],
    ...[
      ...["kubeadm", "kubectl", "crictl", "openssl", "curl", "etcdctl", "etcdutl"],
      ...["flock", "tar", "sha256sum"],
    ].map((program): [string, ClusterFacts, RegExp] => [
      `${program} is missing`,
      withBasics(without(program)),
      new RegExp(`^program-missing node2: ${program} is not installed$`),
    ]),
    [
      "no login succeeds on a host, however much of it could not be read",
      withNode2((host) => ({
        ...host,
        ...{ basics: cutOff, certificates: cutOff },
        unreached: { because: "10.0.0.2:22 refused the connection", remedy: "See that sshd runs." },
      })),
      /^unreachable node2: 10\.0\.0\.2:22 refused the connection$/,
    ],
    ["it is k3s", { ...healthyFacts, topology: "k3s" }, /^other prod: this is k3s/],
    ["etcd was not found", { ...healthyFacts, topology: "unknown" }, /^other prod: neither/],
    [
      "an etcd host has no etcd",
      withNode2((host) => ({ ...host, etcdAccess: cutOff })),
      /^etcd node2: it is one of the inventory's etcd hosts, and has neither/,
    ],
    [
      "a control plane node has no etcd, and need not",
      withNode2((host) => ({
        ...host,
        roles: { ...host.roles, etcd: false },
        etcdAccess: cutOff,
      })),
      /^other node2: etcd does not run on this control plane node/,
    ],
    [
      "etcd has a host of its own",
      withoutNode2((host) => ({
        ...host,
        roles: { controlPlane: false, etcd: true, worker: false },
      })),
      /^other node2: etcd runs here without a control plane, which is not supported yet$/,
    ],
    [
      "etcd runs on a worker",
      withoutNode2((host) => ({ ...host, roles: { ...host.roles, controlPlane: false } })),
      /^other node2: etcd runs here on a worker and not on a control plane node, which is not/,
    ],
    ["a node is NotReady", notReady("node3"), /^other node3: the node is NotReady$/],
    [
      "a control plane node of the cluster is not in the inventory",
      { ...healthyFacts, hosts: healthyFacts.hosts.slice(0, 2) },
      /^other node3: it is a control plane node of the cluster, and the inventory does not have it$/,
    ],
    [
      "a host of the inventory is none of the cluster's Nodes",
      withoutNode2((host) => host),
      /^other node2: the inventory has it as a control plane node, and none of the cluster's Nodes is it \(node1, node3\)$/,
    ],
    [
      "clocks are apart",
      withBasics({ clockOffsetMs: 9_000 }),
      /^other node2: its clock is 9 s ahead of that of node1$/,
    ],
    [
      "a clock is behind",
      withBasics({ clockOffsetMs: -9_000 }),
      /^other node1: its clock is 9 s ahead of that of node2$/,
    ],
    [
      "an API server does not reach a kubelet",
      { ...healthyFacts, kubelets: { node2: "remote error: tls: internal error" } },
      /^other node2: remote error: tls: internal error$/,
    ],
    [
      "no etcd is found on any host",
      { ...healthyFacts, hosts: healthyFacts.hosts.map((one) => ({ ...one, etcdAccess: cutOff })) },
      /^other prod: neither/,
    ],
    [
      "kubeadm does not take its configuration file",
      withNode2((host) => ({ ...host, kubeadmRefuses: "strict decoding error: unknown field" })),
      /^other node2: kubeadm does not take \S+kubeadm-config\.yaml: strict decoding error/,
    ],
    [
      "a member of etcd is down",
      withEtcd((etcd) => ({
        ...etcd,
        health: etcd.health.map((one, i) => (i === 2 ? { ...one, healthy: false } : one)),
      })),
      /^etcd etcd: https:\/\/10\.0\.0\.3:2379 is unhealthy/,
    ],
    [
      "etcd has an alarm",
      withEtcd((etcd) => ({ ...etcd, alarms: ["NOSPACE"] })),
      /^etcd etcd: alarm/,
    ],
    [
      "etcd has two members",
      withEtcd((etcd) => ({ ...etcd, members: etcd.members.slice(1) })),
      /^etcd etcd: two members/,
    ],
    ["etcd cannot be asked", { ...healthyFacts, etcd: cutOff }, /^etcd etcd: no answer/],
    [
      "a host has no space",
      withBasics({ freeBytes: { "/var/backups": 100 * 2 ** 20 } }),
      /^no-space node2: 100 MiB free for the backups, 104 MiB are needed$/,
    ],
    [
      "a renewal finds no room",
      withBasics({ freeBytes: { "/var/backups": 900 * 2 ** 20, "/etc/kubernetes": 1024 } }),
      /^no-space node2: 1 KiB free in \/etc\/kubernetes, and a renewal needs 10 MiB$/,
    ],
    [
      "a host does not tell its space",
      withBasics({ freeBytes: { "/var/lib/etcd": 900 * 2 ** 20 } }),
      /^other node2: how much space \/var\/backups has could not be read$/,
    ],
    [
      "an authority ends first",
      withCertificates(entry(certificate("ca", "CA", today + year), "authorities")),
      /^other node2: certificate authority ca expires on 2027-11-22/,
    ],
    [
      "certificates live longer than those that would replace them",
      withCertificates(
        entry(certificate("scheduler.conf", "B", today + 2 * year)),
        entry(certificate("apiserver", "A", today + 3 * year)),
        entry(certificate("admin.conf", "C", today + 1000)),
      ),
      /^other node2: apiserver \(and 1 more\) expires on 2029-11-21, later than .* ends on 2027-11-22$/,
    ],
    [
      "an authority ends before ten years, and that is what kubeadm would sign",
      validFor("87600h0m0s", certificate("ca", "CA", today + 9 * year)),
      /^other node2: certificate authority ca expires on 2035-11-20/,
    ],
    [
      "a certificate is missing",
      withCertificates({
        ...entry(certificate("apiserver", "A", today)),
        found: { kind: "missing", because: "there is no such file" },
      }),
      /^other node2: apiserver is missing$/,
    ],
    [
      "a certificate cannot be read",
      withCertificates({
        ...entry(certificate("scheduler.conf", "A", today)),
        found: { kind: "unreadable", because: "there is no certificate in it" },
      }),
      /^other node2: scheduler\.conf: there is no certificate in it$/,
    ],
    [
      "an authority is missing",
      withCertificates({
        ...entry(certificate("ca", "A", today)),
        table: "authorities",
        found: { kind: "missing", because: "there is no such file" },
      }),
      /^other node2: ca: there is no such file$/,
    ],
    [
      "kubeadm's folder has another name",
      withBasics({ pkiFolder: "" }),
      /^other node2: there is no folder \/etc\/kubernetes\/pki/,
    ],
    [
      "kubeadm cannot renew a certificate",
      withCertificates(entry(certificate("apiserver", "A", today, { externallyManaged: true }))),
      /^other node2: apiserver: its authority's key is not on the node/,
    ],
    [
      "certificates cannot be read",
      withNode2((host) => ({ ...host, certificates: cutOff })),
      /^other node2: no answer/,
    ],
    ["there is no provider", { ...healthyFacts, providers: read([]) }, /^no-provider prod: /],
    [
      "there are two providers",
      { ...healthyFacts, providers: read([provider(), provider({ namespace: "b" })]) },
      /^several-providers prod: there are 2 providers: akash-services\/akash-provider, b\/akash/,
    ],
    [
      "a provider cannot be asked",
      { ...healthyFacts, providers: cutOff },
      /^other prod: no answer/,
    ],
    [
      "somebody is at work",
      withBasics({ busyWith: ["kubeadm"] }),
      /^other node2: kubeadm is running/,
    ],
    [
      "somebody holds the lock",
      withNode2((host) => ({
        ...host,
        lock: read(heldLock),
      })),
      /^locked node2: the lock is held by window w9 of bob@desk, since 2026-11-22 00:00 UTC$/,
    ],
  ])("is blocked when %s, with a remedy", (_, facts, words) => {
    const [first, ...others] = said(facts);
    expect(first).toMatch(words);
    expect(others).toEqual([]);
    expect(rotationBlockers(facts, wanted)[0]?.remedy).toMatch(/^[A-Z].{15,}\.$/s);
  });

  test("may begin right after another, and where kubeadm signs for as long as before", () => {
    const minuteMs = 60_000;
    const fresh = certificate("apiserver", "A", today + year + minuteMs);
    expect(said(withCertificates(entry(fresh)))).toEqual([]);
    const long = certificate("apiserver", "A", today + 9 * year);
    const authority = certificate("ca", "CA", today + 11 * year);
    expect(said(validFor("87600h0m0s", authority, long))).toEqual([]);
  });

  const longLived = (kubeadmGoesBy: ConfigSource | undefined) =>
    withNode2(() => ({
      ...hostFacts("node2", { kubeadmConfig: kubeadmGoesBy === undefined }),
      ...(kubeadmGoesBy === undefined ? {} : { kubeadmGoesBy }),
      certificates: read({
        entries: [entry(certificate("apiserver", "A1", today + 3 * year))],
        endpoints: [],
      }),
    }));

  test.each([
    [undefined, /give certificateValidityPeriod in \S+kubeadm-config\.yaml of node2 the time/],
    ["cluster", /give certificateValidityPeriod .* edit configmap kubeadm-config`\) the time/],
    ["defaults", /by what the cluster keeps \(.*: put ConfigMap kubeadm-config right \(/],
  ] as const)("is told how kubeadm signs for longer where it goes by %s", (source, words) => {
    expect(rotationBlockers(longLived(source), wanted)[0]?.remedy).toMatch(words);
  });

  test("is not told of it where nobody knows, as kubeadm would ask an API that is away", () => {
    const nodes = { kind: "unreadable", because: "kubectl: refused" } as const;
    const later = (source: ConfigSource | undefined) =>
      said({ ...longLived(source), nodes }).filter((one) => one.includes("later than what"));
    expect([later("defaults"), later(undefined).length]).toEqual([[], 1]);
  });

  test.each([
    [true, "in /etc/kubernetes/kubeadm-config.yaml."],
    [false, "edit configmap kubeadm-config`)."],
  ])("may shorten what an authority ends before, a file lying there: %s", (there, words) => {
    const entries = [
      entry(certificate("ca", "CA", today + 2 * year, { kind: "authority" }), "authorities"),
    ];
    const facts = withNode2(() => ({
      ...hostFacts("node2", { kubeadmConfig: there }),
      certificates: read({ entries, endpoints: [], validityPeriod: "87600h0m0s" }),
    }));
    expect(rotationBlockers(facts, wanted)[0]?.remedy).toContain(words);
  });

  test("needs space for a snapshot only where one is taken, and none for archives alone", () => {
    const freeBytes = { "/var/backups": 70 * 2 ** 20 };
    const hosts = ["node1", "node2", "node3"].map((name) =>
      hostFacts(name, name === "node2" ? {} : { freeBytes }),
    );
    expect(said({ ...healthyFacts, hosts })).toEqual([]);
    const facts = withBasics({ freeBytes });
    const kinds = (what: "etcd" | "certs") =>
      backupBlockers(facts, what, { ...wanted, freeBytesHere: freeBytes["/var/backups"] }).map(
        ({ kind, where }) => `${kind} ${where}`,
      );
    expect(kinds("etcd")).toEqual(["no-space node2", "no-space here"]);
    expect(kinds("certs")).toEqual([]);
  });

  test("is blocked when there is no space here", () => {
    expect(said(healthyFacts, { ...wanted, freeBytesHere: 0 })).toEqual([
      "no-space here: 0 MiB free for the backups, 104 MiB are needed",
    ]);
  });

  test("may begin where the lock is that of a window which was closed here", () => {
    const facts = withNode2((host) => ({ ...host, lock: read(heldLock) }));
    expect(said(facts, { ...wanted, isRemnant: ({ window }) => window === "w9" })).toEqual([]);
  });

  test("needs no etcdutl where etcdctl can still tell a snapshot's status", () => {
    const old = { ...without("etcdutl"), etcdctlVersion: "3.5.22" };
    expect(said(withBasics(old))).toEqual([]);
  });

  test("needs etcdutl with any later etcdctl, also one that starts a new count", () => {
    expect(said(withBasics({ ...without("etcdutl"), etcdctlVersion: "4.0.0" }))).toEqual([
      "program-missing node2: etcdutl is not installed",
    ]);
  });

  test("has room for its renewals with just what they need", () => {
    const freeBytes = { "/var/backups": 900 * 2 ** 20, "/etc/kubernetes": 10 * 2 ** 20 };
    expect(said(withBasics({ freeBytes }))).toEqual([]);
  });

  test("is told that etcd has two members also where one of them is ill", () => {
    const ill = withEtcd(({ members, health, ...etcd }) => ({
      ...etcd,
      members: members.slice(1),
      health: health.slice(1).map((one, i) => (i === 0 ? { ...one, healthy: false } : one)),
    }));
    expect(said(ill)).toEqual([
      expect.stringMatching(/^etcd etcd: https:\/\/10\.0\.0\.2:2379 is unhealthy/),
      expect.stringMatching(/^etcd etcd: two members/),
    ]);
  });

  test("does not mind clocks that are wrong all alike", () => {
    const hosts = healthyFacts.hosts.map(({ name }) => hostFacts(name, { clockOffsetMs: 60_000 }));
    expect(said({ ...healthyFacts, hosts })).toEqual([]);
  });

  test("does not mind a provider that is stopped, or clocks within their error", () => {
    const stopped = { ...healthyFacts, providers: read([provider({ replicas: 0, pods: [] })]) };
    expect(said(stopped)).toEqual([]);
    expect(said(withBasics({ clockOffsetMs: 6_000, offsetErrorMs: 2_000 }))).toEqual([]);
  });
});

describe("a kubeconfig that is no longer let in", () => {
  test("is told as such, once, with what to look at", () => {
    const refused = parseList(transcript("kubectl", "get-unauthorized"), "nodes");
    if (refused.kind === "read") throw new Error("it was let in");
    const facts = { ...healthyFacts, nodes: refused, providers: refused };
    const [first, ...others] = rotationBlockers(facts, wanted);
    expect(first).toMatchObject({ kind: "unauthorized", where: "node1" });
    expect(first?.remedy).toContain("drydock certs");
    expect(others).toEqual([]);
  });

  test("since it is not signed by the authority beside it is told so, once, with the exit code of it", () => {
    const because = "nodes: exit code 1: error: You must be logged in to the server (Unauthorized)";
    const admin = { ...certificate("admin.conf", "A", today + year), caName: "ca" };
    const unsigned = { ...admin, isSignedByItsAuthority: false };
    const hosts = healthyFacts.hosts.map((host) =>
      host.name === "node1"
        ? { ...host, certificates: read({ entries: [entry(unsigned)], endpoints: [] }) }
        : host,
    );
    const refused = { kind: "unreadable", because } as const;
    const facts = { ...healthyFacts, hosts, nodes: refused, providers: refused };
    expect(said(facts)).toEqual([
      `unauthorized node1: admin.conf was not signed by ca of this node, which would sign the next one; kubectl says: ${because}`,
    ]);
    expect(rotationBlockers(facts, wanted)[0]?.remedy).toContain(
      "`kubeadm certs renew admin.conf`",
    );
    // Where kubectl is let in it is no reason for anything that kubectl says.
    expect(said({ ...facts, nodes: healthyFacts.nodes })).toContainEqual(
      expect.stringMatching(/^other node1: admin\.conf was not signed by ca /),
    );
  });

  test.each([
    "error: You must be logged in to the server (Unauthorized)",
    "Unable to connect: Unauthorized",
  ])("is recognised in %s", (because) => {
    const facts = { ...healthyFacts, nodes: { kind: "unreadable", because } as const };
    expect(rotationBlockers(facts, wanted)[0]?.kind).toBe("unauthorized");
  });

  test("is not seen in an API that is down", () => {
    const because = "nodes: exit code 1: The connection to the server was refused";
    const facts = { ...healthyFacts, nodes: { kind: "unreadable", because } as const };
    expect(rotationBlockers(facts, wanted)[0]?.kind).toBe("other");
  });
});

describe("certificates that have expired", () => {
  const refused = { kind: "unreadable", because: "nodes: connection refused" } as const;
  const since = today - 2 * 3_600_000;
  const expiredOn2 = (name: string, more: Partial<HostBasics> = {}): ClusterFacts => ({
    ...withNode2(() => ({
      ...hostFacts("node2", more),
      certificates: read({ entries: [entry(certificate(name, "A", since))], endpoints: [] }),
    })),
    ...{ nodes: refused, providers: refused },
  });

  test("explain an API that does not answer, with the node and the time", () => {
    const [first, ...others] = rotationBlockers(expiredOn2("apiserver"), wanted);
    expect(first).toMatchObject({ kind: "unauthorized", where: "node1" });
    expect(first?.because).toBe(
      "apiserver of node2 expired on 2026-11-21 22:00 UTC; kubectl says: nodes: connection refused",
    );
    expect(others).toEqual([]);
  });

  test("are judged by the clock of their own node, and super-admin.conf is not looked at", () => {
    const kinds = (facts: ClusterFacts) => rotationBlockers(facts, wanted).map(({ kind }) => kind);
    expect(kinds(expiredOn2("super-admin.conf"))).toEqual(["other"]);
    const behind = expiredOn2("apiserver", { clockOffsetMs: -3 * 3_600_000 });
    expect(kinds(behind)).not.toContain("unauthorized");
  });

  test("explain an etcd that cannot be asked either, and then promise no snapshot", () => {
    const facts = { ...expiredOn2("etcd-server"), etcd: cutOff };
    const [first, ...others] = rotationBlockers(facts, wanted);
    expect(first?.remedy).toContain("`drydock backup certs` still works");
    expect(first?.remedy).not.toContain("backup etcd");
    expect(others).toEqual([]);
    expect(rotationBlockers({ ...expiredOn2("apiserver"), etcd: cutOff }, wanted)).toHaveLength(2);
  });

  test("are told by kubectl's words alone where every file is good", () => {
    const because = "nodes: exit code 1: tls: x509: certificate has expired or is not yet valid";
    const facts = { ...healthyFacts, nodes: { kind: "unreadable", because } as const };
    const [first] = rotationBlockers(facts, wanted);
    expect(first).toMatchObject({ kind: "unauthorized", because });
    expect(first?.remedy).toMatch(/a process serves an older certificate, or a clock is wrong/);
  });
});

describe("smaller windows", () => {
  test("only stopping the provider asks for the provider and the lock", () => {
    const facts = { ...notReady("node3"), etcd: cutOff };
    expect(providerOnlyBlockers(facts, wanted)).toEqual([]);
    const none = { ...facts, providers: read([]) };
    expect(providerOnlyBlockers(none, wanted)).toMatchObject([{ kind: "no-provider" }]);
  });

  test("certificates are archived where etcd does not answer", () => {
    expect(backupBlockers({ ...healthyFacts, etcd: cutOff }, "certs", wanted)).toEqual([]);
  });

  test("a backup is made of a cluster that is ill, if only etcd answers", () => {
    const ill = { ...notReady("node3"), providers: cutOff };
    expect(backupBlockers(ill, "etcd", wanted)).toEqual([]);
    expect(backupBlockers({ ...ill, etcd: cutOff }, "etcd", wanted)).toMatchObject([
      { kind: "etcd" },
    ]);
    expect(backupBlockers(ill, "certs", { ...wanted, freeBytesHere: 0 })).toMatchObject([
      { kind: "no-space" },
    ]);
  });
});

test("of a crictl that shows nothing a node without static pods needs no word, and one with them does", () => {
  const components = { kind: "unreadable", because: "crictl ps: exit code 1: no socket" } as const;
  expect(said(withNode2((host) => ({ ...host, components })))).toEqual([
    "other node2: crictl ps: exit code 1: no socket",
  ]);
  const bare = hostFacts("node2", { staticPods: [] });
  expect(said(withNode2(() => ({ ...bare, components })))).toEqual([]);
});

test("a host whose clock was read vaguely hides no other one that is ahead", () => {
  const clocks = { node1: [0, 1], node2: [9_000, 8_000], node3: [8_000, 1] } as const;
  const hosts = Object.entries(clocks).map(([name, [clockOffsetMs, offsetErrorMs]]) =>
    hostFacts(name, { clockOffsetMs, offsetErrorMs }),
  );
  expect(said({ ...healthyFacts, hosts })).toEqual([
    "other node3: its clock is 8 s ahead of that of node1",
  ]);
});

test("a component that does not run blocks, unless an expired certificate may be why", () => {
  const componentsAway = [
    { name: "etcd" },
    { name: "kube-scheduler", exited: { container: "0123456789abcdef", attempt: 214 } },
  ];
  const expiring = (notAfter: number) =>
    withNode2((host) => {
      const entries = [entry(certificate("apiserver", "A1", notAfter))];
      return { ...host, componentsAway, certificates: read({ entries, endpoints: [] }) };
    });
  expect(said(expiring(today + 1000))).toEqual([
    "other node2: etcd does not run: it has no container",
    "other node2: kube-scheduler does not run: its container has ended, after 214 restarts",
  ]);
  expect(said(expiring(today - 1000))).toEqual([]);
});

test("a kubeconfig that kubeadm cannot renew blocks, once: of one without a certificate that is told already", () => {
  const path = "/etc/kubernetes/admin.conf";
  const kubeadmRefuses = `invalid kubeConfig file ${path}: missing context nowhere`;
  const refused = (certificatePath: string) =>
    withNode2((host) => {
      const sound = { ...certificate("admin.conf", "A1", today + 1000), path: certificatePath };
      const certificates = read({ entries: [entry(sound)], endpoints: [] });
      return { ...host, certificates, kubeadmRefuses };
    });
  expect(said(refused(path))).toEqual([
    `other node2: kubeadm cannot renew ${path}: ${kubeadmRefuses}`,
  ]);
  expect(said(refused("/etc/kubernetes/other.conf"))).toEqual([]);
});

describe("a kubeadm that has no file and takes its defaults", () => {
  const taking = (more: Partial<HostFacts> = {}) =>
    withNode2(() => ({
      ...hostFacts("node2", { kubeadmConfig: false }),
      kubeadmGoesBy: "defaults",
      ...more,
    }));
  const silent = { kind: "unreadable", because: "kubectl: refused" } as const;

  test("is said, and blocks nothing", () => {
    expect(said(taking())).toEqual([]);
    expect(beware(taking())).toEqual([
      expect.stringMatching(
        /^node2: kubeadm cannot use .* for a year, .*\. To have it use that, put ConfigMap kubeadm-config right \(/,
      ),
    ]);
    expect(beware(taking({ kubeadmGoesBy: "cluster" }))).toEqual([]);
    expect(beware({ ...taking(), nodes: silent })).toEqual([]);
  });

  test("blocks where it would not renew all with them, while the API answers", () => {
    const kubeadmRefuses =
      "Error checking external CA condition for etcd/ca certificate authority: failure";
    expect(said(taking({ kubeadmRefuses }))).toEqual([
      `other node2: kubeadm would not renew all: ${kubeadmRefuses}. It cannot use the configuration that the cluster keeps, and takes its defaults`,
    ]);
    expect(said({ ...taking({ kubeadmRefuses }), nodes: silent }).join()).not.toContain("etcd/ca");
    const [other] = rotationBlockers(
      taking({ kubeadmRefuses: "whatever", kubeadmGoesBy: "cluster" }),
      wanted,
    );
    expect(other?.because).toBe("kubeadm would not renew all: whatever");
    expect(other?.remedy).toMatch(/^Mend that until .* on node2 exits with 0/);
  });
});

test("a copy of admin.conf is renewed by a command on a control plane node, and brought to a worker", () => {
  const adminCopies = [{ path: "/home/a b/.kube/config", owner: "a", group: "ops" }];
  const facts = (controlPlane: boolean) => {
    const host = hostFacts("node2", { adminCopies });
    return withNode2(() => ({ ...host, roles: { ...host.roles, controlPlane } }));
  };
  expect(beware(facts(true)).join()).toContain(
    "`install --backup=numbered -m 600 -o a -g ops /etc/kubernetes/admin.conf '/home/a b/.kube/config'` afterwards, and set a namespace or server of its own again",
  );
  expect(beware(facts(false)).join()).toContain("bring it a control plane node's afterwards");
});

describe("authorities that do not belong together", () => {
  const authority = (serial: string) =>
    entry(
      certificate("ca", serial, today + 9 * year, { kind: "authority", isAuthority: true }),
      "authorities",
    );
  const leaf = (name: string, isSignedByItsAuthority: boolean) =>
    entry(certificate(name, "A1", today + 1000, { isSignedByItsAuthority }));
  const clusterOf = (...entries: readonly (readonly ReturnType<typeof entry>[])[]) => {
    const hosts = entries.map((own, i) => ({
      ...hostFacts(`node${i + 1}`),
      certificates: read({ entries: own, endpoints: [] }),
    }));
    return { ...healthyFacts, hosts };
  };

  test("block on the node that has another one than the others", () => {
    const [ours, other] = [[authority("CA")], [authority("CB")]];
    expect(said(clusterOf(ours, ours, ours))).toEqual([]);
    const on1 = "other node1: its ca is another one than that of node2";
    expect(said(clusterOf(other, ours, ours))).toEqual([on1]);
    expect(said(clusterOf(ours, ours, other))).toEqual([
      "other node3: its ca is another one than that of node1",
    ]);
    expect(rotationBlockers(clusterOf(other, ours, ours), wanted)[0]?.remedy).toContain(
      "Do not make it anew",
    );
  });

  test("do not block where one was renewed with its key, or the files hold the old one and the new", () => {
    const keyed = (serial: string, ...publicKeys256: readonly string[]) => [
      entry(
        certificate("ca", serial, today + 9 * year, { kind: "authority", publicKeys256 }),
        "authorities",
      ),
    ];
    const node2Of = (one: readonly ReturnType<typeof entry>[]) =>
      said(clusterOf(keyed("CA", "old"), one, keyed("CA", "old")));
    expect(node2Of(keyed("CB", "old"))).toEqual([]);
    const apart = ["other node2: its ca is another one than that of node1"];
    expect(node2Of(keyed("CA", "new"))).toEqual(apart);
    // What node2 signs with the new one the others do not take yet.
    expect(node2Of(keyed("CB", "new", "old"))).toEqual(apart);
    const both = keyed("CA", "old", "new");
    expect(said(clusterOf(both, keyed("CB", "new", "old"), both))).toEqual([]);
    expect(said(clusterOf(both, keyed("CB", "new"), both))).toEqual(apart);
  });

  test("block where a certificate is not its authority's, but for one on which nothing depends", () => {
    const apiserver = [authority("CA"), leaf("apiserver", false)];
    const ours = [authority("CA"), leaf("apiserver", true)];
    expect(said(clusterOf(ours, apiserver, ours))).toEqual([
      "other node2: apiserver was not signed by ca of this node, which would sign the next one",
    ]);
    const all = [...apiserver, leaf("admin.conf", false), leaf("scheduler.conf", false)];
    expect(said(clusterOf(ours, all, ours))).toEqual([
      "other node2: apiserver and 2 more were not signed by ca of this node, which would sign the next one",
    ]);
    const superAdmin = [authority("CA"), leaf("super-admin.conf", false)];
    expect(said(clusterOf(ours, superAdmin, ours))).toEqual([]);
  });
});

test("where the API does not answer only what is wrong with admin.conf is not told once more", () => {
  const unreadable = (name: string) => ({
    ...entry(certificate(name, "A", today)),
    found: { kind: "unreadable", because: "there is no certificate in it" } as const,
  });
  const missing = {
    ...entry(certificate("controller-manager.conf", "A", today)),
    found: { kind: "missing", because: "there is no such file" } as const,
  };
  const facts = {
    ...withCertificates(unreadable("admin.conf"), unreadable("scheduler.conf"), missing),
    ...{ nodes: cutOff, providers: cutOff },
  };
  expect(said(facts)).toEqual([
    "other node1: no answer: cut off",
    "other node2: scheduler.conf: there is no certificate in it",
    "other node2: controller-manager.conf is missing",
  ]);
});

test("an authority that is gone is never to be made anew: that would be another one", () => {
  const found = { kind: "missing", because: "there is no such file" } as const;
  const remedyOf = (table: "authorities" | "certificates") => {
    const facts = withCertificates({ ...entry(certificate("ca", "A", today)), table, found });
    return rotationBlockers(facts, wanted)[0]?.remedy;
  };
  expect(remedyOf("authorities")).toMatch(/from another control plane node.*Do not make it anew/);
  expect(remedyOf("authorities")).not.toContain("kubeadm");
  expect(remedyOf("certificates")).toContain("kubeadm init phase certs");
});

test("a static pod of others that reads a renewed file is named, the control plane's own are not", () => {
  const reads = [
    { pod: "kube-scheduler", file: "/etc/kubernetes/scheduler.conf" },
    { pod: "watcher", file: "/etc/kubernetes/admin.conf" },
    { pod: "watcher", file: "/etc/kubernetes/pki/apiserver.crt" },
  ];
  const automation = { kind: "unreadable", because: "kubectl: exit code 1" } as const;
  const facts = { ...withNode2(() => hostFacts("node2", { reads })), automation };
  expect(beware(facts)).toEqual([
    "what else scales the provider is not known: kubectl: exit code 1",
    expect.stringMatching(
      /^node2: the static pod watcher reads \S+admin\.conf and \S+apiserver\.crt, /,
    ),
  ]);
});
