import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { certificateOf, nodeCertificates } from "../cluster/node-certificates.ts";
import type { NodeFiles } from "../cluster/node-files.ts";
import { endpointsOf } from "../cluster/served.ts";
import type { Outcome } from "../core/outcome.ts";
import { parseCertificateFiles, readCertificateFiles } from "./certificate-files.ts";
import {
  fillControlPlane,
  fillKubelet,
  holdsKey,
  kubeconfig,
  makePki,
  makeTree,
  markedKey,
  markedKeyData,
  type Pki,
  runHere,
  type Tree,
} from "./fake-node.testkit.ts";

const unknownRoles = { controlPlane: false, etcd: false, worker: false };
let pki: Pki;
let tree: Tree;

beforeAll(() => {
  pki = makePki();
});
afterAll(() => pki.remove());
beforeEach(() => {
  tree = makeTree();
});
afterEach(() => tree.remove());

function stdoutOf(outcome: Outcome): string {
  return outcome.kind === "exited" ? outcome.stdout : "";
}

function look(): NodeFiles {
  const outcome = runHere(readCertificateFiles(tree.root));
  expect(outcome).toMatchObject({ kind: "exited", code: 0, stderr: "" });
  expect(holdsKey(stdoutOf(outcome))).toBe(false);
  const files = parseCertificateFiles(outcome);
  if (files.kind === "unreadable") throw new Error(files.because);
  return files.value;
}

function rows(files: NodeFiles): Readonly<Record<string, string>> {
  const entries = nodeCertificates(files, unknownRoles);
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.found.kind]));
}

