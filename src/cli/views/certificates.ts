// The certificates as tables: kubeadm's rows and columns first, with NODE and STATUS added; then
// the authorities, what kubeadm does not list, and what is served beside what lies in the file.

import type {
  CertificatesReport,
  JudgedCertificate,
  JudgedServed,
  NodeReport,
  Trouble,
} from "../../certificates-report.ts";
import { type Certificate, shortSerial } from "../../cluster/certificate.ts";
import type { Status } from "../../cluster/certificate-status.ts";
import { expiresText, residualTime } from "../../cluster/residual.ts";
import type { Instant } from "../../core/world.ts";
import { alignColumns, fold, type Group, nodeRange, type Seen } from "./certificate-table.ts";

/**
 * From this many nodes on, rows that differ only in when they expire become one: the first to
 * expire.
 */
const foldFromNodes = 7;

export interface CertificatesView {
  /** One row for every node. Default: rows that read the same become one, and see foldFromNodes. */
  readonly everyNode?: boolean;
  /** Colours a status on a terminal. Default: leaves it. */
  readonly paint?: (status: Status, text: string) => string;
}

/** The whole report as lines of text. */
export function showCertificates(
  report: CertificatesReport,
  view: CertificatesView = {},
): readonly string[] {
  const most = report.nodes.length >= foldFromNodes ? "nodes-and-dates" : "nodes";
  const folds = view.everyNode === true ? "nothing" : most;
  const look: Looking = { at: report.at, folds, paint: view.paint ?? ((_, text) => text) };
  const tables = [
    certificateTable(report, "certificates", "CERTIFICATE", look),
    certificateTable(report, "authorities", "CERTIFICATE AUTHORITY", look),
    certificateTable(report, "others", "NOT KUBEADM'S", look),
    servedTable(report, look),
  ];
  const shown = tables.filter((table) => table.length > 1);
  return [...shown.flatMap((table) => [...table, ""]), ...remarks(report)];
}

/** What rows may differ in and still become one. */
type Folding = "nothing" | "nodes" | "nodes-and-dates";

interface Looking {
  readonly at: Instant;
  readonly folds: Folding;
  readonly paint: (status: Status, text: string) => string;
}

type Table = JudgedCertificate["table"];

function certificateTable(
  report: CertificatesReport,
  table: Table,
  title: string,
  look: Looking,
): readonly string[] {
  const seen = report.nodes.flatMap((node) =>
    certificatesOf(node, table).map((value) => ({
      node: node.name,
      expiresAt: value.found.kind === "present" ? value.found.certificate.notAfter : undefined,
      value,
    })),
  );
  const groups = fold(seen, (one) => certificateKey(one, look)).toSorted(inOrder);
  const withAuthority = table !== "authorities";
  const headings = ["EXPIRES", "RESIDUAL TIME"];
  const authority = withAuthority ? ["CERTIFICATE AUTHORITY"] : [];
  const heading = [title, ...headings, ...authority, "EXTERNALLY MANAGED", "NODE", "STATUS"];
  return painted(
    [heading, ...groups.map((group) => certificateRow(group, { withAuthority, look }))],
    groups.map(({ first }) => first.value.status),
    look,
  );
}

function certificatesOf(node: NodeReport, table: Table): readonly JudgedCertificate[] {
  if (node.kind !== "read") return [];
  const rows = node.certificates.filter((one) => one.table === table);
  // kubeadm shows even what need not be there; nobody else's table has to.
  return table === "others" ? rows.filter((one) => one.status !== "absent") : rows;
}

// A family always folds on its node: kubespray keeps every member's certificate on every etcd host.
function certificateKey({ node, value }: Seen<JudgedCertificate>, { folds, at }: Looking): string {
  const { found } = value;
  const key: string[] = [value.family, value.status, folds === "nothing" ? node : ""];
  if (found.kind === "present") {
    const { certificate } = found;
    key.push(shownAuthority(certificate), shownManaged(certificate));
    if (folds === "nodes") {
      key.push(expiresText(certificate.notAfter), residualTime(certificate.notAfter - at));
    }
  }
  return key.join("\t");
}

function inOrder(one: Group<JudgedCertificate>, other: Group<JudgedCertificate>): number {
  const [name, otherName] = [one.first.value.family, other.first.value.family];
  return name < otherName ? -1 : name > otherName ? 1 : 0;
}

function certificateRow(
  group: Group<JudgedCertificate>,
  { withAuthority, look }: { readonly withAuthority: boolean; readonly look: Looking },
): readonly string[] {
  const { value } = group.first;
  const isOne = group.members.every((member) => member.value.name === value.name);
  const name = isOne ? value.name : value.family;
  const nodes = shownNodes(group);
  if (value.found.kind !== "present") {
    // kubeadm's own way to say so.
    const blank = withAuthority ? ["", "", "", ""] : ["", "", ""];
    return [`!${word(value.found.kind)}! ${name}`, ...blank, nodes, value.status];
  }
  const { certificate } = value.found;
  return [
    name,
    expiresText(certificate.notAfter),
    residualTime(certificate.notAfter - look.at),
    ...(withAuthority ? [shownAuthority(certificate)] : []),
    shownManaged(certificate),
    nodes,
    value.status,
  ];
}

