// Looks at every certificate of every node, and at what is served, over the hosts' own connections:
// the API may be down. Reads only, and never a private key.

import { type Certificate, type CertificateContent, shortSerial } from "./cluster/certificate.ts";
import {
  type Comparison,
  type Judgement,
  judgeFound,
  judgeServed,
  type Severity,
  type Thresholds,
  worst,
} from "./cluster/certificate-status.ts";
import {
  type CertificateEntry,
  certificateAt,
  type NodeRoles,
  nodeCertificates,
} from "./cluster/node-certificates.ts";
import { type NodeFiles, staticPods } from "./cluster/node-files.ts";
import { type Endpoint, endpointsOf } from "./cluster/served.ts";
import { invariant } from "./core/invariant.ts";
import { type Outcome, type Reading, unreadable } from "./core/outcome.ts";
import type { Clock, Host, Instant } from "./core/world.ts";
import { parseCertificateFiles, readCertificateFiles } from "./programs/certificate-files.ts";
import {
  parseServedCertificates,
  readServedCertificates,
  type ServedAnswer,
} from "./programs/served-certificates.ts";

/**
 * How many hosts are asked at once: more only makes them wait for this machine's own processors.
 */
const hostsAtOnce = 32;
/** Clocks further apart than this make residual times worth a second look. */
const clockToleranceMs = 60_000;

/** What is needed of the configuration. */
export interface CertificatesConfig {
  readonly name: string;
  readonly hosts: readonly {
    readonly name: string;
    readonly ip?: string | undefined;
    readonly roles: NodeRoles;
  }[];
}

export interface JudgedCertificate extends CertificateEntry, Judgement {}

export interface JudgedServed extends Judgement {
  readonly endpoint: Endpoint;
  readonly seen: Reading<CertificateContent>;
  readonly comparison: Comparison;
  /** What lies in the file it should show. */
  readonly file?: Certificate;
}

export interface Trouble {
  readonly severity: Severity;
  /** With what to do; without the host's name where it stands with its host. */
  readonly because: string;
}

export type NodeReport =
  | {
      readonly kind: "read";
      readonly name: string;
      /** The node's clock minus this machine's; 0 when it is within what the call took. */
      readonly clockOffsetMs: number;
      readonly certificates: readonly JudgedCertificate[];
      readonly served: readonly JudgedServed[];
      readonly troubles: readonly Trouble[];
    }
  /** Critical: a certificate that nobody could look at may have expired. */
  | {
      readonly kind: "unreached";
      readonly name: string;
      readonly because: string;
      readonly troubles: readonly Trouble[];
    };

export interface CertificatesReport {
  readonly cluster: string;
  /** On this machine's clock, the one on which all residual times are judged. */
  readonly at: Instant;
  readonly thresholds: Thresholds;
  /** In the order of the configuration. */
  readonly nodes: readonly NodeReport[];
  /** What no single node can tell. */
  readonly troubles: readonly Trouble[];
  /** The worst of all: the exit code. */
  readonly severity: Severity;
}

interface Asking {
  readonly clock: Pick<Clock, "now">;
  /** What to do about a host that no login succeeded on. */
  readonly remedyOf?: (host: string) => string | undefined;
}

/**
 * Asks all hosts, 32 at a time, two commands each. A host that cannot be asked is an entry, never
 * an error.
 */
export async function reportCertificates(
  hosts: ReadonlyMap<string, Host>,
  config: CertificatesConfig,
  thresholds: Thresholds,
  { clock, remedyOf = () => undefined }: Asking,
): Promise<CertificatesReport> {
  const at = clock.now();
  const seen = await inParallel(config.hosts, (configured) => {
    const host = hosts.get(configured.name);
    invariant(host !== undefined, `no host for ${configured.name} of ${config.name}`);
    return reportNode(host, configured, { at, thresholds, clock });
  });
  const isReached = seen.some(({ kind }) => kind === "read");
  const nodes = seen.map((node) => (isReached ? withRemedy(node, remedyOf(node.name)) : node));
  const troubles = disagreements(nodes);
  const severities = nodes.flatMap((node): readonly { readonly severity: Severity }[] =>
    node.kind === "read" ? [...node.certificates, ...node.served, ...node.troubles] : node.troubles,
  );
  const severity = worst([...severities, ...troubles].map((one) => one.severity));
  return { cluster: config.name, at, thresholds, nodes, troubles, severity };
}

interface Judging {
  readonly at: Instant;
  readonly thresholds: Thresholds;
  readonly clock: Pick<Clock, "now">;
}

