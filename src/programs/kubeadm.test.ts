import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { makeTree, runHere } from "./fake-node.testkit.ts";
import {
  checkConfig,
  parseConfigCheck,
  parseConfigSource,
  parseValidityPeriod,
  refusedKubeconfig,
  renewCertificate,
} from "./kubeadm.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const trace = "To see the stack trace of this error execute with --v=5 or higher\n";
const failed = (stderr: string, code = 1, stdout = "") =>
  ({ kind: "exited", code, stdout, stderr }) as const;

describe("kubeadm's renewal", () => {
  test.each([
    ["all", undefined, ["kubeadm", "certs", "renew", "all"]],
    [
      "admin.conf",
      kubeadmConfigFile,
      [
        "kubeadm",
        "certs",
        "renew",
        "admin.conf",
        "--config",
        "/etc/kubernetes/kubeadm-config.yaml",
      ],
    ],
  ])("of %s with the configuration %s", (name, configuration, argv) => {
    expect(renewCertificate(name, configuration).argv).toEqual(argv);
  });
});

describe("what kubeadm says of its configuration", () => {
  const refusal = (outcome: Parameters<typeof parseConfigCheck>[0], ownsEtcd = true) =>
    parseConfigCheck(outcome, { ownsEtcd });

  // As kubeadm 1.33.5 prints it.
  test.each([
    [
      "an old version",
      "this version of kubeadm only supports deploying clusters with the control plane version >= 1.32.0. Current version: v1.30.2",
    ],
    [
      "only a JoinConfiguration",
      "W1128 11:04:19.705177     759 initconfiguration.go:362] [config] WARNING: Ignored configuration document with GroupVersionKind kubeadm.k8s.io/v1beta4, Kind=JoinConfiguration\nno InitConfiguration or ClusterConfiguration kind was found in the configuration file",
    ],
    ["an old API", 'your configuration file uses an old API spec: "kubeadm.k8s.io/v1beta1"'],
  ])("is its reason alone: %s", (_, stderr) => {
    const reason = stderr.split("\n").at(-1);
    expect(refusal(failed(`${stderr}\n${trace}`))).toBe(reason);
  });

  test("is nothing where it takes it, or has something against a certificate only", () => {
    expect(refusal(failed("W1128 07:05:54 a warning", 0))).toBeUndefined();
    expect(refusal(transcript("kubeadm", "renew-all-damaged"))).toBeUndefined();
    const authority =
      "Error checking external CA condition for ca certificate authority: failure loading certificate for CA";
    expect(refusal(failed(`${authority}\n${trace}`))).toBeUndefined();
  });

  test("names the kubeconfig whose current context leads to no certificate", () => {
    const said = refusal(transcript("kubeadm", "renew-emptied-kubeconfig")) ?? "";
    expect(refusedKubeconfig(said)).toMatch(/^\/etc\/kubernetes\/[a-z-]+\.conf$/);
    const other =
      "kubeConfig file /etc/kubernetes/admin.conf does not have an embedded certificate";
    expect(refusedKubeconfig(other)).toBe("/etc/kubernetes/admin.conf");
    expect(refusedKubeconfig("no InitConfiguration or ClusterConfiguration kind")).toBeUndefined();
  });

  // As kubeadm 1.33.5 prints it where it was told of no file, and scheduler.conf has been edited.
  test("names the kubeconfig after its warnings", () => {
    const warning =
      'W1129 11:14:39.910010    7361 configset.go:78] Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: configmaps "kube-proxy" not found\n';
    const path = "/etc/kubernetes/scheduler.conf";
    const because = `invalid kubeConfig file ${path}: missing context nowhere`;
    expect(refusal(failed(`${warning}${because}\n${trace}`))).toBe(because);
    expect(refusedKubeconfig(because)).toBe(path);
  });

  // As kubeadm 1.33.5 prints them with its defaults, where a node has of etcd what its API server
  // needs.
  test.each([
    "Error checking external CA condition for etcd/ca certificate authority: failure loading key for etcd/server: couldn't load the private key file /etc/kubernetes/pki/etcd/server.key: open /etc/kubernetes/pki/etcd/server.key: no such file or directory",
    "failed to load existing certificate apiserver-etcd-client: error reading /etc/kubernetes/pki/apiserver-etcd-client.crt: data does not contain any valid RSA or ECDSA certificates",
  ])("is of etcd's certificates only where nobody else looks at them: %s", (because) => {
    expect(refusal(failed(`${because}\n${trace}`), true)).toBeUndefined();
    expect(refusal(failed(`${because}\n${trace}`), false)).toBe(because.slice(0, 300));
  });

  test("is nothing of other certificates where etcd is elsewhere", () => {
    expect(refusal(transcript("kubeadm", "renew-all-damaged"), false)).toBeUndefined();
  });

  test("is nothing where it could not be asked", () => {
    expect(refusal(failed("sh: 1: exec: kubeadm: not found\n", 127))).toBeUndefined();
    expect(refusal({ kind: "unknown", because: "no answer" })).toBeUndefined();
  });
});

