// Real X.509 certificates, made by hand: DER is a few nested lists. Keys are Ed25519 and derived
// from a number, so that nothing is generated while windows run, and a replay gives the same bytes.

import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import type { Instant } from "../core/world.ts";
import { remembered } from "./remembered.ts";

export interface Profile {
  /** `O`, then `CN`. */
  readonly subject: readonly (readonly ["O" | "CN", string])[];
  /** `DNS:…` and `IP Address:…`, as Node prints them. */
  readonly names: readonly string[];
  readonly use: "authority" | "server" | "client" | "both";
}

export interface Minted {
  readonly pem: string;
  readonly keyPem: string;
}

export interface Validity {
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** Signs with `authority`, or with its own key when there is none. `id` makes serial and key. */
export function mint(profile: Profile, validity: Validity, id: number, authority?: Minted): Minted {
  const keyPem = keyOf(id);
  const issuer = authority === undefined ? profile.subject : subjectOf(authority.pem);
  const body = toBeSigned(profile, validity, { id, keyPem, issuer });
  const signature = sign(null, body, privateKey((authority ?? { keyPem }).keyPem));
  const pem = armour("CERTIFICATE", sequence(body, signatureAlgorithm, bits(signature)));
  if (made.size >= madeMax) made.clear();
  const by = authority?.pem ?? pem;
  made.set(pem, { profile, validity: wholeSeconds(validity), keyPem, authority: by });
  return { pem, keyPem };
}

/** What was made here need not be read again, which takes longer than to make it. */
const made = new Map<string, Made>();
const madeMax = 4096;

interface Made {
  readonly profile: Profile;
  readonly validity: Validity;
  readonly keyPem: string;
  /** That of whoever signed it. */
  readonly authority: string;
}

/** A certificate says no more. */
function wholeSeconds({ notBefore, notAfter }: Validity): Validity {
  const whole = (at: Instant) => Math.floor(at / 1000) * 1000;
  return { notBefore: whole(notBefore), notAfter: whole(notAfter) };
}

/** A new certificate with a new key and the attributes of the old one, as kubeadm renews. */
export function mintLike(
  oldPem: string,
  validity: Validity,
  id: number,
  authority: Minted,
): Minted {
  return mint(made.get(oldPem)?.profile ?? profileOf(oldPem), validity, id, authority);
}

function profileOf(pem: string): Profile {
  const old = certificate(pem);
  const names = (old.subjectAltName ?? "").split(", ").filter((name) => name !== "");
  return { subject: subjectOf(pem), names, use: useOf(old.keyUsage ?? []) };
}

/** Undefined when it is no certificate. Remembered: the same ones are asked of all the time. */
const open = remembered((pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
});

/** Of a PEM certificate; undefined when it is none. */
export function validityOf(pem: string): Validity | undefined {
  return made.get(pem)?.validity ?? validityIn(pem);
}

const validityIn = remembered((pem: string): Validity | undefined => {
  const x509 = open(pem);
  if (x509 === undefined) return undefined;
  return { notBefore: Date.parse(x509.validFrom), notAfter: Date.parse(x509.validTo) };
});

/** As Go says it. */
export function expiredBecause({ now, until }: { readonly now: Instant; readonly until: Instant }) {
  const wholeSeconds = (at: Instant) => new Date(at).toISOString().replace(/\.\d+/, "");
  return `certificate has expired or is not yet valid: current time ${wholeSeconds(now)} is after ${wholeSeconds(until)}`;
}

/** Whether the key belongs to the certificate; not while one of them is half written. */
export function isPair(pem: string, keyPem: string): boolean {
  if (!keyPem.includes("-----END")) return false;
  const known = made.get(pem);
  if (known !== undefined) return known.keyPem === keyPem;
  return open(pem)?.checkPrivateKey(privateKey(keyPem)) === true;
}

/** Whether the authority's key has signed it, whatever the time. */
export function isSignedBy(pem: string, authority: string): boolean {
  const known = made.get(pem)?.authority;
  return (known !== undefined && known === authority) || signedBy(authority)(pem);
}

/** By authority: every call of kubectl asks for it, and there are few of them. */
const signedBy = remembered((authority: string) => {
  const key = open(authority)?.publicKey;
  return remembered((pem: string) => key !== undefined && open(pem)?.verify(key) === true);
});

function certificate(pem: string): X509Certificate {
  const x509 = open(pem);
  if (x509 === undefined) throw new Error("the simulator holds something that is no certificate");
  return x509;
}

function useOf(usages: readonly string[]): Profile["use"] {
  const serves = usages.includes("1.3.6.1.5.5.7.3.1");
  const asks = usages.includes("1.3.6.1.5.5.7.3.2");
  if (serves) return asks ? "both" : "server";
  return "client";
}

export function subjectOf(pem: string): Profile["subject"] {
  return made.get(pem)?.profile.subject ?? subjectIn(pem);
}

const subjectIn = remembered((pem: string): Profile["subject"] =>
  certificate(pem)
    .subject.split("\n")
    .map((line) => {
      const [name, ...value] = line.split("=");
      return [name === "O" ? "O" : "CN", value.join("=")];
    }),
);

const privateKey = remembered((pem: string): KeyObject => createPrivateKey(pem));

const keyOf = remembered((id: number): string => {
  const seed = createHash("sha256").update(`simulated key ${id}`).digest();
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return armour("PRIVATE KEY", der);
});

const publicBytes = remembered((keyPem: string): Buffer => {
  const { x } = privateKey(keyPem).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url");
});

interface Signing {
  readonly id: number;
  readonly keyPem: string;
  readonly issuer: Profile["subject"];
}

function toBeSigned(profile: Profile, { notBefore, notAfter }: Validity, of: Signing): Buffer {
  // Positive, and as long as kubeadm's: the first byte never has its highest bit set.
  const serial = createHash("sha256").update(`serial ${of.id}`).digest().subarray(0, 8);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    signatureAlgorithm,
    name(of.issuer),
    sequence(time(notBefore), time(notAfter)),
    name(profile.subject),
    sequence(signatureAlgorithm, bits(publicBytes(of.keyPem))),
    tagged(0xa3, sequence(...extensions(profile))),
  );
}

