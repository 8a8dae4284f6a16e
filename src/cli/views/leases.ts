// The ledger for people and for scripts: a line per lease, then the chain, the lease clock, the
// verdict.

import type { LeaseRow, Standing } from "../../akash/comparison.ts";
import { type LeaseClock, showWait } from "../../akash/lease-clock.ts";
import type { LeasesSeen, Ledger, ProviderLeases } from "../../akash/ledger.ts";
import { notStoppedBecause, type ProviderSeen } from "../../akash/provider.ts";
import { showRelease, showSource } from "../../akash/release.ts";
import { counted } from "../../core/counted.ts";
import { printable } from "../../core/printable.ts";
import type { ExitKind } from "../exit.ts";
import { alignColumns } from "./certificate-table.ts";

type Rows = readonly LeaseRow[] | undefined;

export function leasesLines(cluster: string, seen: LeasesSeen, rows: Rows): readonly string[] {
  const { ledger, provider } = seen;
  return [
    ...tableLines(rows),
    ...unreadLines(ledger),
    ...chainLines(ledger),
    ...gpuLines(ledger),
    "",
    ...(provider.kind === "read"
      ? clockLines(provider.value, rows)
      : [`lease clock: not read: ${printable(provider.because)}`]),
    "",
    `${cluster}: ${ledgerVerdict(ledger, rows)}`,
  ];
}

const heading = ["OWNER", "DSEQ/GSEQ/OSEQ", "CHAIN", "MANIFEST", "READY", "RESTARTS", "STANDING"];

function tableLines(rows: Rows): readonly string[] {
  if (rows === undefined || rows.length === 0) return [];
  const cells = rows.map(({ id, onChain, manifest, namespace, standing, because }) => {
    const ready = (namespace?.workloads ?? []).map(
      (one) => `${printable(one.name)} ${one.ready}/${one.desired}`,
    );
    const restarts = (namespace?.pods ?? []).reduce((sum, pod) => sum + pod.restarts, 0);
    return [
      shortOwner(id.owner),
      `${id.dseq}/${id.gseq}/${id.oseq}`,
      onChain,
      manifest === undefined ? "absent" : "there",
      namespace === undefined ? "no namespace" : ready.join(" ") || "nothing",
      namespace === undefined ? "" : String(restarts),
      because === "" ? standing : `${standing}: ${printable(because)}`,
    ];
  });
  return [...alignColumns([heading, ...cells]), ""];
}

/** Whole addresses are in the JSON. */
function shortOwner(owner: string): string {
  return owner.length <= 20 ? owner : `${owner.slice(0, 12)}…${owner.slice(-4)}`;
}

function unreadLines({ manifests, namespaces }: Ledger): readonly string[] {
  return [manifests, namespaces].flatMap((one) =>
    one.kind === "unreadable" ? [`not read: ${printable(one.because)}`] : [],
  );
}

export function chainLines({ chain, providers }: Ledger): readonly string[] {
  if (chain.kind === "not-asked") return [`chain: not asked: ${printable(chain.because)}`];
  if (chain.kind === "unreadable") return [`chain: not known: ${printable(chain.because)}`];
  const blocks = chain.endpoints.map(({ url, height }) => `${url} at block ${height}`);
  return [
    `chain: ${counted(chain.leases.length, "lease")}, ${counted(chain.openBids.length, "open bid")} of ${providers.join(", ")}`,
    `  asked: ${blocks.join(", ")}`,
    ...chain.passedOver.map((line) => `  ${printable(line)}`),
  ];
}

function gpuLines({ nodes }: Ledger): readonly string[] {
  if (nodes.kind === "unreadable") return [`GPUs: not read: ${printable(nodes.because)}`];
  const having = nodes.value.filter((one) => one.gpus > 0);
  if (having.length === 0) return [];
  return [`GPUs: ${having.map((one) => `${one.name} ${one.gpus}`).join(", ")}`];
}

