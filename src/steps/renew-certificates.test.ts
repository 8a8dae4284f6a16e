import { describe, expect, test } from "vitest";
import {
  type RenewalSeen,
  type RenewCertificatesGoal,
  renewCertificates,
} from "./renew-certificates.ts";
import { certificate, cutOff, entry, read, said, today, typed, year } from "./seen.testkit.ts";

const names = ["DNS:node1", "IP Address:10.0.0.1"];
const old = { notAfter: today + 10_000, subjectAltNames: names };
const goal: RenewCertificatesGoal = {
  hasConfigFile: true,
  archive: "/var/backups/drydock/w1/node1.tar.gz",
  certificates: [
    {
      ...{ name: "apiserver", serialHex: "A1", ...old },
      path: "/etc/kubernetes/pki/apiserver.crt",
      file: "/etc/kubernetes/ssl/apiserver.crt",
    },
    {
      ...{ name: "admin.conf", serialHex: "B1", ...old },
      path: "/etc/kubernetes/admin.conf",
      file: "/etc/kubernetes/admin.conf",
    },
  ],
};

const before = ["A1", "B1"];
const later = today + year;

function seen([a = "", b = ""]: readonly string[], notAfter: number, altNames = names) {
  const more = { subjectAltNames: altNames };
  return withRoom(
    read([
      entry(certificate("apiserver", a, a === "A1" ? old.notAfter : notAfter, more)),
      entry(certificate("admin.conf", b, b === "B1" ? old.notAfter : notAfter, more)),
    ]),
  );
}

function withRoom(certificates: RenewalSeen["certificates"]): RenewalSeen {
  return { certificates, files: files() };
}

function files(freeBytes = 2 ** 30, differing: readonly string[] = []): RenewalSeen["files"] {
  return read({ freeBytes, differing: new Set(differing) });
}

describe("renewed certificates", () => {
  test.each([
    ["nothing is renewed yet", seen(before, later), /^needed: 2 to renew; apiserver: .*serial a1/],
    ["all are renewed", seen(["A2", "B2"], later), /^satisfied: 2 certificates renewed/],
    ["one is left", seen(["A2", "B1"], later), /^needed: 1 to renew; admin\.conf/],
    [
      "another serial expires no later",
      seen(["A2", "B2"], old.notAfter),
      /^needed: 2 .*not expire/,
    ],
    ["the names have changed", seen(["A2", "B2"], later, ["DNS:x"]), /^blocked: apiserver is good/],
    ["nothing can be read", withRoom(cutOff), /^unclear: no answer/],
    [
      "one is gone",
      withRoom(read([entry(certificate("apiserver", "A2", later, { subjectAltNames: names }))])),
      /^blocked: \/etc\/kubernetes\/admin\.conf is gone or damaged/,
    ],
    [
      "its clock has been set ahead",
      { ...seen(before, later), aheadMs: 3_600_000 },
      /^unclear: its clock is 3600 s further ahead of this machine's/,
    ],
    [
      "its clock is ahead by less than kubeadm dates back",
      { ...seen(before, later), aheadMs: 200_000 },
      /^needed: 2 to renew/,
    ],
    [
      "its clock was set ahead after they were renewed",
      { ...seen(["A2", "B2"], later), aheadMs: 3_600_000 },
      /^satisfied/,
    ],
    [
      "there is no room for them",
      { ...seen(before, later), files: files(9 * 2 ** 20) },
      /^blocked: only 9216 KiB are free in \/etc\/kubernetes, and kubeadm would cut files off/,
    ],
    [
      "one was cut off between its certificate and its key",
      { ...seen(["A2", "B2"], later), files: files(2 ** 30, ["/etc/kubernetes/pki/apiserver"]) },
      /^needed: 1 to renew; apiserver: its key is another certificate's/,
    ],
    [
      "nobody can tell whether there is room for them",
      { ...seen(before, later), files: cutOff },
      /^unclear: no answer/,
    ],
    [
      "all are renewed, and there is no room any more",
      { ...seen(["A2", "B2"], later), files: files(0) },
      /^satisfied/,
    ],
  ])("%s", (_, what, words) => {
    expect(said(renewCertificates.judge(what, goal))).toMatch(words);
  });

  test("issued today with the authority's old notBefore count as renewed", () => {
    const copied = { notBefore: today - year, subjectAltNames: names };
    const all = ["apiserver", "admin.conf"].map((name) => certificate(name, "C1", later, copied));
    const what = withRoom(read(all.map((one) => entry(one))));
    expect(renewCertificates.judge(what, goal).kind).toBe("satisfied");
  });
});

test("a clock that stays ahead stops the window, with what to do", () => {
  const ahead = { ...seen(before, later), aheadMs: 3_600_000 };
  expect(renewCertificates.atLast?.(ahead, goal)).toMatchObject({
    kind: "blocked",
    remedy: expect.stringContaining("Set its clock right"),
  });
  expect(renewCertificates.atLast?.(withRoom(cutOff), goal)).toBeUndefined();
});

describe("renewing", () => {
  const config = "--config /etc/kubernetes/kubeadm-config.yaml";

  test("asks kubeadm for all, with the node's configuration", () => {
    expect(typed(renewCertificates.change(seen(before, later), goal))).toEqual([
      `kubeadm certs renew all ${config}`,
    ]);
  });

  test("leaves alone what an interrupted renewal has renewed already", () => {
    expect(typed(renewCertificates.change(seen(["A2", "B1"], later), goal))).toEqual([
      `kubeadm certs renew admin.conf ${config}`,
    ]);
  });

  test("makes a pair anew whose key is another certificate's", () => {
    const what = {
      ...seen(["A2", "B2"], later),
      files: files(2 ** 30, ["/etc/kubernetes/pki/apiserver"]),
    };
    expect(typed(renewCertificates.change(what, goal))).toEqual([
      `kubeadm certs renew apiserver ${config}`,
    ]);
  });

  test("names no configuration that the node does not have", () => {
    const plain = { ...goal, hasConfigFile: false };
    expect(typed(renewCertificates.change(seen(before, later), plain))).toEqual([
      "kubeadm certs renew all",
    ]);
  });
});
