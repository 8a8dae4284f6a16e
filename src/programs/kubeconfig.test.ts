// The scripts on kubeconfigs, run here with sh on a folder that plays the node.

import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Command } from "../core/command.ts";
import {
  holdsKey,
  kubeconfig,
  makePki,
  makeTree,
  type Pki,
  runHere,
  type Tree,
} from "./fake-node.testkit.ts";
import {
  compareKubeconfigs,
  isCopyOfAdmin,
  parseKubeconfigs,
  replaceKubeconfig,
} from "./kubeconfig.ts";
import { adminKubeconfig } from "./kubectl.ts";
import { printed } from "./transcript.testkit.ts";

const stamp = "20261122T031500Z";
let pki: Pki;
let tree: Tree;
let path: string;

beforeAll(() => {
  pki = makePki();
});

afterAll(() => pki.remove());

beforeEach(() => {
  tree = makeTree();
  path = join(tree.root, "root/.kube/config");
  put("etc/kubernetes/admin.conf", pki.leaf("kubernetes", "/CN=admin", "DNS:new"));
  put("root/.kube/config", pki.leaf("kubernetes", "/CN=admin", "DNS:old"));
});

afterEach(() => tree.remove());

function put(file: string, pem: string): void {
  tree.write(file, kubeconfig(pem));
  chmodSync(join(tree.root, file), 0o600);
}

function here(command: Command, path?: string) {
  const [program, ...words] = command.argv.map((word) =>
    word === adminKubeconfig ? join(tree.root, word) : word,
  );
  return runHere({ ...command, argv: [program ?? "", ...words] }, path);
}

function compare() {
  return parseKubeconfigs(here(compareKubeconfigs(path)));
}

function folder(): readonly string[] {
  return readdirSync(dirname(path)).sort();
}

describe("root's kubeconfig beside admin.conf", () => {
  test("is told by serial, subject and mode, and no key is printed", () => {
    chmodSync(path, 0o644);
    const outcome = here(compareKubeconfigs(path));
    expect(JSON.stringify(outcome)).not.toContain("client-key");
    expect(holdsKey(JSON.stringify(outcome))).toBe(false);
    const seen = parseKubeconfigs(outcome);
    expect(seen).toMatchObject({
      value: { current: { mode: 0o644, subject: "CN=admin" }, admin: { mode: 0o600 } },
    });
    if (seen.kind !== "read" || typeof seen.value.current === "string") throw new Error("not read");
    expect(seen.value.admin).not.toMatchObject({ serialHex: seen.value.current.serialHex });
  });

  test("of whose key something stands behind the certificate does not show it", () => {
    const pem = pki.leaf("kubernetes", "/CN=admin", "DNS:old");
    const key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    put("root/.kube/config", `${pem}${key}`);
    const outcome = here(compareKubeconfigs(path));
    expect(parseKubeconfigs(outcome)).toMatchObject({
      value: { current: { subject: "CN=admin" } },
    });
    const said = outcome.kind === "exited" ? outcome.stdout.split(" ") : [];
    expect(said.map((word) => Buffer.from(word, "base64").toString()).join()).not.toContain(
      "c2VjcmV0",
    );
  });

  test("that is a link to admin.conf has the mode of admin.conf", () => {
    const linked = join(tree.root, "linked");
    symlinkSync(join(tree.root, adminKubeconfig), linked);
    const seen = parseKubeconfigs(here(compareKubeconfigs(linked)));
    expect(seen.kind === "read" && seen.value.current).toMatchObject({ mode: 0o600 });
    expect(seen.kind === "read" && seen.value.current).toEqual(
      seen.kind === "read" && seen.value.admin,
    );
  });

  test.each([
    ["an older copy of it", "kubernetes", "/CN=admin", true],
    ["that of another cluster", "another", "/CN=admin", false],
    ["a copy from before Kubernetes 1.29", "kubernetes", "/O=system:masters/CN=admin", false],
  ])("is a copy of it when it is %s: from %s, %s, %s", (_, authority, subject, isCopy) => {
    const admin = kubeconfig(pki.leaf("kubernetes", "/CN=admin", "DNS:new"));
    const data = Buffer.from(pki.authority("kubernetes")).toString("base64");
    tree.write(
      "etc/kubernetes/admin.conf",
      `clusters:\n- cluster:\n    certificate-authority-data: ${data}\n${admin}`,
    );
    put("root/.kube/config", pki.leaf(authority, subject, "DNS:old"));
    const seen = compare();
    expect(seen.kind === "read" && isCopyOfAdmin(seen.value)).toBe(isCopy);
  });

  test("is no copy when another cluster stands in it too, and nothing of it is lost", () => {
    const cluster = (name: string) =>
      `- cluster:\n    server: https://${name}:6443\n  name: ${name}\n`;
    const both = `clusters:\n${cluster("here")}${cluster("there")}`;
    tree.write("root/.kube/config", `${both}${kubeconfig(pki.leaf("kubernetes", "/CN=admin"))}`);
    const seen = compare();
    expect(seen).toMatchObject({ value: { current: { contexts: 2 } } });
    expect(seen.kind === "read" && isCopyOfAdmin(seen.value)).toBe(false);
  });

  test("is no copy when another context stands in it too, of another user perhaps", () => {
    const context = (user: string) =>
      `- context:\n    cluster: here\n    user: ${user}\n  name: ${user}\n`;
    const cluster = "clusters:\n- cluster:\n    server: https://here:6443\n  name: here\n";
    const put = (contexts: string) => {
      const admin = kubeconfig(pki.leaf("kubernetes", "/CN=admin"));
      tree.write("root/.kube/config", `${cluster}contexts:\n${contexts}${admin}`);
      const seen = compare();
      return seen.kind === "read" && isCopyOfAdmin(seen.value);
    };
    expect([put(context("admin")), put(context("admin") + context("ci"))]).toEqual([true, false]);
  });

  test("may be absent, or hold no certificate of its own", () => {
    writeFileSync(path, "users: [{user: {token: secret}}]\n");
    expect(compare()).toMatchObject({ value: { current: "no certificate" } });
    const nowhere = here(compareKubeconfigs(join(tree.root, "nowhere")));
    expect(parseKubeconfigs(nowhere)).toMatchObject({ value: { current: "absent" } });
    expect(parseKubeconfigs(printed("600 root 1 bm8=\nabsent\nuntold whole\n"))).toEqual({
      kind: "read",
      value: { current: "no certificate", admin: "absent", sameKey: undefined, own: undefined },
    });
    expect(parseKubeconfigs(printed("absent\nabsent\n")).kind).toBe("unreadable");
  });
});

