// The archive's own scripts, run here with sh and tar below a folder that plays the node's root.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Command } from "../core/command.ts";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import { createArchive, inspectArchive, parseArchive } from "./tar.ts";

let tree: Tree;
let file: string;

beforeEach(() => {
  tree = makeTree();
  file = join(tree.root, "backups/w1/node1.tar.gz");
  tree.write("etc/kubernetes/admin.conf", "old");
  tree.write("etc/kubernetes/manifests/kube-apiserver.yaml", "pod");
  tree.write("var/lib/kubelet/config.yaml", "kind: KubeletConfiguration");
  tree.write("root/other", "not asked for");
});

afterEach(() => tree.remove());

/**
 * `createArchive` with the tree as the root, and with the programs of `path` before the real ones.
 */
function create(path = "", mustHold: readonly string[] = []) {
  const { argv, ...rest } = createArchive(file, mustHold);
  const [sh, c, script = "", ...words] = argv;
  const rooted = script.replace("cd / ", `cd ${tree.root} `);
  expect(rooted).not.toBe(script);
  const command: Command = { ...rest, argv: [sh, c ?? "", rooted, ...words] };
  return runHere(command, `${path}:/usr/sbin:/usr/bin:/sbin:/bin`);
}

function inspect() {
  return parseArchive(runHere(inspectArchive(file)));
}

function membersOf(): readonly string[] {
  const seen = inspect();
  if (seen.kind !== "read" || seen.value === undefined || "damaged" in seen.value) {
    throw new Error("the archive cannot be read");
  }
  return seen.value.members;
}

function left(): readonly string[] {
  return readdirSync(join(tree.root, "backups/w1")).sort();
}

/** The folder of a tar that writes half of what it is to create. */
function withoutSpace(): string {
  const says = `#!/bin/sh\n[ "$1" = --create ] || exec /bin/tar "$@"\n`;
  const fails = `while [ "$1" != --file ]; do shift; done\necho half >"$2"; echo "tar: no space left" >&2; exit 2\n`;
  tree.write("bin/tar", `${says}${fails}`);
  chmodSync(join(tree.root, "bin/tar"), 0o755);
  return join(tree.root, "bin");
}