describe("on a control plane node", () => {
  it.each([
    ["0.0.0.0", "10.0.0.1", ["10.0.0.1:6443", "10.0.0.1:10250"]],
    ["::", "10.0.0.1", ["10.0.0.1:6443", "10.0.0.1:10250"]],
    ["::", "fd00::1", ["[fd00::1]:6443", "[fd00::1]:10250"]],
  ])("who is bound to every address (%s) is asked at its own, %s", (bound, own, addresses) => {
    fillControlPlane(tree, pki, "stacked");
    const manifest = (name: string, ...flags: readonly string[]) => {
      const command = [name, ...flags].map((word) => `    - ${word}\n`).join("");
      const text = `spec:\n  containers:\n  - command:\n${command}`;
      tree.write(`etc/kubernetes/manifests/${name}.yaml`, text);
    };
    manifest("kube-apiserver", `--advertise-address=${own}`, `--bind-address=${bound}`);
    manifest("kube-scheduler", `--bind-address=${bound}`);
    tree.write("var/lib/kubelet/config.yaml", `address: "${bound}"\n`);
    const seen = endpointsOf(look(), { address: undefined, isControlPlane: true });
    const addressOf = (name: string) => seen.find((one) => one.name === name)?.address;
    expect([addressOf("kube-apiserver"), addressOf("kubelet")]).toEqual(addresses);
    expect(addressOf("kube-scheduler")).toBe("127.0.0.1:10259");
  });

  it("finds kubeadm's rows, etcd's among them, when etcd is a static pod", () => {
    fillControlPlane(tree, pki, "stacked");
    const seen = rows(look());
    expect(Object.keys(seen)).toEqual([
      ...["admin.conf", "apiserver", "apiserver-etcd-client", "apiserver-kubelet-client"],
      ...["controller-manager.conf", "etcd-healthcheck-client", "etcd-peer", "etcd-server"],
      ...["front-proxy-client", "scheduler.conf", "super-admin.conf"],
      ...["ca", "etcd-ca", "front-proxy-ca", "kubelet-client", "kubelet-server", "root-kubeconfig"],
    ]);
    const { "super-admin.conf": superAdmin, "root-kubeconfig": root, ...others } = seen;
    expect([superAdmin, root]).toEqual(["absent", "absent"]);
    expect(new Set(Object.values(others))).toEqual(new Set(["present"]));
  });

  it("does not call etcd's rows missing when etcd is a service of the host", () => {
    fillControlPlane(tree, pki, "host");
    const seen = rows(look());
    expect(seen).not.toHaveProperty("etcd-server");
    expect(seen).not.toHaveProperty("etcd-ca");
    expect(seen).toMatchObject({ "etcd/ca.pem": "present", "etcd/member-node1.pem": "present" });
    expect(Object.keys(seen).filter((name) => name.includes("key"))).toEqual([]);
  });

  it("knows who signed each certificate, and whether kubeadm could renew it", () => {
    fillControlPlane(tree, pki, "host");
    rmSync(join(tree.root, "etc/kubernetes/pki/front-proxy-ca.key"));
    tree.write("etc/kubernetes/pki/apiserver.crt", pki.leaf("another", "/CN=kube-apiserver"));
    const entries = nodeCertificates(look(), unknownRoles);
    expect(certificateOf(entries, "apiserver")?.isSignedByItsAuthority).toBe(false);
    expect(certificateOf(entries, "apiserver")?.externallyManaged).toBe(false);
    expect(certificateOf(entries, "front-proxy-client")?.isSignedByItsAuthority).toBe(true);
    expect(certificateOf(entries, "front-proxy-client")?.externallyManaged).toBe(true);
    expect(certificateOf(entries, "front-proxy-ca")?.externallyManaged).toBe(true);
    expect(certificateOf(entries, "etcd/node-node1.pem")?.isSignedByItsAuthority).toBe(true);
    expect(certificateOf(entries, "kubelet-client")).not.toHaveProperty("externallyManaged");
    expect(certificateOf(entries, "kubelet-server")?.caName).toBe("node1-ca@1795362667");
  });

  it("knows an authority by its keys, which one that was renewed keeps", () => {
    const path = "etc/kubernetes/pki/ca.crt";
    const seenIn = (text: string) => {
      tree.write(path, text);
      return certificateOf(nodeCertificates(look(), unknownRoles), "ca");
    };
    fillControlPlane(tree, pki, "host");
    const [old, other] = [pki.authority("kubernetes"), pki.authority("another")];
    const words = "req -x509 -key kubernetes.key -days 4000 -subj /CN=kubernetes".split(" ");
    const renewed = execFileSync("openssl", words, { cwd: pki.folder, encoding: "utf8" });
    const before = seenIn(old);
    const after = seenIn(renewed);
    expect(after?.fingerprint256).not.toBe(before?.fingerprint256);
    expect(after?.publicKeys256).toEqual(before?.publicKeys256);
    const [key = "none"] = before?.publicKeys256 ?? [];
    expect(seenIn(other)?.publicKeys256).not.toContain(key);
    expect(seenIn(`${other}${old}`)?.publicKeys256).toEqual([expect.any(String), key]);
  });

  it("follows kubespray's pki -> ssl, and says when each file was written", () => {
    fillControlPlane(tree, pki, "host");
    renameSync(join(tree.root, "etc/kubernetes/pki"), join(tree.root, "etc/kubernetes/ssl"));
    symlinkSync("ssl", join(tree.root, "etc/kubernetes/pki"));
    const writtenAt = 1_700_000_000;
    utimesSync(join(tree.root, "etc/kubernetes/ssl/apiserver.crt"), writtenAt, writtenAt);
    expect(certificateOf(nodeCertificates(look(), unknownRoles), "apiserver")).toMatchObject({
      path: "/etc/kubernetes/pki/apiserver.crt",
      resolvedPath: "/etc/kubernetes/ssl/apiserver.crt",
      modifiedAt: writtenAt * 1000,
    });
  });

  it("takes /etc/kubernetes/ssl where there is no pki at all", () => {
    fillControlPlane(tree, pki, "host");
    renameSync(join(tree.root, "etc/kubernetes/pki"), join(tree.root, "etc/kubernetes/ssl"));
    expect(rows(look())).toMatchObject({ apiserver: "present", ca: "present" });
  });

  it("names its listeners, with the node's own addresses and the files they should show", () => {
    fillControlPlane(tree, pki, "host");
    expect(endpointsOf(look(), { address: "10.9.9.9", isControlPlane: true })).toEqual([
      {
        name: "kube-apiserver",
        address: "10.0.0.1:6443",
        path: "/etc/kubernetes/pki/apiserver.crt",
      },
      { name: "kubelet", address: "10.0.0.1:10250", path: "/var/lib/kubelet/pki/kubelet.crt" },
      { name: "etcd", address: "10.0.0.1:2379", path: "/etc/ssl/etcd/ssl/member-node1.pem" },
      { name: "etcd-peer", address: "10.0.0.1:2380", path: "/etc/ssl/etcd/ssl/member-node1.pem" },
      { name: "kube-controller-manager", address: "127.0.0.1:10257" },
      { name: "kube-scheduler", address: "127.0.0.1:10259" },
    ]);
  });

  it.each(["kube-apiserver", "kube-controller-manager", "kube-scheduler"])(
    "misses %s alone where its manifest is away, and asks at the inventory's address",
    (name) => {
      fillControlPlane(tree, pki, "host");
      rmSync(join(tree.root, `etc/kubernetes/manifests/${name}.yaml`));
      const seen = endpointsOf(look(), { address: "10.9.9.9", isControlPlane: true });
      const own = name === "kube-apiserver" ? "10.9.9.9" : "10.0.0.1";
      expect(seen.map(({ address }) => address)).toEqual([
        ...[`${own}:6443`, `${own}:10250`, "10.0.0.1:2379", "10.0.0.1:2380"],
        ...["127.0.0.1:10257", "127.0.0.1:10259"],
      ]);
      expect(seen.filter(({ noManifest }) => noManifest).map((one) => one.name)).toEqual([name]);
    },
  );

  it("is expected to serve nothing before it has joined, and everything without any manifest", () => {
    const on = { address: "10.0.0.9", isControlPlane: true };
    fillKubelet(tree, pki);
    expect(endpointsOf(look(), on).map(({ name }) => name)).toEqual(["kubelet"]);
    fillControlPlane(tree, pki, "host");
    rmSync(join(tree.root, "etc/kubernetes/manifests"), { recursive: true });
    expect(endpointsOf(look(), on).filter(({ noManifest }) => noManifest)).toHaveLength(3);
  });

  it("says how long kubeadm signs for, and nothing else of its configuration", () => {
    tree.write(
      "etc/kubernetes/kubeadm-config.yaml",
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: 5ec4e7\n---\nkind: ClusterConfiguration\ncaCertificateValidityPeriod: 9h0m0s\ncertificateValidityPeriod: "87600h0m0s"\n',
    );
    expect(look().settings).toEqual([
      {
        file: "/etc/kubernetes/kubeadm-config.yaml",
        key: "certificateValidityPeriod",
        value: "87600h0m0s",
      },
    ]);
  });

  it("finds the listeners of a stacked etcd in its static pod manifest", () => {
    fillControlPlane(tree, pki, "stacked");
    expect(endpointsOf(look(), { address: undefined, isControlPlane: true })).toEqual(
      expect.arrayContaining([
        { name: "etcd", address: "10.0.0.1:2379", path: "/etc/kubernetes/pki/etcd/server.crt" },
        { name: "etcd-peer", address: "10.0.0.1:2380", path: "/etc/kubernetes/pki/etcd/peer.crt" },
      ]),
    );
  });
});

