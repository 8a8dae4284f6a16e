import { describe, expect, it } from "vitest";
import {
  type CertificateContent,
  commonName,
  hasSameNames,
  notRenewedBecause,
  parseCertificate,
} from "./certificate.ts";

const before: CertificateContent = {
  serialHex: "0A1B2C3D4E5F",
  subject: "CN=kube-apiserver",
  issuer: "CN=kubernetes",
  notBefore: 0,
  notAfter: 1000,
  fingerprint256: "AA",
  subjectAltNames: ["DNS:a", "DNS:b"],
  isAuthority: false,
  isSelfSigned: false,
};

describe("renewed", () => {
  it("means another serial and a later end, whenever it says it was issued", () => {
    const after = { ...before, serialHex: "FF", notAfter: 2000 };
    expect(notRenewedBecause(before, after)).toBeUndefined();
  });

  it.each([
    ["the same serial", { notAfter: 2000 }, "it still has serial 0a1b2c3d"],
    ["no later end", { serialHex: "FF" }, "it does not expire later than the one before"],
  ])("does not mean %s", (_, change, because) => {
    expect(notRenewedBecause(before, { ...before, ...change })).toBe(because);
  });
});

describe("a certificate", () => {
  it("is good for the same names or not, as a set", () => {
    expect(hasSameNames(before, { ...before, serialHex: "FF" })).toBe(true);
    expect(hasSameNames(before, { ...before, subjectAltNames: ["DNS:a"] })).toBe(false);
  });

  it.each([
    ["CN=kubernetes", "kubernetes"],
    ["O=system:nodes, CN=system:node:node1", "system:node:node1"],
    ["CN=a, OU=b", "a"],
    ["O=nobody", "O=nobody"],
  ])("with subject %s is commonly named %s", (subject, name) => {
    expect(commonName(subject)).toBe(name);
  });

  it("that is none is unreadable, never an exception", () => {
    expect(
      parseCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
    ).toEqual({
      kind: "unreadable",
      because: "it is not a certificate",
    });
  });
});
