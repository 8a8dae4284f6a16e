// What a window did, at its end: before and after per certificate, seconds per step, the
// differences from the guide, and what became of the leases.

import { type ClusterFacts, controlPlaneHosts } from "../../cluster/facts.ts";
import { certificateOf } from "../../cluster/node-certificates.ts";
import { counted } from "../../core/counted.ts";
import { isObject } from "../../core/json.ts";
import type { Plan } from "../../core/plan.ts";
import { printable } from "../../core/printable.ts";
import type { Instant } from "../../core/world.ts";
import { otherReaders, renewCopy } from "../../readiness/automation.ts";
import type { Ended } from "../open-window.ts";
import { accountLines, accountOf, bewareLines } from "./account.ts";
import { jsonLine } from "./json.ts";
import { seconds } from "./plain.ts";

interface Shown {
  readonly serial: string;
  readonly until: Instant;
}

interface RenewedRow {
  readonly node: string;
  readonly name: string;
  readonly before: Shown;
  /** Null when it could not be read at the end. */
  readonly after: Shown | null;
}

/** Text, or one JSON object in a line. */
export function report(
  ended: Ended,
  after: ClusterFacts,
  json: boolean,
  beware: readonly string[] = [],
): string {
  const { state } = ended;
  const body = {
    kind: "report",
    window: state.id,
    renewed: renewedRows(ended, after),
    steps: [...state.settled].map(([key, { ms, verdict }]) => {
      return { key, ms, because: verdict.because };
    }),
    lost: state.lost,
    backups: ended.folder,
    copies: copiesLeft(after),
    readers: readersLeft(after),
    differences: differencesFromGuide(state.plan),
    skipped: state.skipped,
  };
  if (json) return jsonLine({ ...body, leases: accountOf(state) ?? null, beware });
  const total = body.steps.reduce((sum, step) => sum + step.ms, 0);
  return [
    "",
    `Window ${state.id} is completed: ${counted(body.steps.length, "step")}, ${seconds(total)} of work.`,
    "",
    ...renewedLines(body.renewed),
    "",
    ...stepLines(body.steps, body.lost),
    "",
    `Backups: ${body.backups} (they hold private keys and every Secret of the cluster: keep them safe)`,
    ...leftLines(body.copies, body.readers),
    "",
    "Different from the guide:",
    ...body.differences.map((line) => `- ${line}`),
    "",
    ...accountLines(state),
    ...bewareLines(beware),
    "",
  ].join("\n");
}

function renewedLines(rows: readonly RenewedRow[]): readonly string[] {
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  return [
    `NODE      ${"NAME".padEnd(width)}  EXPIRES BEFORE (UTC)  EXPIRES NOW (UTC)     SERIAL BEFORE -> NOW`,
    ...rows.map(
      ({ node, name, before, after }) =>
        `${node.padEnd(8)}  ${name.padEnd(width)}  ${until(before)}  ${until(after)}  ${before.serial} -> ${after?.serial ?? "?"}`,
    ),
  ];
}

interface Told {
  readonly key: string;
  readonly because: string;
}

function stepLines(
  steps: readonly (Told & { readonly ms: number })[],
  lost: readonly Told[],
): readonly string[] {
  return [
    "SECONDS   STEP",
    ...steps.map(
      ({ key, ms, because }) =>
        `${(ms / 1000).toFixed(1).padStart(7)}   ${key}: ${printable(because)}`,
    ),
    ...lost.map(
      ({ key, because }) =>
        `     !    ${key} was undone by somebody else, and restored: ${printable(because)}`,
    ),
  ];
}

/** Under a heading of its own, where there is any. */
function listed(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", heading, ...lines.map((line) => `- ${line}`)];
}

function renewedRows({ state }: Ended, after: ClusterFacts): readonly RenewedRow[] {
  return state.plan.steps.flatMap((planned) => {
    if (planned.step !== "renew-certificates") return [];
    const host = after.hosts.find((one) => one.name === planned.host);
    const entries = host?.certificates.kind === "read" ? host.certificates.value.entries : [];
    return plannedRows(planned.goal).map((before) => {
      const now = certificateOf(entries, before.name);
      return {
        node: planned.host,
        name: before.name,
        before: short(before),
        after: now === undefined ? null : short(now),
      };
    });
  });
}