describe("elsewhere", () => {
  it("expects of a worker only its kubelet's certificates and the authority", () => {
    fillKubelet(tree, pki);
    const files = look();
    expect(rows(files)).toEqual({
      ca: "present",
      "kubelet-client": "present",
      "kubelet-server": "present",
      "root-kubeconfig": "absent",
    });
    expect(
      endpointsOf(files, { address: "10.0.0.9", isControlPlane: false }).map(
        (endpoint) => endpoint.address,
      ),
    ).toEqual(["10.0.0.9:10250"]);
  });

  it("expects nothing of Kubernetes on a host that is only etcd's", () => {
    tree.write("etc/ssl/etcd/ssl/ca.pem", pki.authority("etcd"));
    expect(rows(look())).toEqual({ "etcd/ca.pem": "present" });
  });

  it("calls a control plane node's rows missing when nothing lies there", () => {
    const entries = nodeCertificates(look(), { ...unknownRoles, controlPlane: true });
    expect(entries.find((entry) => entry.name === "apiserver")?.found).toEqual({
      kind: "missing",
      because: "there is no such file",
    });
  });
});

describe("what some other program was given", () => {
  const client = () => pki.leaf("kubernetes", "/CN=other");

  it("is listed by its file's name, on a worker as on a control plane node, and once", () => {
    fillKubelet(tree, pki);
    tree.write("etc/kubernetes/konnectivity-server.conf", kubeconfig(client()));
    tree.write("etc/kubernetes/kubelet.conf", kubeconfig(client()));
    renameSync(join(tree.root, "etc/kubernetes/pki"), join(tree.root, "etc/kubernetes/ssl"));
    symlinkSync("ssl", join(tree.root, "etc/kubernetes/pki"));
    tree.write("etc/kubernetes/ssl/apiserver-etcd-client.crt", client());
    tree.write("etc/kubernetes/ssl/etcd/further-ca.crt", pki.authority("further"));
    const entries = nodeCertificates(look(), unknownRoles);
    expect(entries.map(({ name }) => name).sort()).toEqual([
      "apiserver-etcd-client",
      "ca",
      "etcd/further-ca",
      "konnectivity-server.conf",
      "kubelet-client",
      "kubelet-server",
      "root-kubeconfig",
    ]);
    const further = entries.filter(({ name }) => /^(apis|etcd|konn)/.test(name));
    expect(further.map(({ table }) => table)).toEqual(["others", "others", "others"]);
    expect(certificateOf(entries, "etcd/further-ca")?.kind).toBe("authority");
    expect(certificateOf(entries, "konnectivity-server.conf")?.subject).toContain("CN=other");
  });

  it("is no certificate where it has a token, settings or nothing in it", () => {
    fillKubelet(tree, pki);
    const before = Object.keys(rows(look()));
    tree.write("etc/kubernetes/bootstrap-kubelet.conf", "users:\n- user:\n    token: abc\n");
    tree.write("etc/kubernetes/cloud.conf", "[Global]\n");
    tree.write("etc/kubernetes/kubeadm-client.conf", "kind: JoinConfiguration\n");
    tree.write("etc/kubernetes/pki/empty.crt", "");
    tree.write("etc/kubernetes/pki/sa.pub", "-----BEGIN PUBLIC KEY-----\nMFkw\n");
    tree.write("etc/kubernetes/pki/only-a-key.crt", markedKey);
    expect(Object.keys(rows(look()))).toEqual(before);
  });

  it("is told apart from kubeadm's own, under whatever further name these lie there", () => {
    fillControlPlane(tree, pki, "stacked");
    const before = Object.keys(rows(look()));
    symlinkSync("admin.conf", join(tree.root, "etc/kubernetes/copy.conf"));
    symlinkSync("server.crt", join(tree.root, "etc/kubernetes/pki/etcd/also-server.crt"));
    expect(Object.keys(rows(look()))).toEqual(before);
  });

  it("is listed once, however many names it has", () => {
    tree.write("etc/kubernetes/pki/own.crt", client());
    symlinkSync("own.crt", join(tree.root, "etc/kubernetes/pki/same.crt"));
    const listed = Object.keys(rows(look()));
    expect(listed.filter((name) => name === "own" || name === "same")).toEqual(["own"]);
  });

  it("may lie beside its key in one file, which stays unread", () => {
    tree.write("etc/kubernetes/pki/both.crt", `${markedKey}${client()}${markedKey}`);
    tree.write("etc/kubernetes/pki/etcd/both.crt", `${client()}${markedKey}`);
    tree.write("etc/kubernetes/both.conf", `${markedKey}${kubeconfig(client(), true)}`);
    const names = ["both", "etcd/both", "both.conf"];
    const seen = rows(look());
    expect(names.map((name) => seen[name])).toEqual(["present", "present", "present"]);
  });
});

