// Drydock's own scripts, as they were answered on the rig: openssl, df, pgrep, stat, sha256sum and
// tar as they are there. What else they may answer is tried with the scripts themselves, beside
// each of them.

import { expect, test } from "vitest";
import { recordedEndpoints } from "../../rig/recordings-looks.ts";
import { certificateOf, nodeCertificates } from "../cluster/node-certificates.ts";
import { parseCertificateFiles } from "./certificate-files.ts";
import { parseHostBasics } from "./host-basics.ts";
import { parseServedCertificates } from "./served-certificates.ts";
import { parseArchive } from "./tar.ts";
import { transcript } from "./transcript.testkit.ts";

function read<T>(reading: { readonly kind: string; readonly value?: T }): T {
  if (reading.value === undefined) throw new Error(JSON.stringify(reading));
  return reading.value;
}

test("a node's certificates are found where kubespray has them, each with its authority", () => {
  const node = read(parseCertificateFiles(transcript("openssl", "certificates-of-a-node")));
  expect(node.pkiFolder).toBe("/etc/kubernetes/pki");
  expect(node.troubles).toEqual([]);
  expect([...node.keys].sort()).toEqual([
    "/etc/kubernetes/pki/ca.key",
    "/etc/kubernetes/pki/front-proxy-ca.key",
  ]);
  const found = nodeCertificates(node, { controlPlane: true, etcd: true, worker: true });
  const present = found.filter((entry) => entry.found.kind === "present").map(({ name }) => name);
  expect(present).toEqual(
    expect.arrayContaining([
      "admin.conf",
      "apiserver",
      "ca",
      "front-proxy-client",
      "kubelet-client",
    ]),
  );
  expect(certificateOf(found, "apiserver")).toMatchObject({
    subjectAltNames: expect.arrayContaining(["DNS:lb-apiserver.kubernetes.local"]),
  });
});

test("a node's listeners show their certificates, and one that is not there says so", () => {
  const outcome = transcript("openssl", "served-certificates");
  const answers = parseServedCertificates(outcome, recordedEndpoints);
  expect(answers.map(({ endpoint, seen }) => [endpoint.name, seen.kind])).toEqual([
    ["kube-apiserver", "read"],
    ["kubelet", "read"],
    ["etcd", "unreadable"],
  ]);
  expect(answers[2]?.seen).toMatchObject({ because: "connection refused" });
});

test("a survey reads what a control plane node has", () => {
  const outcome = transcript("df", "host-basics");
  const asked = { askedAt: 1_795_964_442_000, answeredAt: 1_795_964_443_000 };
  const basics = read(parseHostBasics(outcome, asked));
  expect(basics).toMatchObject({
    hostname: "node1",
    kubeadmVersion: "v1.33.5",
    etcdctlVersion: "3.5.22",
    staticPods: ["kube-apiserver", "kube-controller-manager", "kube-scheduler"],
    advertised: "10.99.0.1:6443",
    kubernetesFolder: "/etc/kubernetes",
    pkiFolder: "/etc/kubernetes/ssl",
    kubeadmConfig: true,
    etcdUnit: { active: "active" },
    busyWith: [],
    cronFiles: [],
    kubeconfigs: ["/root/.kube/config"],
  });
  expect(basics.programs).toContain("etcdutl");
  expect(basics.reads).toContainEqual({
    pod: "kube-scheduler",
    file: "/etc/kubernetes/scheduler.conf",
  });
  expect(basics.freeBytes["/var/lib/etcd"]).toBe(61_626_916 * 1024);
  expect(Math.abs(basics.clockOffsetMs)).toBeLessThan(1000);
});

test("an archive tells its size, its mode, its sum and its members", () => {
  const archive = read(parseArchive(transcript("tar", "archive-status")));
  expect(archive).toMatchObject({ sizeBytes: 43_870, mode: 0o600 });
  expect(archive).toHaveProperty("sha256", expect.stringMatching(/^a84181ec1d56b9b6[0-9a-f]{48}$/));
  expect(archive).toHaveProperty(
    "members",
    expect.arrayContaining(["etc/kubernetes/ssl/ca.key", "etc/etcd.env"]),
  );
});

test("an archive of which the half is missing is a damaged one", () => {
  const outcome = transcript("tar", "archive-status-damaged");
  expect(parseArchive(outcome)).toMatchObject({ value: { damaged: expect.anything() } });
});
