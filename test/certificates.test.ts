// A simulated node answers the script that looks for certificates as the script itself does, run on
// the same files in a folder.

import { symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../src/core/outcome.ts";
import { parseCertificateFiles, readCertificateFiles } from "../src/programs/certificate-files.ts";
import { makeTree, runHere, type Tree } from "../src/programs/fake-node.testkit.ts";
import { fileAt, writeFile } from "../src/simulator/files.ts";
import { type HostModel, hostNamed } from "../src/simulator/model.ts";
import { run } from "../src/simulator/programs/run.ts";
import { somebody } from "../src/simulator/transition.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";

let tree: Tree;
beforeEach(() => {
  tree = makeTree();
});
afterEach(() => tree.remove());

function copyToTree(host: HostModel): void {
  for (const [path, { content, modifiedAt }] of host.files) {
    tree.write(path, content);
    utimesSync(join(tree.root, path), modifiedAt / 1000, modifiedAt / 1000);
  }
  for (const [path, target] of host.links)
    symlinkSync(join(tree.root, target), join(tree.root, path));
}

/** All that is read of an answer but the clock, in an order of its own. */
function seen(outcome: Outcome): unknown {
  const read = parseCertificateFiles(outcome);
  if (read.kind === "unreadable") return read;
  const { files, keys, configured, settings, pkiFolder, troubles } = read.value;
  const lines = [...settings].map(({ file, key, value }) => `${file} ${key} ${value}`);
  return {
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    keys: [...keys].sort(),
    configured: [...configured].sort(),
    settings: lines.sort(),
    ...{ pkiFolder, troubles },
  };
}

/**
 * What konnectivity and calico are given, a second authority, and files that hold no certificate.
 */
function addOthers({ site }: Sandbox, host: HostModel, node1: HostModel): void {
  const put = (path: string, content: string) => writeFile(site, host, path, { content }, somebody);
  const contentOf = (path: string) => fileAt(node1, path)?.content ?? "";
  put("/etc/kubernetes/konnectivity-server.conf", contentOf("/etc/kubernetes/scheduler.conf"));
  put(
    "/etc/kubernetes/pki/apiserver-etcd-client.crt",
    contentOf("/etc/kubernetes/pki/front-proxy-client.crt"),
  );
  put(
    "/etc/kubernetes/pki/etcd/further-ca.crt",
    contentOf("/etc/kubernetes/pki/front-proxy-ca.crt"),
  );
  put("/etc/kubernetes/pki/sa.pub", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n");
  put("/etc/kubernetes/kubeadm-client.conf", "kind: JoinConfiguration\n");
  put("/etc/kubernetes/bootstrap-kubelet.conf", "users:\n- user:\n    token: abc\n");
}

describe("a simulated node prints its certificates as the script does", () => {
  test.each([
    ["host-etcd", "node1"],
    ["host-etcd", "worker1"],
    ["static-pod-etcd", "node1"],
    ["static-pod-etcd", "worker1"],
  ] as const)("with %s, on %s, and what other programs were given", async (topology, name) => {
    const box = sandbox({ topology, workers: 1 });
    const host = hostNamed(box.site.model, name);
    addOthers(box, host, hostNamed(box.site.model, "node1"));
    copyToTree(host);
    const { argv } = readCertificateFiles();
    const played = await run({ site: box.site, host, argv, by: somebody, boot: host.boots });
    const real = runHere(readCertificateFiles(tree.root));
    expect(seen({ kind: "exited", ...played })).toEqual(seen(real));
  });
});

describe("a certificate that no window renews", () => {
  const konnectivity = "/etc/kubernetes/konnectivity-server.conf";

  test.each([
    [40, 0, "ok"],
    [20, 1, "warn"],
    [3, 2, "critical"],
    [-1, 2, "expired"],
  ])(
    "counts for the exit code of certs: with %i days left, %i",
    async (residualDays, code, status) => {
      const box = sandbox({ workers: 1 });
      expect((await drydock(box, "certs")).code).toBe(0);
      const other = hostNamed(sandbox({ residualDays }).site.model, "node1");
      const content = fileAt(other, "/etc/kubernetes/scheduler.conf")?.content ?? "";
      const worker = hostNamed(box.site.model, "worker1");
      writeFile(box.site, worker, konnectivity, { content }, somebody);
      const ran = await drydock(box, "certs");
      expect(ran.code).toBe(code);
      expect(ran.out).toMatch(
        new RegExp(`^konnectivity-server\\.conf .* worker1 +${status}$`, "m"),
      );
    },
  );

  test("is in no plan, is as it was after a window, and still counts", async () => {
    const box = sandbox({ residualDays: 20 });
    const node = hostNamed(box.site.model, "node1");
    const content = fileAt(node, "/etc/kubernetes/scheduler.conf")?.content ?? "";
    writeFile(box.site, node, konnectivity, { content }, somebody);
    expect((await drydock(box, "plan --json")).out).not.toContain("konnectivity");
    expect((await drydock(box, "run --yes")).code).toBe(0);
    expect(fileAt(node, konnectivity)?.content).toBe(content);
    expect(fileAt(node, "/etc/kubernetes/scheduler.conf")?.content).not.toBe(content);
    expect((await drydock(box, "certs")).code).toBe(1);
  });
});