describe("the kubelet", () => {
  it("is read from kubelet.conf itself when the certificate is embedded there", () => {
    fillKubelet(tree, pki);
    rmSync(join(tree.root, "var/lib/kubelet/pki/kubelet-client-current.pem"));
    tree.write("etc/kubernetes/kubelet.conf", kubeconfig(pki.leaf("kubernetes", "/CN=embedded")));
    const found = certificateOf(nodeCertificates(look(), unknownRoles), "kubelet-client");
    expect(found).toMatchObject({ subject: "CN=embedded", path: "/etc/kubernetes/kubelet.conf" });
  });

  it("is read from wherever kubelet.conf and the kubelet's configuration point", () => {
    fillKubelet(tree, pki);
    tree.write(
      "etc/kubernetes/kubelet.conf",
      'users:\n- user:\n    client-certificate: "/opt/k.pem"\n',
    );
    tree.write("opt/k.pem", `${markedKey}${pki.leaf("kubernetes", "/CN=elsewhere")}`);
    tree.write("var/lib/kubelet/config.yaml", "tlsCertFile: /opt/serving.pem\n");
    tree.write("opt/serving.pem", pki.leaf("kubernetes", "/CN=serving"));
    const entries = nodeCertificates(look(), unknownRoles);
    expect(certificateOf(entries, "kubelet-client")?.subject).toBe("CN=elsewhere");
    expect(certificateOf(entries, "kubelet-server")?.subject).toBe("CN=serving");
  });

  it("serves the cluster's certificate when serverTLSBootstrap is on", () => {
    fillKubelet(tree, pki);
    tree.write("var/lib/kubelet/config.yaml", "serverTLSBootstrap: true\n");
    tree.write(
      "var/lib/kubelet/pki/kubelet-server-current.pem",
      pki.leaf("kubernetes", "/CN=system:node:node1"),
    );
    const found = certificateOf(nodeCertificates(look(), unknownRoles), "kubelet-server");
    expect(found?.caName).toBe("kubernetes");
  });

  it("is configured by kubespray's file where there is one, and not by kubeadm's beside it", () => {
    fillKubelet(tree, pki);
    tree.write(
      "etc/kubernetes/kubelet-config.yaml",
      "address: 10.0.0.9\nserverTLSBootstrap: true\n",
    );
    const serving = "/var/lib/kubelet/pki/kubelet-server-current.pem";
    tree.write(serving.slice(1), pki.leaf("kubernetes", "/CN=system:node:node1"));
    const node = look();
    const kubelet = endpointsOf(node, { address: "10.0.0.1", isControlPlane: false }).find(
      ({ name }) => name === "kubelet",
    );
    expect(kubelet).toEqual({ name: "kubelet", address: "10.0.0.9:10250", path: serving });
    expect(certificateOf(nodeCertificates(node, unknownRoles), "kubelet-server")?.path).toBe(
      serving,
    );
  });

  it("has no client certificate when its symbolic link leads nowhere", () => {
    fillKubelet(tree, pki);
    const link = join(tree.root, "var/lib/kubelet/pki/kubelet-client-current.pem");
    rmSync(link);
    symlinkSync("gone.pem", link);
    const entries = nodeCertificates(look(), unknownRoles);
    expect(entries.find((entry) => entry.name === "kubelet-client")?.found).toEqual({
      kind: "missing",
      because: "its symbolic link leads nowhere",
    });
  });
});

