// The survey's script, run here with sh below a folder that plays the node's root.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  holdsKey,
  kubeconfig,
  makePki,
  makeTree,
  runHere,
  type Tree,
} from "./fake-node.testkit.ts";
import { parseHostBasics, readHostBasics } from "./host-basics.ts";
import { printed } from "./transcript.testkit.ts";

let tree: Tree;

beforeEach(() => {
  tree = makeTree();
});

afterEach(() => tree.remove());

/** With the tree as the root, and only the programs that were played besides the system's own. */
function look() {
  const [sh, c = "", script = "", ...words] = readHostBasics.argv;
  const rooted = script.replaceAll(/(?<![\w/])\/(etc|var|root|home)\//g, `${tree.root}/$1/`);
  const argv = [sh, c, rooted, ...words] as const;
  return runHere({ ...readHostBasics, argv }, `${join(tree.root, "bin")}:/usr/bin:/bin`);
}

function play(name: string, script: string): void {
  tree.write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
  chmodSync(join(tree.root, "bin", name), 0o755);
}

const asked = { askedAt: 1_000_000, answeredAt: 1_000_400 };

function basics() {
  const seen = parseHostBasics(look(), asked);
  if (seen.kind === "unreadable") throw new Error(seen.because);
  return seen.value;
}

describe("a look at a host", () => {
  test("works where nothing of Kubernetes is installed", () => {
    play("systemctl", "exit 1");
    expect(basics()).toMatchObject({
      hostname: readFileSync("/proc/sys/kernel/hostname", "utf8").trim(),
      kubeadmVersion: "",
      staticPods: [],
      advertised: "",
      kubeadmConfig: false,
      etcdUnit: { active: "", invocation: "" },
      etcdEnv: false,
      k3s: false,
      renewTimer: "",
      cronFiles: [],
      pausedFiles: [],
      kubeconfigs: [],
    });
    expect(basics().programs).toContain("tar");
    expect(basics().programs).not.toContain("kubeadm");
  });

  test("tells a kubespray node", () => {
    play("kubeadm", `[ "$*" = "version -o short" ] && echo v1.33.5`);
    play("etcdctl", `echo "etcdctl version: 3.5.22"; echo "API version: 3.5"`);
    play(
      "systemctl",
      `case "$*" in *ActiveState*) echo active;; *InvocationID*) echo abc;;
*list-unit-files*) echo k8s-certs-renew.timer;; *is-enabled*) echo enabled;; *is-active*) echo active;; esac`,
    );
    const annotation = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";
    tree.write(
      "etc/kubernetes/manifests/kube-apiserver.yaml",
      `    ${annotation}: 10.0.0.1:6443\n`,
    );
    tree.write("etc/kubernetes/manifests/kube-scheduler.yaml", "");
    tree.write("etc/kubernetes/kubeadm-config.yaml", "");
    tree.write("etc/kubernetes/ssl/ca.crt", "");
    symlinkSync("ssl", join(tree.root, "etc/kubernetes/pki"));
    tree.write("etc/etcd.env", "");
    tree.write("etc/cron.d/renew", "0 0 * * * root kubeadm certs renew all");
    tree.write("etc/cron.d/other", "0 0 * * * root true");
    tree.write("root/.kube/config", "");
    mkdirSync(join(tree.root, "var/backups"), { recursive: true });
    const root = tree.root;
    tree.write("var/spool/cron/crontabs/root", "0 0 * * * kubectl get nodes");
    tree.write("var/spool/cron/akash", "0 0 * * * akash status");
    expect(basics()).toMatchObject({
      kubeadmVersion: "v1.33.5",
      etcdctlVersion: "3.5.22",
      programs: expect.arrayContaining(["kubeadm", "etcdctl"]),
      staticPods: ["kube-apiserver", "kube-scheduler"],
      advertised: "10.0.0.1:6443",
      kubeadmConfig: true,
      pkiFolder: `${root}/etc/kubernetes/ssl`,
      etcdUnit: { active: "active", invocation: "abc" },
      etcdEnv: true,
      renewTimer: "enabled/active",
      cronFiles: [
        `${root}/etc/cron.d/renew`,
        `${root}/var/spool/cron/crontabs/root`,
        `${root}/var/spool/cron/akash`,
      ],
      kubeconfigs: [`${root}/root/.kube/config`],
      freeBytes: {
        [`${root}/var/backups`]: expect.any(Number),
        [`${root}/etc/kubernetes`]: expect.any(Number),
      },
    });
  });

  test("tells which renewed files a static pod's manifest names, and no authority and no comment", () => {
    const written = (name: string, ...lines: readonly string[]) =>
      tree.write(`etc/kubernetes/manifests/${name}`, `${lines.join("\n")}\n`);
    const here = `${tree.root}/etc/kubernetes`;
    written(
      "watcher.yml",
      `    - --kubeconfig=${here}/admin.conf`,
      `    - --cert=${here}/pki/apiserver.crt --ca=${here}/pki/etcd/ca.crt`,
      `    - --again=${here}/pki/apiserver.crt`,
      `    # - --old=${here}/scheduler.conf`,
      `    - --other=${here}/kubelet.conf --front=${here}/ssl/front-proxy-ca.crt`,
    );
    written("proxy.json", `{"path":"${here}/ssl/etcd/server.crt"}`);
    written("quiet.yaml", "kind: Pod");
    expect(basics().reads).toEqual([
      { pod: "watcher", file: `${here}/admin.conf` },
      { pod: "watcher", file: `${here}/pki/apiserver.crt` },
      { pod: "proxy", file: `${here}/ssl/etcd/server.crt` },
    ]);
  });

  test("tells the admin's copies of other users from their own, another cluster's and those with a token", () => {
    const pki = makePki();
    const config = (authority: string, subject: string) =>
      `    certificate-authority-data: ${Buffer.from(pki.authority(authority)).toString("base64")}\n${kubeconfig(pki.leaf(authority, subject))}`;
    const admin = "/O=kubeadm:cluster-admins/CN=kubernetes-admin";
    tree.write("etc/kubernetes/pki/ca.crt", pki.authority("kubernetes"));
    for (const [user, text] of [
      ["copy", config("kubernetes", admin)],
      ["older", config("kubernetes", "/O=system:masters/CN=kubernetes-admin")],
      ["dev", config("kubernetes", "/CN=dev")],
      ["other", config("other", admin)],
      ["token", "users:\n- name: a\n  user:\n    token: abc\n"],
    ] as const) {
      tree.write(`home/${user}/.kube/config`, text);
    }
    // Says that it is the cluster's, as anybody can who knows the public certificate of its
    // authority.
    const own = pki.leaf("other", admin);
    tree.write(
      "home/forger/.kube/config",
      config("kubernetes", admin).replace(/client-certificate-data: .*/, (line) =>
        line.replace(/\S+$/, Buffer.from(own).toString("base64")),
      ),
    );
    pki.remove();
    const { username } = userInfo();
    const home = (user: string) => `${tree.root}/home/${user}/.kube/config`;
    mkdirSync(join(tree.root, "home/links/.kube"), { recursive: true });
    symlinkSync(home("copy"), home("links"));
    expect(basics().adminCopies).toEqual(
      ["copy", "older"].map((user) => ({ path: home(user), owner: username, group: username })),
    );
    expect(basics().kubeconfigs).toHaveLength(7);
    expect(holdsKey(JSON.stringify(look()))).toBe(false);
  });

  test("tells an IPv6 address as kubeadm's YAML quotes it, and of what kubespray's own renewal is at work", () => {
    const annotation = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";
    const path = "etc/kubernetes/manifests/kube-apiserver.yaml";
    tree.write(path, `    ${annotation}: '[fd00:10::1]:6443'\n`);
    play("systemctl", `[ "$*" = "is-active k8s-certs-renew.service" ] && echo activating; exit 3`);
    expect(basics()).toMatchObject({
      advertised: "[fd00:10::1]:6443",
      busyWith: ["k8s-certs-renew.service"],
    });
  });

  test("tells whether a kubelet has joined there, and where /etc/kubernetes really is", () => {
    expect(basics()).toMatchObject({ kubeletConf: false });
    mkdirSync(join(tree.root, "etc"), { recursive: true });
    symlinkSync("../data", join(tree.root, "etc/kubernetes"));
    tree.write("data/kubelet.conf", "");
    expect(basics()).toMatchObject({ kubeletConf: true, kubernetesFolder: `${tree.root}/data` });
  });

  test("asks an etcdctl whose default is the second API for its version all the same", () => {
    play("etcdctl", `[ "$ETCDCTL_API" = 3 ] && echo "etcdctl version: 3.3.25"`);
    expect(basics().etcdctlVersion).toBe("3.3.25");
  });

  test("reads the owner of a copy whose group has a blank", () => {
    const line = "admin-copy\tann@corp:domain users@corp /home/ann/.kube/config\nclock\t1\n";
    const said = { kind: "exited", code: 0, stdout: line, stderr: "" } as const;
    expect(parseHostBasics(said, asked)).toMatchObject({
      value: {
        adminCopies: [
          { owner: "ann@corp", group: "domain users@corp", path: "/home/ann/.kube/config" },
        ],
      },
    });
  });

  test("does not wait for what is no file in somebody's home, and does not read it for ever", () => {
    for (const user of ["pipe", "zeros"]) {
      mkdirSync(join(tree.root, `home/${user}/.kube`), { recursive: true });
    }
    execFileSync("mkfifo", [join(tree.root, "home/pipe/.kube/config")]);
    symlinkSync("/dev/zero", join(tree.root, "home/zeros/.kube/config"));
    expect(basics().adminCopies).toEqual([]);
  });

  test("asks for programs of the host, and for none in a tenant's container", () => {
    play("pgrep", `[ "$1 $3 $4 $5 $6" = "--ns --nslist pid -x etcdctl" ] && [ "$2" = $PPID ]`);
    expect(basics().busyWith).toEqual(["etcdctl"]);
  });

  test("finds static pods under .yaml, .yml and .json, each once", () => {
    for (const file of ["etcd.yaml", "kube-vip.yml", "kube-vip.yaml", "extra.json", "notes.txt"]) {
      tree.write(`etc/kubernetes/manifests/${file}`, "");
    }
    expect([...basics().staticPods].sort()).toEqual(["etcd", "extra", "kube-vip"]);
  });

  test("tells what is free above /var/backups where nobody has made it yet", () => {
    play("df", `case "$2" in ${tree.root}/var/) echo; echo "/dev/a 9 1 4096 1% /var";; esac`);
    mkdirSync(join(tree.root, "var"));
    mkdirSync(join(tree.root, "etc/kubernetes"), { recursive: true });
    expect(basics().freeBytes).toEqual({ [`${tree.root}/var/backups`]: 4 * 2 ** 20 });
  });

  test("asks the folder itself where there is one", () => {
    play("df", `case "$2" in ${tree.root}/var/backups/) echo; echo "/dev/a 9 1 8 1% /x";; esac`);
    mkdirSync(join(tree.root, "var/backups"), { recursive: true });
    expect(basics().freeBytes).toEqual({ [`${tree.root}/var/backups`]: 8192 });
  });

  test("prints nothing that stands in the files it finds", () => {
    for (const file of [
      "etc/etcd.env",
      "root/.kube/config",
      "etc/kubernetes/manifests/etcd.yaml",
    ]) {
      tree.write(file, "token: a-secret\n");
    }
    tree.write("etc/cron.d/akash", "akash --key a-secret");
    expect(JSON.stringify(look())).not.toContain("a-secret");
  });
});

describe("a host's clock", () => {
  test("is compared with the middle of the question", () => {
    const seen = parseHostBasics(printed("clock\t1002.2\nhostname\tnode1\n"), asked);
    expect(seen).toMatchObject({ value: { clockOffsetMs: 2000, offsetErrorMs: 200 } });
  });

  test.each(["", "clock\tnoon\n", "hostname\tnode1\n"])(
    "that is not told (%j) is no zero",
    (text) => {
      expect(parseHostBasics(printed(text), asked).kind).toBe("unreadable");
    },
  );

  test("free space is told in bytes", () => {
    const seen = parseHostBasics(printed("clock\t1\nfree\t/var/backups 2048\n"), asked);
    expect(seen).toMatchObject({ value: { freeBytes: { "/var/backups": 2 * 2 ** 20 } } });
  });

  test.each(["/var/backups ", "/var/backups -", "/var/backups"])(
    "free space that df did not tell (%j) is no zero",
    (said) => {
      const seen = parseHostBasics(printed(`clock\t1\nfree\t${said}\n`), asked);
      expect(seen.kind === "read" ? seen.value.freeBytes : seen.because).toEqual({});
    },
  );
});