function word(kind: "missing" | "absent" | "unreadable"): string {
  return kind === "unreadable" ? "UNREADABLE" : "MISSING";
}

function shownAuthority(certificate: Certificate): string {
  // The kubelet's own authority has the node's name and a time in it: not a thing to compare.
  if (/@\d+$/.test(certificate.caName)) return "(its own)";
  return certificate.caName === "" && certificate.kind !== "authority"
    ? "(self-signed)"
    : certificate.caName;
}

function shownManaged(certificate: Certificate): string {
  if (certificate.externallyManaged === undefined) return "-";
  return certificate.externallyManaged ? "yes" : "no";
}

function shownNodes(group: Group<unknown>): string {
  const range = nodeRange(group.nodes);
  if (group.nodes.length === 1) return range;
  const text = expiresText(group.first.expiresAt ?? 0);
  const differ = group.members.some((member) => expiresText(member.expiresAt ?? 0) !== text);
  return differ ? `${range} (first: ${group.first.node})` : range;
}

function servedTable(report: CertificatesReport, look: Looking): readonly string[] {
  const seen = report.nodes.flatMap((node) =>
    (node.kind === "read" ? node.served : []).map((value) => ({
      node: node.name,
      expiresAt: value.seen.kind === "read" ? value.seen.value.notAfter : undefined,
      value,
    })),
  );
  const groups = fold(seen, ({ node, value }) => {
    const unseen = value.seen.kind === "unreadable" ? value.seen.because : "";
    const { endpoint, comparison, status } = value;
    const folded = look.folds === "nodes-and-dates" ? "" : node;
    return [endpoint.name, comparison, status, unseen, folded].join("\t");
  });
  const ordered =
    look.folds === "nodes-and-dates"
      ? groups.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
      : groups;
  const heading = "SERVED BY,AT,EXPIRES,RESIDUAL TIME,SERIAL,FILE,NODE,STATUS".split(",");
  return painted(
    [heading, ...ordered.map((group) => servedRow(group, look.at))],
    ordered.map(({ first }) => first.value.status),
    look,
  );
}

function nameOf(group: Group<JudgedServed>): string {
  return group.first.value.endpoint.name;
}

function servedRow(group: Group<JudgedServed>, at: Instant): readonly string[] {
  const { seen, endpoint, comparison, file, status } = group.first.value;
  const isOne = group.members.length === 1;
  const place = isOne ? endpoint.address : `:${endpoint.address.replace(/^.*:/, "")}`;
  const nodes = shownNodes(group);
  if (seen.kind === "unreadable") {
    return [endpoint.name, place, "", "", "", `(${seen.because})`, nodes, status];
  }
  const serial = isOne ? shortSerial(seen.value) : "";
  const lies = isOne && comparison === "differs" && file !== undefined;
  return [
    endpoint.name,
    place,
    expiresText(seen.value.notAfter),
    residualTime(seen.value.notAfter - at),
    serial,
    lies ? `differs: ${shortSerial(file)}` : comparison,
    nodes,
    status,
  ];
}

/** Aligned first, painted after: colours have no width. STATUS is the last column. */
function painted(
  rows: readonly (readonly string[])[],
  statuses: readonly Status[],
  look: Looking,
): readonly string[] {
  return alignColumns(rows).map((line, index) => {
    const status = statuses[index - 1];
    if (index === 0 || status === undefined) return line;
    return line.slice(0, line.length - status.length) + look.paint(status, status);
  });
}

/** Whatever a table cannot say, the worst first; what is the same on several nodes in one line. */
function remarks(report: CertificatesReport): readonly string[] {
  const own = report.nodes.flatMap((node) => {
    const certificates = node.kind === "read" ? node.certificates.flatMap(remark) : [];
    const troubles = [...node.troubles, ...certificates];
    return troubles.map((value) => ({ node: node.name, expiresAt: undefined, value }));
  });
  const folded = fold(own, ({ value }) => value.because).map(({ first, nodes }) => ({
    severity: first.value.severity,
    because: `${nodeRange(nodes)}: ${first.value.because}`,
  }));
  return [...report.troubles, ...folded]
    .toSorted((one, other) => other.severity - one.severity)
    .map((trouble) => trouble.because);
}

function remark({ path, found, status, severity }: JudgedCertificate): readonly Trouble[] {
  if (found.kind === "missing" || found.kind === "unreadable") {
    return [{ severity, because: `${path}: ${found.because}.` }];
  }
  if (found.kind !== "present" || status !== "wrong-authority") return [];
  const { caName } = found.certificate;
  const because = `${path}: not signed by ${caName} of this node. Renew it, or put the right authority there.`;
  return [{ severity, because }];
}
