import { describe, expect, it } from "vitest";
import type { Certificate } from "./certificate.ts";
import { defaultThresholds, judgeFound, judgeServed } from "./certificate-status.ts";
import { dayMs } from "./residual.ts";
import type { Endpoint } from "./served.ts";

const now = 1_800_000_000_000;
const thresholds = defaultThresholds;

function certificate(days: number, change: Partial<Certificate> = {}): Certificate {
  return {
    name: "apiserver",
    kind: "leaf",
    path: "/etc/kubernetes/pki/apiserver.crt",
    resolvedPath: "/etc/kubernetes/pki/apiserver.crt",
    modifiedAt: now,
    caName: "ca",
    serialHex: "AA",
    subject: "CN=kube-apiserver",
    issuer: "CN=kubernetes",
    notBefore: now - dayMs,
    notAfter: now + days * dayMs,
    fingerprint256: "AA",
    subjectAltNames: [],
    isAuthority: false,
    isSelfSigned: false,
    ...change,
  };
}

describe("a certificate in a file", () => {
  it.each([
    [364, {}, "ok", 0],
    [31, {}, "ok", 0],
    [30, {}, "warn", 1],
    [8, {}, "warn", 1],
    [7, {}, "critical", 2],
    [0, {}, "critical", 2],
    [-0.001, {}, "expired", 2],
    [364, { notBefore: now + 60_000 }, "ok", 0],
    [364, { notBefore: now + 60_001 }, "not-yet-valid", 2],
    [364, { isSignedByItsAuthority: false }, "wrong-authority", 2],
    [-1, { isSignedByItsAuthority: false }, "expired", 2],
    [-1, { name: "root-kubeconfig" }, "expired", 1],
    [9, { name: "root-kubeconfig", isSignedByItsAuthority: false }, "wrong-authority", 1],
    [-1, { name: "kubelet-server", caName: "node1-ca@1795362667" }, "expired", 1],
    [-1, { name: "kubelet-server", caName: "kubernetes" }, "expired", 2],
  ])("with %d days left and %o is %s, severity %d", (days, change, status, severity) => {
    const found = { kind: "present", certificate: certificate(days, change) } as const;
    expect(judgeFound(found, now, thresholds)).toEqual({ status, severity });
  });

  it("that is not there is critical, unless it need not be", () => {
    const because = "there is no such file";
    expect(judgeFound({ kind: "missing", because }, now, thresholds).severity).toBe(2);
    expect(judgeFound({ kind: "unreadable", because }, now, thresholds).severity).toBe(2);
    expect(judgeFound({ kind: "absent" }, now, thresholds).severity).toBe(0);
  });

  it("is judged with the thresholds given", () => {
    const found = { kind: "present", certificate: certificate(100) } as const;
    const early = { warnDays: 200, criticalDays: 120 };
    expect(judgeFound(found, now, early).status).toBe("critical");
  });
});

describe("a served certificate", () => {
  const endpoint: Endpoint = { name: "kube-apiserver", address: "a:6443", path: "/apiserver.crt" };
  const at = { now, thresholds };
  const read = (days: number, fingerprint256 = "AA") =>
    ({ kind: "read", value: certificate(days, { fingerprint256 }) }) as const;

  it.each([
    ["the file's", endpoint, read(364), certificate(364), "ok", "same"],
    ["an older one", endpoint, read(20, "BB"), certificate(364), "served-differs", "differs"],
    [
      "one that is about to expire",
      endpoint,
      read(3, "BB"),
      certificate(364),
      "critical",
      "differs",
    ],
    ["an expired one", endpoint, read(-1, "BB"), certificate(364), "expired", "differs"],
    ["one whose file is gone", endpoint, read(364), undefined, "ok", "no-file"],
    [
      "one of its own making",
      { name: "kube-scheduler", address: "a:10259" } as const,
      read(364),
      undefined,
      "ok",
      "in-memory",
    ],
    [
      "none",
      endpoint,
      { kind: "unreadable", because: "connection refused" } as const,
      certificate(364),
      "unanswered",
      "unseen",
    ],
  ] as const)("that is %s", (_, where, seen, file, status, comparison) => {
    expect(judgeServed(where, seen, file, at)).toMatchObject({ status, comparison });
  });
});