describe("replacing root's kubeconfig", () => {
  test("puts admin.conf there, mode 600, and keeps the old one under the stamp", () => {
    const old = readFileSync(path, "utf8");
    chmodSync(path, 0o644);
    expect(here(replaceKubeconfig(path, stamp))).toMatchObject({ kind: "exited", code: 0 });
    expect(readFileSync(path, "utf8")).toBe(readFileSync(join(tree.root, adminKubeconfig), "utf8"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(old);
    expect(statSync(`${path}.${stamp}`).mode & 0o777).toBe(0o600);
    expect(folder()).toEqual(["config", `config.${stamp}`]);
  });

  test("done again for another admin.conf keeps what lay there in between as well", () => {
    const oldest = readFileSync(path, "utf8");
    here(replaceKubeconfig(path, stamp));
    const between = readFileSync(path, "utf8");
    const admin = join(tree.root, adminKubeconfig);
    writeFileSync(admin, kubeconfig(pki.leaf("kubernetes", "/CN=admin", "DNS:newest")));
    expect(here(replaceKubeconfig(path, stamp))).toMatchObject({ code: 0 });
    expect(readFileSync(path, "utf8")).toBe(readFileSync(admin, "utf8"));
    expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(oldest);
    expect(readFileSync(`${path}.${stamp}.2`, "utf8")).toBe(between);
  });

  test("done again after a lost answer keeps the oldest one under the stamp", () => {
    const old = readFileSync(path, "utf8");
    here(replaceKubeconfig(path, stamp));
    expect(here(replaceKubeconfig(path, stamp))).toMatchObject({ code: 0 });
    expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(old);
    expect(folder()).toEqual(["config", `config.${stamp}`]);
  });

  test.each([
    ["cp", [], "# client-key-data\n"],
    ["awk", [], ""],
    ["chown", [], ""],
    ["sync", [], ""],
    ["ln", [], ""],
    ["mv", [`config.${stamp}`], ""],
  ])("that fails at %s leaves the old one alone", (program, left, remark) => {
    const old = `${readFileSync(path, "utf8")}${remark}`;
    writeFileSync(path, old);
    tree.write(`bin/${program}`, "#!/bin/sh\nexit 1\n");
    chmodSync(join(tree.root, "bin", program), 0o755);
    const bin = `${join(tree.root, "bin")}:/usr/bin:/bin`;
    expect(here(replaceKubeconfig(path, stamp), bin)).toMatchObject({ kind: "exited", code: 1 });
    expect(readFileSync(path, "utf8")).toBe(old);
    expect(folder()).toEqual(["config", ...left]);
  });

  test("does nothing where there is none", () => {
    const nowhere = join(tree.root, "nowhere");
    expect(here(replaceKubeconfig(nowhere, stamp))).toMatchObject({ code: 1 });
    expect(existsSync(nowhere)).toBe(false);
  });
});