/** The provider as it is set up, its lease clock, and what counts down at this look. */
export function clockLines(provider: ProviderLeases, rows: Rows): readonly string[] {
  const { seen, chart, clock, release, rules } = provider;
  const name =
    release === undefined
      ? printable(seen.image)
      : `${showRelease(release)}${showSource(provider.releaseSource)}`;
  return [
    `provider: ${seen.namespace}/${seen.name} ${name}${chart === "" ? "" : ` (${printable(chart)})`}, ${stateOf(seen)}`,
    `lease clock: ${clock.maxRetries} retries of ${clock.retryPeriodMs / 1000} s + up to ${clock.retryJitterMs / 1000} s`,
    `  while the API or a workload is not well it closes a lease after ${showClock(clock)}`,
    ...countingLines(notStoppedBecause(seen) !== undefined, rows),
    ...clock.notes.map((note) => `  ${printable(note)}`),
    ...(release === undefined ? ["  its release is not known, nor what it does at a start"] : []),
    ...rules.map((rule) => `  ${rule.destructive ? "DANGER: " : ""}${rule.says} (${rule.source})`),
  ];
}

/**
 * Only one that is proven stopped closes nothing. Where a node's kubelet is away its pods are said
 * not to be ready, and what runs in them goes on (kubernetes/kubernetes,
 * pkg/controller/nodelifecycle).
 */
function stateOf(seen: ProviderSeen): string {
  if (notStoppedBecause(seen) === undefined) return "not running: it closes nothing";
  return seen.readyReplicas > 0 ? "running" : "not ready; its process may be counting";
}

/** `41.7 min at the earliest, 2 h 0 min on average`. */
export function showClock({ earliestMs, meanMs }: LeaseClock): string {
  return `${showWait(earliestMs)} at the earliest, ${showWait(meanMs)} on average`;
}

function countingLines(mayCount: boolean, rows: Rows): readonly string[] {
  if (!mayCount) return [];
  if (rows === undefined) return ["  COUNTING DOWN NOW if the API gives it no answer either"];
  const counting = rows.filter((row) => row.countsDown);
  if (counting.length === 0) return [];
  return [
    `  COUNTING DOWN NOW: ${counting.length} not well; since when cannot be known from one look (drydock leases --watch)`,
    ...counting.map(
      ({ id, because }) => `    ${id.dseq}/${id.gseq}/${id.oseq}: ${printable(because)}`,
    ),
  ];
}

const worst: readonly Standing[] = ["in-flight", "dangling", "leaked", "unhealthy", "incomplete"];

/** How far the three sets agree, in one sentence. */
export function ledgerVerdict(ledger: Ledger, rows: Rows): string {
  if (rows === undefined) return "leases could not be counted";
  const counts = new Map<Standing, number>();
  for (const { standing } of rows) counts.set(standing, (counts.get(standing) ?? 0) + 1);
  const agreeing = counts.get("agrees") ?? 0;
  const sets =
    ledger.chain.kind === "read" ? "in all three sets" : "on the cluster; the chain is not known";
  const others = worst.flatMap((standing) => {
    const count = counts.get(standing);
    return count === undefined ? [] : [`${count} ${standing.replace("-", " ")}`];
  });
  return [`${agreeing} of ${counted(rows.length, "lease")} agree ${sets}`, ...others].join(", ");
}

/** `ok`: all that was to be read was read, and agrees. */
export function ledgerExit(ledger: Ledger, rows: Rows): ExitKind {
  if (rows === undefined || ledger.chain.kind === "unreadable") return "leasesUnknown";
  return rows.every((row) => row.standing === "agrees") ? "ok" : "leasesDiffer";
}

/** Names as they are: JSON escapes control characters itself. */
export function leasesJson(seen: LeasesSeen, rows: Rows): object {
  const { chain, readAt, providers, nodes } = seen.ledger;
  return {
    readAt,
    providers,
    chain: chain.kind === "read" ? { ...chain, leases: chain.leases.length } : chain,
    leases: rows ?? null,
    nodes,
    provider: seen.provider,
    verdict: ledgerVerdict(seen.ledger, rows),
  };
}