describe("where kubeadm takes its configuration from, without a file", () => {
  const asks = "[check-expiration] Reading configuration from";
  const fallsBack =
    "[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration\n\n";
  // As cmd/kubeadm/app/util/config/cluster.go has them: up to 1.31, and since 1.32.
  const readings = [
    `${asks} the cluster...\n[check-expiration] FYI: You can look at this config file with 'kubectl -n kube-system get cm kubeadm-config -o yaml'\n`,
    `${asks} the "kubeadm-config" ConfigMap in namespace "kube-system"...\n[check-expiration] Use 'kubeadm init phase upload-config --config your-config-file' to re-upload it.\n`,
  ];

  test.each(readings)("is told by every release: %j", (reading) => {
    expect(parseConfigSource(printed(`${reading}\n`))).toBe("cluster");
    expect(parseConfigSource(printed(`${reading}${fallsBack}`))).toBe("defaults");
    expect(
      parseConfigSource(failed("invalid kubeConfig file a: missing context ", 1, reading)),
    ).toBe("cluster");
  });

  test("is not told where it could not be asked, or was not done in time", () => {
    expect(parseConfigSource(failed("sh: 1: kubeadm: not found\n", 127))).toBeUndefined();
    expect(parseConfigSource({ kind: "unknown", because: "its time was up" })).toBeUndefined();
  });
});

interface Ways {
  readonly configFile?: string | undefined;
  readonly before?: readonly string[];
}

describe("the script that asks kubeadm", () => {
  /** With a kubeadm that is lines of sh; `before` stands before the command. */
  const run = (kubeadm: string, { configFile, before = [] }: Ways = {}) => {
    const tree = makeTree();
    tree.write("bin/kubeadm", `#!/bin/sh\n${kubeadm}\n`);
    chmodSync(join(tree.root, "bin/kubeadm"), 0o755);
    const command = checkConfig(configFile);
    const [program, ...words] = [...before, ...command.argv];
    const argv = [program ?? "", ...words] as const;
    const outcome = runHere({ ...command, argv }, `${join(tree.root, "bin")}:/usr/bin:/bin`);
    tree.remove();
    return outcome;
  };
  const ask = (name: string, code: number, configFile?: string) => {
    const { stdout } = transcript("kubeadm", name);
    const shown = checkConfig(configFile).shown?.slice("kubeadm ".length);
    const kubeadm = `[ "$*" = "${shown}" ] || exit 9\ncat <<'END'\n${stdout}END\necho because >&2; exit ${code}`;
    return run(kubeadm, { configFile });
  };

  test.each([
    ["check-expiration-text", "cluster"],
    ["check-expiration-no-configmap", "defaults"],
    ["check-expiration-no-kubeconfig", "defaults"],
  ] as const)("keeps of its answer where the configuration is from: %s", (name, source) => {
    const outcome = ask(name, 0);
    expect(outcome).toMatchObject({ kind: "exited", code: 0, stderr: "because\n" });
    expect(outcome).toHaveProperty("stdout", expect.not.stringContaining("CERTIFICATE"));
    expect(parseConfigSource(outcome)).toBe(source);
  });

  test("passes its exit code on, and the file where there is one", () => {
    const refused = { kind: "exited", code: 1, stderr: "because\n" };
    expect(ask("check-expiration-text", 1)).toMatchObject(refused);
    expect(ask("check-expiration-no-kubeconfig", 1, kubeadmConfigFile)).toMatchObject(refused);
  });

  test("outlives a kubeadm whose time is up, so that the next survey sees none at work", () => {
    // As timeout(1) does it: a signal for all of them.
    expect(run("kill -TERM 0; sleep 60", { before: ["setsid"] })).toMatchObject({
      kind: "exited",
      code: 128 + 15,
    });
  });

  test("tells a kubeadm that is not there from one that refuses", () => {
    expect(runHere(checkConfig(undefined), "/nonexistent")).toHaveProperty("code", 127);
  });
});

describe("what the cluster keeps of kubeadm's configuration", () => {
  const said = (document: string) =>
    parseValidityPeriod({
      kind: "exited",
      code: 0,
      stdout: JSON.stringify({ data: { ClusterConfiguration: document } }),
      stderr: "",
    });

  test.each([
    [
      "caCertificateValidityPeriod: 87600h0m0s\ncertificateValidityPeriod: 4380h0m0s\n",
      "4380h0m0s",
    ],
    ['certificateValidityPeriod: "87600h"\r\nclusterName: a', "87600h"],
    ["apiServer: {}\nclusterName: a\n", ""],
  ])("tells how long it signs for: %j", (document, value) => {
    expect(said(document)).toEqual({ kind: "read", value });
  });

  test("as kubespray's cluster has it, and nothing where there is none", () => {
    expect(parseValidityPeriod(transcript("kubectl", "get-kubeadm-config"))).toEqual({
      kind: "read",
      value: "8760h0m0s",
    });
    expect(parseValidityPeriod(transcript("kubectl", "get-not-found")).kind).toBe("unreadable");
  });
});
