// The certificates as JSON, version 1: fields are only ever added.
//
//   { version, cluster, at, thresholds: { warnDays, criticalDays }, severity: 0 | 1 | 2, troubles:
//   [...],
//     nodes: [{ name, reached, because?, clockOffsetMs?, troubles: [{ severity, because }],
//       certificates: [{ name, table, path, status, severity, because?, certificate? }],
//       served: [{ name, address, path?, comparison, status, severity, because?, certificate? }] }]
//       }
//
// `severity` of the whole is the exit code. `residualSeconds` is on the clock of `at`, as
// `clockOffsetMs` is.

import type {
  CertificatesReport,
  JudgedCertificate,
  JudgedServed,
  NodeReport,
  Trouble,
} from "../../certificates-report.ts";
import type { Certificate, CertificateContent } from "../../cluster/certificate.ts";
import type { Json } from "../../core/json.ts";
import type { Instant } from "../../core/world.ts";

/** The whole report as one JSON value. */
export function certificatesJson(report: CertificatesReport): Json {
  const { warnDays, criticalDays } = report.thresholds;
  return {
    version: 1,
    cluster: report.cluster,
    at: report.at,
    thresholds: { warnDays, criticalDays },
    severity: report.severity,
    troubles: report.troubles.map(troubleJson),
    nodes: report.nodes.map((node) => nodeJson(node, report.at)),
  };
}

function nodeJson(node: NodeReport, at: Instant): Json {
  const troubles = node.troubles.map(troubleJson);
  if (node.kind === "unreached") {
    const { name, because } = node;
    return { name, reached: false, because, troubles, certificates: [], served: [] };
  }
  return {
    name: node.name,
    reached: true,
    clockOffsetMs: node.clockOffsetMs,
    troubles,
    certificates: node.certificates.map((one) => certificateJson(one, at)),
    served: node.served.map((one) => servedJson(one, at)),
  };
}

function troubleJson({ severity, because }: Trouble): Json {
  return { severity, because };
}

function certificateJson(one: JudgedCertificate, at: Instant): Json {
  const { name, table, path, status, severity, found } = one;
  const row = { name, table, path, status, severity };
  switch (found.kind) {
    case "present":
      return {
        ...row,
        certificate: { ...contentJson(found.certificate, at), ...fileJson(found.certificate) },
      };
    case "absent":
      return row;
    case "missing":
    case "unreadable":
      return { ...row, because: found.because };
  }
}

function servedJson(one: JudgedServed, at: Instant): Json {
  const { endpoint, seen, comparison, status, severity } = one;
  const { name, address, path } = endpoint;
  const row = {
    name,
    address,
    ...(path === undefined ? {} : { path }),
    comparison,
    status,
    severity,
  };
  return seen.kind === "read"
    ? { ...row, certificate: contentJson(seen.value, at) }
    : { ...row, because: seen.because };
}

function contentJson(
  certificate: CertificateContent,
  at: Instant,
): { readonly [key: string]: Json } {
  return {
    serialHex: certificate.serialHex,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    residualSeconds: Math.trunc((certificate.notAfter - at) / 1000),
    fingerprint256: certificate.fingerprint256,
    subjectAltNames: certificate.subjectAltNames,
    isAuthority: certificate.isAuthority,
    isSelfSigned: certificate.isSelfSigned,
  };
}

function fileJson(certificate: Certificate): { readonly [key: string]: Json } {
  const { kind, resolvedPath, modifiedAt, caName, externallyManaged, isSignedByItsAuthority } =
    certificate;
  return {
    kind,
    resolvedPath,
    modifiedAt,
    caName,
    ...(externallyManaged === undefined ? {} : { externallyManaged }),
    ...(isSignedByItsAuthority === undefined ? {} : { isSignedByItsAuthority }),
  };
}