/** Other users' kubeconfigs, with what renews them. */
function copiesLeft(facts: ClusterFacts): readonly Copy[] {
  return controlPlaneHosts(facts).flatMap(({ name, basics }) =>
    basics.kind === "read"
      ? basics.value.adminCopies.map((copy) => ({ node: name, command: renewCopy(copy) }))
      : [],
  );
}

interface Copy {
  readonly node: string;
  readonly command: string;
}

interface Reader {
  readonly node: string;
  readonly pod: string;
  readonly files: readonly string[];
}

/** What is left to a person, in words. */
function leftLines(copies: readonly Copy[], readers: readonly Reader[]): readonly string[] {
  return [
    ...listed(
      "Copies of admin.conf that a window does not change (the command keeps the old one as config.~1~; set a namespace or server of its own again):",
      copies.map(({ node, command }) => `on ${node}: ${command}`),
    ),
    ...listed(
      "Static pods that read what was renewed, and that a window does not restart:",
      readers.map(
        ({ node, pod, files }) => `on ${node}: ${printable(pod)} reads ${files.join(" and ")}`,
      ),
    ),
  ];
}

function readersLeft(facts: ClusterFacts): readonly Reader[] {
  return controlPlaneHosts(facts).flatMap(({ name, basics }) =>
    basics.kind === "read"
      ? otherReaders(basics.value).map((reader) => ({ node: name, ...reader }))
      : [],
  );
}

interface PlannedRow {
  readonly name: string;
  readonly serialHex: string;
  readonly notAfter: Instant;
}

/**
 * What a step that renews remembers of the certificates before it; nothing in a journal that has it
 * otherwise.
 */
export function plannedRows(goal: unknown): readonly PlannedRow[] {
  if (!isObject(goal) || !Array.isArray(goal.certificates)) return [];
  const rows: readonly unknown[] = goal.certificates;
  return rows.every(isPlannedRow) ? rows : [];
}

function isPlannedRow(row: unknown): row is PlannedRow {
  return (
    isObject(row) &&
    typeof row.name === "string" &&
    typeof row.serialHex === "string" &&
    typeof row.notAfter === "number"
  );
}

function short({ serialHex, notAfter }: Omit<PlannedRow, "name">): Shown {
  return { serial: serialHex.slice(0, 8).toLowerCase(), until: notAfter };
}

function until(shown: Shown | null): string {
  const text =
    shown === null
      ? "not read"
      : new Date(shown.until).toISOString().slice(0, 16).replace("T", " ");
  return text.padEnd("EXPIRES BEFORE (UTC)".length);
}

function isAtZero(goal: unknown): boolean {
  return isObject(goal) && goal.replicas === 0;
}

/** Of this very plan. */
function differencesFromGuide({ steps }: Plan): readonly string[] {
  const restarted = steps.flatMap(
    ({ key }) => /^restart-(?:component:)?([^@]*)@/.exec(key)?.[1]?.split("+") ?? [],
  );
  return [
    "Components are restarted with crictl on their own node: deleting mirror pods, as the guide does, restarts nothing.",
    ...(restarted.includes("kube-apiserver")
      ? []
      : [
          "API servers were not restarted: they take renewed certificates up by themselves, which was seen at their own listeners.",
        ]),
    restarted.includes("etcd")
      ? "etcd was restarted too, one member after the other."
      : `etcd was not restarted: ${whyNotEtcd(steps)} (--restart-etcd does it all the same).`,
    "The archives are not optional, are readable by root only, and hold what the guide's tar leaves out.",
    "The snapshot is verified, and a copy of it is on this machine.",
    steps.some(({ step, goal }) => step === "start-provider" && isAtZero(goal))
      ? "The provider was at 0 before the window, and stays there: it does not get 1."
      : "The provider gets back the replicas it had, not 1.",
  ];
}

/** As a static pod it has certificates that kubeadm renews. */
function whyNotEtcd(steps: Plan["steps"]): string {
  const renewed = steps.some(
    ({ step, goal }) =>
      step === "renew-certificates" && plannedRows(goal).some(({ name }) => name === "etcd-server"),
  );
  return renewed
    ? "it reads its renewed certificates by itself, at every handshake"
    : "kubeadm does not renew its certificates when it runs on the host";
}
