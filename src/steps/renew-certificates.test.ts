import { describe, expect, test } from "vitest";
import { type RenewCertificatesGoal, renewCertificates } from "./renew-certificates.ts";
import { certificate, cutOff, entry, read, said, today, typed, year } from "./seen.testkit.ts";

const names = ["DNS:node1", "IP Address:10.0.0.1"];
const old = { notAfter: today + 10_000, subjectAltNames: names };
const goal: RenewCertificatesGoal = {
  hasConfigFile: true,
  certificates: [
    { name: "apiserver", serialHex: "A1", ...old },
    { name: "admin.conf", serialHex: "B1", ...old },
  ],
};

const before = ["A1", "B1"];
const later = today + year;

function seen([a = "", b = ""]: readonly string[], notAfter: number, altNames = names) {
  const more = { subjectAltNames: altNames };
  return read([
    entry(certificate("apiserver", a, a === "A1" ? old.notAfter : notAfter, more)),
    entry(certificate("admin.conf", b, b === "B1" ? old.notAfter : notAfter, more)),
  ]);
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
    ["nothing can be read", cutOff, /^unclear: no answer/],
    [
      "one is gone",
      read([entry(certificate("apiserver", "A2", later, { subjectAltNames: names }))]),
      /^needed: 1 .*cannot/,
    ],
  ])("%s", (_, what, words) => {
    expect(said(renewCertificates.judge(what, goal))).toMatch(words);
  });

  test("issued today with the authority's old notBefore count as renewed", () => {
    const copied = { notBefore: today - year, subjectAltNames: names };
    const all = ["apiserver", "admin.conf"].map((name) => certificate(name, "C1", later, copied));
    expect(renewCertificates.judge(read(all.map((one) => entry(one))), goal).kind).toBe(
      "satisfied",
    );
  });
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

  test("names no configuration that the node does not have", () => {
    const plain = { ...goal, hasConfigFile: false };
    expect(typed(renewCertificates.change(seen(before, later), plain))).toEqual([
      "kubeadm certs renew all",
    ]);
  });
});