describe("no private key is ever printed", () => {
  const path = "/etc/kubernetes/admin.conf";
  const found = () => look().files.get(path);

  it("and these tests would notice", () => {
    expect([markedKey, markedKeyData, `x${markedKeyData}`].map(holdsKey)).toEqual([
      true,
      true,
      true,
    ]);
    expect(holdsKey(pki.authority("kubernetes"))).toBe(false);
  });

  it.each([
    ["before the certificate", (pem: string) => `${markedKey}${pem}`, 1],
    ["after the certificate", (pem: string) => `${pem}${markedKey}`, 1],
    [
      "after a certificate without an end",
      (pem: string) => pem.replace(/-----END.*\n/, markedKey),
      0,
    ],
    ["in a file of nothing else", () => markedKey, 0],
    [
      "between two certificates with other line ends",
      (pem: string) => `${pem}${markedKey}${pem}`.replaceAll("\n", "\r\n"),
      2,
    ],
  ])("when it stands %s", (_, write, certificates) => {
    tree.write(path, write(pki.authority("kubernetes")));
    expect(found()?.certificates).toHaveLength(certificates);
  });

  it("when a kubeconfig is JSON on one line, with the key first", () => {
    const data = Buffer.from(pki.authority("kubernetes")).toString("base64");
    const user = { "client-key-data": markedKeyData, "client-certificate-data": data };
    tree.write(path, JSON.stringify({ users: [{ user }], token: "t" }));
    expect(found()?.clientCertificates).toHaveLength(1);
  });

  it("when the key stands in client-certificate-data by mistake, at any alignment", () => {
    for (const shift of ["", "\n", "\n\n"]) {
      const both = Buffer.from(`${pki.authority("kubernetes")}${shift}${markedKey}`).toString(
        "base64",
      );
      tree.write(path, `users:\n- user:\n    client-certificate-data: ${both}\n`);
      expect(found()?.state).toEqual({
        kind: "unreadable",
        because: "a private key stands in its client-certificate-data",
      });
    }
  });

  it("when a kubeconfig holds a token or a password", () => {
    tree.write(
      path,
      `${kubeconfig(pki.authority("kubernetes"))}    token: t0ken\n    password: pa55\n`,
    );
    const outcome = runHere(readCertificateFiles(tree.root));
    expect(stdoutOf(outcome)).not.toMatch(/t0ken|pa55/);
  });
});