async function reportNode(
  host: Host,
  configured: CertificatesConfig["hosts"][number],
  judging: Judging,
): Promise<NodeReport> {
  const { name } = configured;
  const askedAt = judging.clock.now();
  const answered = await host.run(readCertificateFiles());
  const files = parseCertificateFiles(answered);
  const clockOffsetMs =
    files.kind === "read"
      ? offset(files.value.clockAt, { from: askedAt, to: judging.clock.now() })
      : 0;
  if (files.kind === "unreadable") {
    const why = whyUnread(answered, name, files.because);
    return unreached(name, why, "Mend that and look again.");
  }
  const isControlPlane = configured.roles.controlPlane;
  const endpoints = endpointsOf(files.value, { address: configured.ip, isControlPlane });
  const outcome =
    endpoints.length === 0 ? undefined : await host.run(readServedCertificates(endpoints));
  const served = outcome === undefined ? [] : parseServedCertificates(outcome, endpoints);
  return judgeNode({ name, clockOffsetMs, roles: configured.roles }, files.value, served, judging);
}

function unreached(name: string, why: string, remedy: string): NodeReport {
  const because = `its certificates could not be read: ${why}. ${remedy}`;
  return { kind: "unreached", name, because: why, troubles: [{ severity: 2, because }] };
}

/** Where no host answers the command ends with all the remedies: they would be said twice. */
function withRemedy(node: NodeReport, remedy: string | undefined): NodeReport {
  if (node.kind === "read" || remedy === undefined) return node;
  return unreached(node.name, node.because, remedy);
}

/** Without what the line that it is put into says already: the host, and what was to be read. */
function whyUnread(answered: Outcome, name: string, unreadable: string): string {
  if (answered.kind !== "not-sent") return unreadable.replace(/^certificates: /, "");
  const [head = "", ...rest] = answered.because.split(": ");
  return head.startsWith(`${name} (`) && rest.length > 0 ? rest.join(": ") : answered.because;
}

function judgeNode(
  node: { readonly name: string; readonly clockOffsetMs: number; readonly roles: NodeRoles },
  files: NodeFiles,
  served: readonly ServedAnswer[],
  { at, thresholds }: Judging,
): NodeReport {
  const { name, clockOffsetMs, roles } = node;
  const certificates = nodeCertificates(files, roles).map((entry) => ({
    ...entry,
    ...judgeFound(entry.found, at, thresholds),
  }));
  const judged = served.map(({ endpoint, seen: answered }) => {
    const seen = withManifest(endpoint, answered);
    const { path } = endpoint;
    const file = path === undefined ? undefined : certificateAt(files, certificates, path);
    const judgement = judgeServed(endpoint, seen, file, { now: at, thresholds });
    return { endpoint, seen, ...judgement, ...(file === undefined ? {} : { file }) };
  });
  const troubles = [
    ...files.troubles.map((because) => ({ severity: 2 as const, because })),
    ...clockTrouble(clockOffsetMs),
  ];
  return { kind: "read", name, clockOffsetMs, certificates, served: judged, troubles };
}

/** One that was told to run may come back by itself; one that nobody starts does not. */
function withManifest(
  endpoint: Endpoint,
  seen: Reading<CertificateContent>,
): Reading<CertificateContent> {
  if (seen.kind === "read" || endpoint.noManifest !== true) return seen;
  return unreadable(`${seen.because}; there is no ${staticPods}/${endpoint.name}.yaml`);
}

// The node says whole seconds, so its clock stood somewhere in the second after that.
function offset(nodeAt: Instant, asked: { readonly from: Instant; readonly to: Instant }): number {
  if (nodeAt > asked.to) return nodeAt - asked.to;
  return nodeAt + 999 < asked.from ? nodeAt + 999 - asked.from : 0;
}

function clockTrouble(offsetMs: number): readonly Trouble[] {
  if (Math.abs(offsetMs) < clockToleranceMs) return [];
  const apart = `${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? "ahead of" : "behind"}`;
  const because = `its clock is ${apart} this machine's, on which residual times are judged. Set the clocks right first.`;
  return [{ severity: 1, because }];
}

/** An authority that is not the same on all nodes: they would refuse each other's certificates. */
function disagreements(nodes: readonly NodeReport[]): readonly Trouble[] {
  const holders = new Map<string, Map<string, string[]>>();
  for (const node of nodes) {
    for (const certificate of authoritiesOf(node)) {
      const serials = holders.get(certificate.name) ?? new Map<string, string[]>();
      const key = certificate.fingerprint256;
      serials.set(key, [...(serials.get(key) ?? [shortSerial(certificate)]), node.name]);
      holders.set(certificate.name, serials);
    }
  }
  return [...holders].flatMap(([name, versions]) => {
    if (versions.size < 2) return [];
    const each = [...versions.values()].map(([serial, ...names]) => `${serial} on ${some(names)}`);
    const because = `${name} is not the same on all nodes: serial ${each.join(", ")}. Compare ${name} before anything else.`;
    return [{ severity: 2 as const, because }];
  });
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(" ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** The cluster's. What some other program was given may well be another one on each node. */
function authoritiesOf(node: NodeReport): readonly Certificate[] {
  if (node.kind !== "read") return [];
  return node.certificates.flatMap(({ table, name, found }) =>
    found.kind === "present" && (table === "authorities" || name === "etcd/ca.pem")
      ? [found.certificate]
      : [],
  );
}

async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(hostsAtOnce, items.length) }, worker));
  return results;
}
