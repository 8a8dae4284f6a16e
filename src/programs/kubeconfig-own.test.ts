// What root has set in its copy of admin.conf, kept by the script that brings it up to date: run
// here with sh, and with every awk that this machine has, on a folder that plays the node.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Command } from "../core/command.ts";
import { makeTree, runHere, type Tree } from "./fake-node.testkit.ts";
import { compareKubeconfigs, parseKubeconfigs, replaceKubeconfig } from "./kubeconfig.ts";
import { adminKubeconfig } from "./kubectl.ts";

const stamp = "20261122T031500Z";
const certificates = { old: "T0xELUNFUlQ=", fresh: "TkVXLUNFUlQ+Lw==" };
const keys = { old: "T0xELUtFWQ==", fresh: "TkVXLUtFWS8r" };
let tree: Tree;
let path: string;
let admin: string;

beforeEach(() => {
  tree = makeTree();
  path = join(tree.root, "root/.kube/config");
  admin = join(tree.root, adminKubeconfig);
  tree.write(adminKubeconfig.slice(1), text("fresh"));
});
afterEach(() => tree.remove());

/** As kubeadm writes it. */
function text(which: "old" | "fresh"): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QVVUSE9SSVRZ
    server: https://10.0.0.1:6443
  name: cluster.local
contexts:
- context:
    cluster: cluster.local
    user: kubernetes-admin
  name: kubernetes-admin@cluster.local
current-context: kubernetes-admin@cluster.local
kind: Config
preferences: {}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${certificates[which]}
    client-key-data: ${keys[which]}
`;
}

const withNamespace = (one: string) =>
  one.replace("    user: k", "    namespace: akash-services\n    user: k");
const withServer = (one: string) => one.replace("https://10.0.0.1", "https://lb.example.com");

function put(content: string): void {
  tree.write("root/.kube/config", content);
  chmodSync(path, 0o600);
}

function here(command: Command, path?: string) {
  const [program, ...words] = command.argv.map((word) => (word === adminKubeconfig ? admin : word));
  return runHere({ ...command, argv: [program ?? "", ...words] }, path);
}

function compared(path_?: string) {
  const outcome = here(compareKubeconfigs(path), path_);
  const printed = JSON.stringify(outcome);
  for (const key of Object.values(keys)) expect(printed).not.toContain(key);
  return parseKubeconfigs(outcome);
}

function updated(path_?: string): string {
  expect(here(replaceKubeconfig(path, stamp), path_)).toMatchObject({ kind: "exited", code: 0 });
  return readFileSync(path, "utf8");
}

function folder(): readonly string[] {
  return readdirSync(dirname(path)).sort();
}

/** Awks that are here, under the name of awk: what nodes have differs. */
const awks = ["mawk", "gawk", "original-awk", "busybox"].flatMap((name) => {
  const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  return found === "" ? [] : [[name, found] as const];
});

const kept: readonly (readonly [string, (one: string) => string, readonly string[]])[] = [
  ["nothing of its own", (one) => one, []],
  ["a namespace of its own", withNamespace, ["namespace"]],
  ["a namespace and a server", (one) => withServer(withNamespace(one)), ["namespace", "server"]],
  ["another authority", (one) => one.replace("QVVUSE9SSVRZ", "QkFMQU5DRVI="), ["more"]],
  [
    "another user, who has a token",
    (one) => `${one}- name: ci\n  user:\n    token: abc\n`,
    ["more"],
  ],
  ["its key first", (one) => one.replace(/( *client-c.*\n)( *client-k.*\n)/, "$2$1"), []],
  [
    "quotes and a remark",
    (one) =>
      one
        .replace(/(client-certificate-data: )(.*)/, '$1"$2" # from admin.conf')
        .replace(/client-key-data: (.*)/, `"client-key-data": '$1'`),
    [],
  ],
  ["line ends of Windows", (one) => one.replaceAll("\n", "\r\n"), []],
  ["no preferences, as newer versions write it", (one) => one.replace("preferences: {}\n", ""), []],
];

describe.each(awks)("with %s", (_, program) => {
  let where: string;
  beforeEach(() => {
    where = `${join(tree.root, "bin")}:/usr/bin:/bin`;
    mkdirSync(join(tree.root, "bin"));
    symlinkSync(program, join(tree.root, "bin/awk"));
  });

  test.each(kept)("a kubeconfig with %s keeps it", (_what, made, own) => {
    const old = made(text("old"));
    put(old);
    expect(compared(where)).toMatchObject({ value: { sameKey: false, own } });
    expect(updated(where)).toBe(made(text("fresh")));
    expect(compared(where)).toMatchObject({ value: { sameKey: true, own } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(old);
    expect(folder()).toEqual(["config", `config.${stamp}`]);
    updated(where);
    expect(folder()).toEqual(["config", `config.${stamp}`]);
  });

  test.each<[string, (one: string) => string]>([
    ["is JSON", (one) => one.replace(/user:\n {4}(.*)\n {4}(.*)/, "user: {$1, $2}")],
    ["has two certificates", (one) => `${one}    client-certificate-data: QUJD\n`],
    ["has a key twice", (one) => one.replace(/ *client-key-data.*\n/, "$&$&")],
    ["names its key's file", (one) => one.replace(/client-key-data: .*/, "client-key: /root/key")],
    ["has its key below its name", (one) => one.replace("key-data: ", "key-data:\n      ")],
    ["has a key in several lines", (one) => one.replace(/(key-data: .*)\n/, "$1\n      QUJD\n")],
    ["has a key as a block", (one) => one.replace("key-data: ", "key-data: |\n      ")],
    ["has them of two users", (one) => one.replace(/ *client-k/, "- name: b\n  user:\n$&")],
    ["has one in a remark", (one) => `${one}# client-key-data: QUJD\n`],
  ])("a kubeconfig that %s is replaced by admin.conf", (_what, made) => {
    const old = made(withNamespace(text("old")));
    put(old);
    expect(compared(where)).toMatchObject({ value: { sameKey: undefined, own: undefined } });
    expect(updated(where)).toBe(text("fresh"));
    expect(compared(where)).toMatchObject({ value: { sameKey: true, own: [] } });
    expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(old);
  });

  test("the key of a certificate of 8192 bits is not too long", () => {
    const key = "QUJD".repeat(2500);
    writeFileSync(admin, text("fresh").replace(keys.fresh, key));
    put(withNamespace(text("old")));
    expect(updated(where)).toBe(withNamespace(text("fresh").replace(keys.fresh, key)));
  });
});

