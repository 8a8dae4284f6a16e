import { describe, expect, test } from "vitest";
import { kubeadmConfigFile } from "../cluster/node-files.ts";
import { renewCertificate } from "./kubeadm.ts";

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