describe("what stands in the way is said", () => {
  it("an empty file, a folder in its place", () => {
    fillControlPlane(tree, pki, "host");
    tree.write("etc/kubernetes/admin.conf", "");
    rmSync(join(tree.root, "etc/kubernetes/scheduler.conf"));
    mkdirSync(join(tree.root, "etc/kubernetes/scheduler.conf"));
    const entries = nodeCertificates(look(), unknownRoles);
    const found = (name: string) => entries.find((entry) => entry.name === name)?.found;
    expect(found("admin.conf")).toEqual({
      kind: "unreadable",
      because: "there is no certificate in it",
    });
    expect(found("scheduler.conf")).toEqual({ kind: "unreadable", because: "it is not a file" });
  });

  it.skipIf(userInfo().uid === 0)(
    "a folder that only root may look into is not a missing file",
    () => {
      const folder = join(tree.root, "root/.kube");
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o000);
      expect(look().files.get("/root/.kube/config")?.state).toEqual({
        kind: "unreadable",
        because: "no permission to look into /root/.kube; look as root",
      });
    },
  );

  it("a node without awk", () => {
    const programs = mkdtempSync(join(tmpdir(), "drydock-bin-"));
    for (const name of ["date", "stat", "readlink"])
      symlinkSync(`/bin/${name}`, join(programs, name));
    fillKubelet(tree, pki);
    const files = parseCertificateFiles(runHere(readCertificateFiles(tree.root), programs));
    rmSync(programs, { recursive: true });
    expect(files).toMatchObject({
      kind: "read",
      value: { troubles: [expect.stringMatching(/^awk/)] },
    });
  });

  it("an answer cut short is unreadable, and a chatty login shell is not", () => {
    const exited = (stdout: string) => ({ kind: "exited", code: 0, stdout, stderr: "" }) as const;
    const whole = stdoutOf(runHere(readCertificateFiles(tree.root)));
    expect(parseCertificateFiles(exited(`Welcome\n${whole}`)).kind).toBe("read");
    expect(parseCertificateFiles(exited(whole.slice(0, -10))).kind).toBe("unreadable");
    expect(parseCertificateFiles({ kind: "unknown", because: "cut" })).toEqual({
      kind: "unreadable",
      because: "certificates: no answer: cut",
    });
  });
});