describe("an update that is cut off", () => {
  /** One of the programs does something else first, or instead. */
  function played(program: string, script: string): string {
    tree.write(`bin/${program}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(tree.root, "bin", program), 0o755);
    return `${join(tree.root, "bin")}:/usr/bin:/bin`;
  }

  test.each(["awk", "chown", "chmod", "sync", "ln", "mv"])(
    "by a kill at %s is made up by the next one, with one copy of the old file",
    (program) => {
      const old = withServer(withNamespace(text("old")));
      put(old);
      const killed = here(replaceKubeconfig(path, stamp), played(program, "kill -9 $PPID"));
      expect(killed).not.toMatchObject({ code: 0 });
      expect(readFileSync(path, "utf8")).toBe(old);
      for (const name of folder()) {
        expect(statSync(join(dirname(path), name)).mode & 0o077).toBe(0);
      }
      expect(compared()).toMatchObject({ value: { sameKey: false } });
      expect(updated()).toBe(withServer(withNamespace(text("fresh"))));
      expect(folder()).toEqual(["config", `config.${stamp}`]);
      expect(readFileSync(`${path}.${stamp}`, "utf8")).toBe(old);
    },
  );

  test("by a disk that is full, of which awk says nothing, leaves the old one alone", () => {
    put(withNamespace(text("old")));
    const intoFile = '[ -p /dev/stdout ] && exec /usr/bin/awk "$@"';
    const cut = played("awk", `${intoFile}\n/usr/bin/awk "$@" | head -c 400`);
    expect(here(replaceKubeconfig(path, stamp), cut)).toMatchObject({ code: 1 });
    expect(readFileSync(path, "utf8")).toBe(withNamespace(text("old")));
    expect(folder()).toEqual(["config"]);
  });

  test("left a file for everybody: no key is written into that one", () => {
    put(withNamespace(text("old")));
    writeFileSync(`${path}.drydock-new`, "");
    chmodSync(`${path}.drydock-new`, 0o644);
    const saw = join(tree.root, "saw");
    const looks = played("chown", `stat -c %a "$2" >${saw}; exec /usr/bin/chown "$@"`);
    expect(updated(looks)).toBe(withNamespace(text("fresh")));
    expect(readFileSync(saw, "utf8")).toBe("600\n");
  });
});

test("no key is ever a word of a command", () => {
  put(withNamespace(text("old")));
  const said = join(tree.root, "said");
  for (const program of ["awk", "cksum", "chown", "chmod", "sync", "cmp", "ln", "mv", "rm"]) {
    const real = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout;
    tree.write(`bin/${program}`, `#!/bin/sh\necho "$0 $*" >>${said}\nexec ${real.trim()} "$@"\n`);
    chmodSync(join(tree.root, "bin", program), 0o755);
  }
  updated(`${join(tree.root, "bin")}:/usr/bin:/bin`);
  const words = readFileSync(said, "utf8");
  expect(words).toContain("bin/mv -T");
  for (const value of [...Object.values(keys), ...Object.values(certificates)]) {
    expect(words).not.toContain(value);
  }
});
