import { describe, expect, test } from "vitest";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import {
  parseConfigCheck,
  parseValidityPeriod,
  refusedKubeconfig,
  renewCertificate,
} from "./kubeadm.ts";
import { transcript } from "./transcript.testkit.ts";

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
  const trace = "To see the stack trace of this error execute with --v=5 or higher\n";
  const failed = (stderr: string, code = 1) =>
    ({ kind: "exited", code, stdout: "", stderr }) as const;

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
    expect(parseConfigCheck(failed(`${stderr}\n${trace}`))).toBe(reason);
  });

  test("is nothing where it takes it, or has something against a certificate only", () => {
    expect(parseConfigCheck(failed("W1128 07:05:54 a warning", 0))).toBeUndefined();
    expect(parseConfigCheck(transcript("kubeadm", "renew-all-damaged"))).toBeUndefined();
    const authority =
      "Error checking external CA condition for ca certificate authority: failure loading certificate for CA";
    expect(parseConfigCheck(failed(`${authority}\n${trace}`))).toBeUndefined();
  });

  test("names the kubeconfig whose current context leads to no certificate", () => {
    const said = parseConfigCheck(transcript("kubeadm", "renew-emptied-kubeconfig")) ?? "";
    expect(refusedKubeconfig(said)).toMatch(/^\/etc\/kubernetes\/[a-z-]+\.conf$/);
    const other =
      "kubeConfig file /etc/kubernetes/admin.conf does not have an embedded certificate";
    expect(refusedKubeconfig(other)).toBe("/etc/kubernetes/admin.conf");
    expect(refusedKubeconfig("no InitConfiguration or ClusterConfiguration kind")).toBeUndefined();
  });

  test("is nothing where it could not be asked", () => {
    expect(parseConfigCheck(failed("sh: 1: exec: kubeadm: not found\n", 127))).toBeUndefined();
    expect(parseConfigCheck({ kind: "unknown", because: "no answer" })).toBeUndefined();
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
