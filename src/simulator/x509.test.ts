import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { isPair, mint, mintLike, type Profile, validityOf } from "./x509.ts";

const validity = { notBefore: Date.UTC(2026, 10, 22, 3, 0, 0, 250), notAfter: 1826765999999 };
const authority = mint(
  { subject: [["CN", "kubernetes"]], names: [], use: "authority" },
  validity,
  1,
);
const profiles: readonly Profile[] = [
  {
    subject: [["CN", "kube-apiserver"]],
    names: ["DNS:node1", "IP Address:10.0.0.1"],
    use: "server",
  },
  {
    subject: [
      ["O", "system:masters"],
      ["CN", "kubernetes-admin"],
    ],
    names: [],
    use: "client",
  },
  { subject: [["CN", "node1"]], names: ["DNS:localhost"], use: "both" },
];

// What was made is remembered, and must be what a parser reads.
test.each(profiles)("what is known of a certificate is what stands in it: %j", (profile) => {
  const { pem, keyPem } = mint(profile, validity, 7, authority);
  const read = new X509Certificate(pem);
  expect(validityOf(pem)).toEqual({
    notBefore: Date.parse(read.validFrom),
    notAfter: Date.parse(read.validTo),
  });
  expect(isPair(pem, keyPem)).toBe(true);
  expect(isPair(pem, authority.keyPem)).toBe(false);
  expect(read.verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
});

test.each(profiles)("a renewal keeps all but serial, key and dates: %j", (profile) => {
  const old = mint(profile, validity, 8, authority);
  // As text that nobody here has made, it is read.
  const unknown = { ...old, pem: `${old.pem}\n` };
  const later = { ...validity, notAfter: validity.notAfter + 365 * 86_400_000 };
  const [known, parsed] = [old, unknown].map(({ pem }) => mintLike(pem, later, 9, authority));
  expect(known).toEqual(parsed);
  const [before, after] = [old.pem, known?.pem ?? ""].map((pem) => new X509Certificate(pem));
  expect(after?.subject).toBe(before?.subject);
  expect(after?.subjectAltName).toBe(before?.subjectAltName);
  expect(after?.keyUsage).toEqual(before?.keyUsage);
  expect(after?.serialNumber).not.toBe(before?.serialNumber);
});