describe("an archive", () => {
  test("holds what the node has of the list, and nothing else", () => {
    expect(create()).toMatchObject({ kind: "exited", code: 0 });
    expect([...membersOf()].sort()).toEqual([
      "etc/kubernetes/",
      "etc/kubernetes/admin.conf",
      "etc/kubernetes/manifests/",
      "etc/kubernetes/manifests/kube-apiserver.yaml",
      "var/lib/kubelet/config.yaml",
    ]);
  });

  test("holds what its links lead to elsewhere: the certificates' folder, and files", () => {
    for (const name of ["ca.crt", "ca.key", "etcd/ca.crt"])
      tree.write(`mnt/safe one/ssl/${name}`, name);
    symlinkSync(join(tree.root, "mnt/safe one/ssl"), join(tree.root, "etc/kubernetes/ssl"));
    symlinkSync("ssl", join(tree.root, "etc/kubernetes/pki"));
    tree.write("srv/audit.yaml", "rules");
    symlinkSync("../../srv/audit.yaml", join(tree.root, "etc/kubernetes/audit.yaml"));
    symlinkSync("../../srv", join(tree.root, "etc/kubernetes/other"));
    symlinkSync("nowhere", join(tree.root, "etc/kubernetes/dangling"));
    tree.write("srv/other", "not asked for");
    expect(create()).toMatchObject({ kind: "exited", code: 0 });
    const members = membersOf();
    expect(members).toContain("mnt/safe one/ssl/ca.key");
    expect(members).toContain("srv/audit.yaml");
    expect(members).not.toContain("srv/other");
    expect(members.filter((name) => name.endsWith("/etcd/ca.crt"))).toHaveLength(1);
  });

  test("holds /etc/kubernetes also where that is a link, with the certificates of it", () => {
    mkdirSync(join(tree.root, "data"));
    renameSync(join(tree.root, "etc/kubernetes"), join(tree.root, "data/kubernetes"));
    symlinkSync("../data/kubernetes", join(tree.root, "etc/kubernetes"));
    tree.write("safe/ca.crt", "ca");
    symlinkSync("../../safe", join(tree.root, "data/kubernetes/pki"));
    expect(create()).toMatchObject({ kind: "exited", code: 0 });
    const members = membersOf();
    expect(members).toContain("data/kubernetes/admin.conf");
    expect(members).toContain("safe/ca.crt");
  });

  test("holds what it must wherever that is, once, and follows no link to what is left out", () => {
    tree.write("srv/deep/pki/server.crt", "crt");
    tree.write("srv/one/file.conf", "conf");
    tree.write("etc/kubernetes/tmp/old", "old");
    tree.write("srv/from-tmp", "old");
    tree.write("var/log/audit.log", "request");
    symlinkSync("../../srv/deep", join(tree.root, "etc/kubernetes/certificates"));
    symlinkSync("../../var/log/audit.log", join(tree.root, "etc/kubernetes/audit.log"));
    symlinkSync("../../../srv/from-tmp", join(tree.root, "etc/kubernetes/tmp/link"));
    const must = ["etc/kubernetes/admin.conf", "srv/deep/pki/server.crt", "srv/one/file.conf"];
    expect(create("", [...must, "srv/absent"])).toMatchObject({ code: 0 });
    const members = membersOf();
    for (const name of must) expect(members.filter((one) => one === name)).toHaveLength(1);
    expect(members.filter((name) => /audit\.log$|from-tmp|tmp/.test(name))).toEqual([]);
  });

  test("is not made of nothing", () => {
    rmSync(join(tree.root, "etc"), { recursive: true });
    rmSync(join(tree.root, "var"), { recursive: true });
    expect(create()).toMatchObject({ code: 1, stderr: "none of the paths to archive is here\n" });
    expect(left()).toEqual([]);
  });

  test("does not hold the folders of etcd that upgrades of kubeadm leave behind", () => {
    tree.write("etc/kubernetes/tmp/kubeadm-backup-etcd-2026-01-01/etcd/member/snap/db", "big");
    create();
    const seen = JSON.stringify(inspect());
    expect(seen).toContain("etc/kubernetes/admin.conf");
    expect(seen).not.toContain("etc/kubernetes/tmp");
  });

  test("does not hold audit logs, which grow while they are read", () => {
    const logs = ["audit.log", "audit-2026-01-01T00-00-00.000.log", "audit-2025.log.gz"];
    for (const log of logs) tree.write(`etc/kubernetes/audit/${log}`, "request");
    tree.write("etc/kubernetes/audit/policy.yaml", "kind: Policy");
    create();
    const seen = JSON.stringify(inspect());
    expect(seen).toContain("etc/kubernetes/audit/policy.yaml");
    for (const log of logs) expect(seen).not.toContain(log);
  });

  test("is readable by root only, with its folder and its list", () => {
    create();
    expect(inspect()).toMatchObject({ value: { mode: 0o600, sizeBytes: statSync(file).size } });
    expect(statSync(`${file}.list`).mode & 0o777).toBe(0o600);
    expect(statSync(join(tree.root, "backups/w1")).mode & 0o777).toBe(0o700);
    expect(readFileSync(`${file}.list`, "utf8")).toContain("etc/kubernetes/admin.conf");
    expect(left()).toEqual(["node1.tar.gz", "node1.tar.gz.list"]);
  });

  test("tells the checksums of itself and of its list", () => {
    create();
    const sum = (path: string) =>
      execFileSync("sha256sum", [path], { encoding: "utf8" }).slice(0, 64);
    const sums = { sha256: sum(file), listSha256: sum(`${file}.list`) };
    expect(inspect()).toMatchObject({ value: sums });
  });

  test("never overwrites an earlier one or its list, however often it is made", () => {
    for (const content of ["one", "two", "three", "four"]) {
      tree.write("etc/kubernetes/admin.conf", content);
      expect(create()).toMatchObject({ code: 0 });
    }
    const contents = left()
      .filter((name) => !name.endsWith(".list"))
      .map((name) => join(tree.root, "backups/w1", name))
      .map((path) =>
        execFileSync("tar", ["xzOf", path, "etc/kubernetes/admin.conf"], { encoding: "utf8" }),
      );
    expect(contents.sort()).toEqual(["four", "one", "three", "two"]);
    expect(left().filter((name) => name.endsWith(".list"))).toHaveLength(4);
  });

  test("that could not be written leaves no part of it, and says what tar said", () => {
    expect(create(withoutSpace())).toMatchObject({ code: 2, stderr: "tar: no space left\n" });
    expect(left()).toEqual([]);
    expect(inspect()).toEqual({ kind: "read", value: undefined });
  });

  test("is synced with its list and its folder, so that its name outlives a power loss, too", () => {
    const synced = join(tree.root, "synced");
    tree.write("bin/sync", `#!/bin/sh\nfor one; do echo "$one"; done >>${synced}\n`);
    chmodSync(join(tree.root, "bin/sync"), 0o755);
    create(join(tree.root, "bin"));
    const folder = join(tree.root, "backups/w1");
    expect(readFileSync(synced, "utf8").trim().split("\n")).toEqual([
      `${file}.part`,
      `${file}.list`,
      folder,
    ]);
  });

  test("that could not be written leaves an earlier one where it can be found", () => {
    create();
    expect(create(withoutSpace())).not.toMatchObject({ code: 0 });
    expect(left().filter((name) => /\.earlier$/.test(name))).toHaveLength(1);
    expect(left().filter((name) => /\.part$/.test(name))).toEqual([]);
  });

  test("that was left half by a killed try does not stand in the way", () => {
    tree.write("backups/w1/node1.tar.gz.part", "half");
    expect(create()).toMatchObject({ code: 0 });
    expect(left()).not.toContain("node1.tar.gz.part");
  });

  test("that is damaged is told so", () => {
    create();
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 20));
    expect(inspect()).toMatchObject({ value: { damaged: expect.stringContaining("exit code") } });
  });

  test("without its list is damaged, so that it is made anew", () => {
    create();
    rmSync(`${file}.list`);
    expect(inspect()).toMatchObject({ value: { damaged: expect.stringContaining("exit code") } });
  });
});