function extensions({ names, use }: Profile): readonly Buffer[] {
  if (use === "authority") {
    return [extension("2.5.29.19", sequence(tagged(0x01, Buffer.from([0xff])))), keyUsage(0x06)];
  }
  const usages = { server: [1], client: [2], both: [1, 2] }[use];
  const purposes = usages.map((one) => identifier(`1.3.6.1.5.5.7.3.${one}`));
  const alternatives = names.map(alternative);
  return [
    keyUsage(0xa0),
    extension("2.5.29.37", sequence(...purposes)),
    extension("2.5.29.19", sequence()),
    ...(alternatives.length === 0 ? [] : [extension("2.5.29.17", sequence(...alternatives))]),
  ];
}

function keyUsage(flags: number): Buffer {
  return extension("2.5.29.15", tagged(0x03, Buffer.from([flags === 0x06 ? 1 : 5, flags])));
}

function extension(oid: string, value: Buffer): Buffer {
  return sequence(identifier(oid), tagged(0x01, Buffer.from([0xff])), tagged(0x04, value));
}

function alternative(text: string): Buffer {
  const [kind = "", value = ""] = text.split(/:(.*)/s);
  if (kind === "DNS") return tagged(0x82, Buffer.from(value, "latin1"));
  return tagged(0x87, Buffer.from(value.split(".").map(Number)));
}

function name(parts: Profile["subject"]): Buffer {
  const oids = { O: "2.5.4.10", CN: "2.5.4.3" } as const;
  return sequence(
    ...parts.map(([kind, value]) =>
      tagged(0x31, sequence(identifier(oids[kind]), tagged(0x0c, Buffer.from(value, "utf8")))),
    ),
  );
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280). */
function time(at: Instant): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, "").slice(0, 14);
  const early = digits < "2050";
  return tagged(early ? 0x17 : 0x18, Buffer.from(`${early ? digits.slice(2) : digits}Z`));
}

const identifier = remembered((oid: string): Buffer => {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  const bytes = [40 * first + second, ...rest.flatMap(base128)];
  return tagged(0x06, Buffer.from(bytes));
});

function base128(value: number): readonly number[] {
  const low = value & 0x7f;
  return value < 128 ? [low] : [...base128(value >> 7).map((byte) => byte | 0x80), low];
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function bits(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

const signatureAlgorithm = sequence(identifier("1.3.101.112"));

function armour(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
