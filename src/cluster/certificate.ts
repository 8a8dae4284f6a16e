// A certificate as a value: what it says, where it lies, who signed it. Never its private key.

import { createHash, X509Certificate } from "node:crypto";
import { type Reading, read, unreadable } from "../core/outcome.ts";
import type { Instant } from "../core/world.ts";

/** What the certificate itself says. JSON-shaped, so that a plan can remember it. */
export interface CertificateContent {
  /** Upper case, as openssl prints it. */
  readonly serialHex: string;
  /** `O=…, CN=…`, in the order of the certificate. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** SHA-256 of the DER, `AB:CD:…`. */
  readonly fingerprint256: string;
  /** `DNS:…` and `IP Address:…`, sorted. */
  readonly subjectAltNames: readonly string[];
  readonly isAuthority: boolean;
  readonly isSelfSigned: boolean;
}

/** A certificate found in a file of a node. */
export interface Certificate extends CertificateContent {
  /** kubeadm's row name where it has one. */
  readonly name: string;
  readonly kind: "leaf" | "authority" | "kubeconfig";
  readonly path: string;
  /** With every symbolic link followed; `path` when that could not be told. */
  readonly resolvedPath: string;
  /** When the file was last written, on the node's own clock, whole seconds. */
  readonly modifiedAt: Instant;
  /** The row name of the authority it should come from; for others the issuer's common name. */
  readonly caName: string;
  /**
   * True when the node has the authority's certificate without its key: kubeadm cannot renew it.
   */
  readonly externallyManaged?: boolean;
  /** Whether its authority on the same node really signed it; absent when there is none to ask. */
  readonly isSignedByItsAuthority?: boolean;
  /** Of an authority: `publicKey256` of each certificate in its file. It signs with the first. */
  readonly publicKeys256?: readonly string[];
}

/** Parses one PEM (or DER) certificate. */
export function parseCertificate(pem: string | Buffer): Reading<CertificateContent> {
  const x509 = open(pem);
  if (x509 === undefined) return unreadable("it is not a certificate");
  const known = contents.get(x509) ?? contentOf(x509);
  contents.set(x509, known);
  return known;
}

function contentOf(x509: X509Certificate): Reading<CertificateContent> {
  const notBefore = Date.parse(x509.validFrom);
  const notAfter = Date.parse(x509.validTo);
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) {
    return unreadable(`its dates are not understood: ${x509.validFrom} to ${x509.validTo}`);
  }
  return read({
    serialHex: x509.serialNumber,
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    notBefore,
    notAfter,
    fingerprint256: x509.fingerprint256,
    subjectAltNames: altNames(x509.subjectAltName ?? ""),
    isAuthority: x509.ca,
    isSelfSigned: isSigned(x509, x509),
  });
}

/**
 * True when one of `authorities` has signed the certificate; unreadable ones have signed nothing.
 */
export function isSignedByOneOf(pem: string, authorities: readonly string[]): boolean {
  const leaf = open(pem);
  if (leaf === undefined) return false;
  return authorities.some((authority) => {
    const signer = open(authority);
    return signer !== undefined && isSigned(leaf, signer);
  });
}

/**
 * SHA-256 of the public key: an authority that was renewed with its key is still the same one. The
 * whole certificate's where its key is not understood; undefined when it is no certificate.
 */
export function publicKey256(pem: string): string | undefined {
  const x509 = open(pem);
  if (x509 === undefined) return undefined;
  const known = publicKeys.get(x509) ?? hashOfKey(x509);
  publicKeys.set(x509, known);
  return known;
}

function hashOfKey(x509: X509Certificate): string {
  try {
    const key = x509.publicKey.export({ type: "spki", format: "der" });
    return createHash("sha256").update(key).digest("hex");
  } catch {
    return x509.fingerprint256;
  }
}

// A step that waits looks at the same certificates several times a second, and parsing is what
// costs. The answers are facts about the bytes, so they may be remembered.
const openedMax = 1024;
const opened = new Map<string, X509Certificate>();
const contents = new WeakMap<X509Certificate, Reading<CertificateContent>>();
const publicKeys = new WeakMap<X509Certificate, string>();
const signatures = new WeakMap<X509Certificate, Map<X509Certificate, boolean>>();

function isSigned(leaf: X509Certificate, signer: X509Certificate): boolean {
  const known = signatures.get(leaf) ?? new Map<X509Certificate, boolean>();
  signatures.set(leaf, known);
  const signed = known.get(signer) ?? verify(leaf, signer);
  known.set(signer, signed);
  return signed;
}

function verify(leaf: X509Certificate, signer: X509Certificate): boolean {
  try {
    return leaf.issuer === signer.subject && leaf.verify(signer.publicKey);
  } catch {
    // A key of a kind that this OpenSSL does not know cannot have been shown to sign anything.
    return false;
  }
}

function open(bytes: string | Buffer): X509Certificate | undefined {
  const key = typeof bytes === "string" ? bytes : bytes.toString("base64");
  const known = opened.get(key);
  if (known !== undefined) return known;
  try {
    const x509 = new X509Certificate(bytes);
    if (opened.size >= openedMax) opened.clear();
    opened.set(key, x509);
    return x509;
  } catch {
    return undefined;
  }
}

// Node writes one attribute per line, and names without any as undefined whatever its types say.
function oneLine(name: string | undefined): string {
  return (name ?? "").trim().split("\n").join(", ");
}

// Node quotes a name that holds a comma, so a comma outside quotes always separates.
function altNames(text: string): readonly string[] {
  const names = text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => name.trim()).sort();
}

/** The CN of a subject or issuer, or the whole of it when it has none. */
export function commonName(name: string): string {
  return /(?:^|, )CN=(.*?)(?:, [A-Z]+=|$)/.exec(name)?.[1] ?? name;
}

/**
 * Why `after` is not a renewal of `before`; undefined when it is one: it expires later and has
 * another serial. Never "issued now": older versions of kubeadm copy the authority's notBefore.
 */
export function notRenewedBecause(
  before: CertificateContent,
  after: CertificateContent,
): string | undefined {
  if (after.serialHex === before.serialHex) return `it still has serial ${shortSerial(after)}`;
  if (after.notAfter <= before.notAfter) return "it does not expire later than the one before";
  return undefined;
}

/** True when both are good for the same host names and addresses. */
export function hasSameNames(one: CertificateContent, other: CertificateContent): boolean {
  return one.subjectAltNames.join("\n") === other.subjectAltNames.join("\n");
}

/** The first eight digits: enough to compare by eye. */
export function shortSerial(certificate: { readonly serialHex: string }): string {
  return certificate.serialHex.slice(0, 8).toLowerCase();
}
