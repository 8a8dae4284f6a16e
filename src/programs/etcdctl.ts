// etcdctl and etcdutl on an etcd host, with explicit flags and no ETCD_* environment: an option
// given in both is a fatal conflict, and etcd 3.6.0 ignored the environment for `endpoint health`.

import { z } from "zod";
import type { EtcdAccess, EtcdEndpoint, EtcdHealth, EtcdMember } from "../cluster/etcd.ts";
import type { Command, ReadCommand } from "../core/command.ts";
import { complaint, type Outcome, type Reading, unreadable } from "../core/outcome.ts";
import { answer, answerOnFile, type Damaged, parseJson } from "./answer.ts";

function etcdctl(access: EtcdAccess, ...words: readonly string[]): readonly [string, ...string[]] {
  const { endpoint, cacert, cert, key } = access;
  const tls = [`--cacert=${cacert}`, `--cert=${cert}`, `--key=${key}`];
  const patience = ["--dial-timeout=3s", "--command-timeout=8s"];
  return ["etcdctl", `--endpoints=${endpoint}`, ...tls, ...patience, ...words];
}

function reading(access: EtcdAccess, ...words: readonly string[]): ReadCommand {
  return { argv: etcdctl(access, ...words), reads: true, timeoutMs: 30_000 };
}

export function listMembers(access: EtcdAccess): ReadCommand {
  return reading(access, "--hex", "-w", "json", "member", "list");
}

const memberList = z.object({
  members: z.array(
    z.object({
      ID: z.union([z.string(), z.number()]),
      name: z.string().optional(),
      clientURLs: z.array(z.string()).optional(),
      // etcdctl 3.5 spells it so with --hex.
      clientURLS: z.array(z.string()).optional(),
      isLearner: z.boolean().optional(),
    }),
  ),
});

export function parseMembers(outcome: Outcome): Reading<readonly EtcdMember[]> {
  return answer(outcome, "etcdctl member list", (text) =>
    parseJson(quoteBigNumbers(text), memberList)?.members.map((member) => ({
      name: member.name ?? "",
      idHex: String(member.ID),
      clientUrl: (member.clientURLs ?? member.clientURLS)?.[0] ?? "",
      learner: member.isLearner ?? false,
      started: (member.name ?? "") !== "",
    })),
  );
}

/** Health of every member. Exits 1 when one is unhealthy, with the same JSON. */
export function checkHealth(access: EtcdAccess): ReadCommand {
  return reading(access, "-w", "json", "endpoint", "health", "--cluster");
}

const healthList = z.array(
  z.object({ endpoint: z.string(), health: z.boolean(), error: z.string().optional() }),
);

export function parseHealth(outcome: Outcome): Reading<readonly EtcdHealth[]> {
  if (outcome.kind !== "exited") return unreadable(`etcdctl endpoint health: ${outcome.because}`);
  const json = `${outcome.stdout}\n${outcome.stderr}`.split("\n").find((l) => l.startsWith("[{"));
  const parsed = json === undefined ? undefined : parseJson(json, healthList);
  if (parsed === undefined) {
    return unreadable(`etcdctl endpoint health: ${complaint(outcome) ?? "unexpected answer"}`);
  }
  const value = parsed.map(({ endpoint, health, error }) => ({
    url: endpoint,
    healthy: health,
    because: error ?? "",
  }));
  return { kind: "read", value };
}

/** Status of every member that answers; the others are missing from it. */
export function readStatus(access: EtcdAccess): ReadCommand {
  return reading(access, "-w", "json", "endpoint", "status", "--cluster");
}

const statusList = z.array(
  z.object({
    Endpoint: z.string(),
    Status: z.object({
      header: z.object({
        member_id: z.union([z.string(), z.number()]),
        revision: z.number(),
        raft_term: z.number(),
      }),
      version: z.string(),
      dbSize: z.number(),
      leader: z.union([z.string(), z.number()]).optional(),
      raftIndex: z.number(),
      errors: z.array(z.string()).optional(),
    }),
  }),
);

export function parseStatus(outcome: Outcome): Reading<readonly EtcdEndpoint[]> {
  if (outcome.kind !== "exited") return unreadable(`etcdctl endpoint status: ${outcome.because}`);
  const answered = { ...outcome, code: outcome.stdout.startsWith("[") ? 0 : outcome.code };
  return answer(answered, "etcdctl endpoint status", (text) =>
    parseJson(quoteBigNumbers(text), statusList)?.map(({ Endpoint, Status }) => ({
      url: Endpoint,
      memberId: asHex(Status.header.member_id),
      leaderId: asHex(Status.leader ?? 0),
      version: Status.version,
      revision: Status.header.revision,
      raftTerm: Status.header.raft_term,
      raftIndex: Status.raftIndex,
      sizeBytes: Status.dbSize,
      errors: Status.errors ?? [],
    })),
  );
}

/** As `member list --hex` prints it. */
function asHex(id: string | number): string {
  return BigInt(id).toString(16);
}

/** Member ids are uint64; JSON.parse would round them and make two members one. */
function quoteBigNumbers(json: string): string {
  return json.replace(/(:\s*)(\d{16,})(?=\s*[,}\]])/g, '$1"$2"');
}

export function listAlarms(access: EtcdAccess): ReadCommand {
  return reading(access, "alarm", "list");
}

/** One text per alarm, such as `memberID:123 alarm:NOSPACE`. */
export function parseAlarms(outcome: Outcome): Reading<readonly string[]> {
  return answer(outcome, "etcdctl alarm list", (text) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  );
}

const envScript = `sed -n -E 's/^(ETCDCTL_(ENDPOINTS|CACERT|CERT|KEY))=/\\1=/p' /etc/etcd.env`;

/**
 * kubespray's /etc/etcd.env, only the lines that say how to reach etcd. Never sourced into a shell.
 */
export const readEtcdEnv: ReadCommand = {
  argv: ["sh", "-c", envScript, "drydock-etcd-env"],
  reads: true,
  timeoutMs: 15_000,
};

export function parseEtcdEnv(outcome: Outcome): Reading<EtcdAccess> {
  return answer(outcome, "/etc/etcd.env", (text) => {
    const value = (name: string) =>
      new RegExp(`^${name}=(.*)$`, "m")
        .exec(text)?.[1]
        ?.trim()
        .replace(/^"(.*)"$/, "$1");
    const [cacert, cert, key] = [
      value("ETCDCTL_CACERT"),
      value("ETCDCTL_CERT"),
      value("ETCDCTL_KEY"),
    ];
    if (cacert === undefined || cert === undefined || key === undefined) return undefined;
    const endpoint = value("ETCDCTL_ENDPOINTS")?.split(",")[0] ?? "https://127.0.0.1:2379";
    return { endpoint, cacert, cert, key };
  });
}

// A file left by an earlier try is kept under a name that no other has: nothing is overwritten, and
// mv -n exits with 0 when it moved nothing. A member that is down is waited for without an end,
// also when nobody waits for the answer any more, and the fence is held meanwhile: so it is asked
// first, in short (transcripts/etcdctl/).
const saveScript = `umask 077; file=$1; shift; "$@" --command-timeout=8s endpoint status >/dev/null || exit
mkdir -p "$(dirname "$file")" || exit 1; rm -f "$file.part"
[ ! -e "$file" ] || mv -n "$file" "$file.$(date +%s.%N).earlier" && [ ! -e "$file" ] || exit 1
"$@" --command-timeout=840s snapshot save "$file" >&2 || { code=$?; rm -f "$file.part"; exit "$code"; }
chmod 600 "$file" && sync "$file" "$(dirname "$file")"`;

/** Saves a snapshot to `path` on the host, mode 0600; a big one may take its time. */
export function saveSnapshot(access: EtcdAccess, path: string): Command {
  const tool = etcdctl(access).filter((word) => !word.startsWith("--command-timeout"));
  return {
    argv: ["sh", "-c", saveScript, "drydock-snapshot-save", path, ...tool],
    shown: `${tool.join(" ")} snapshot save ${path}`,
    timeoutMs: 900_000,
  };
}

const statusScript = `[ -e "$1" ] || { echo absent; exit 0; }
echo present; stat -c '%s %a' "$1" && sha256sum <"$1" || exit 1
if command -v etcdutl >/dev/null; then exec etcdutl snapshot status "$1" -w json; fi
exec etcdctl snapshot status "$1" -w json`;

/** What the file on the host is worth: bbolt's pages are walked by etcdutl (etcdctl before 3.6). */
export function inspectSnapshot(path: string): ReadCommand {
  return {
    argv: ["sh", "-c", statusScript, "drydock-snapshot-status", path],
    shown: `etcdutl snapshot status ${path} -w json`,
    reads: true,
    timeoutMs: 600_000,
  };
}

export interface SnapshotSeen {
  readonly sizeBytes: number;
  readonly mode: number;
  readonly sha256: string;
  readonly revision: number;
  readonly totalKeys: number;
}

const snapshotStatus = z.object({ revision: z.number(), totalKey: z.number() });

/** Undefined inside the reading when there is no such file. */
export function parseSnapshot(outcome: Outcome): Reading<SnapshotSeen | Damaged | undefined> {
  return answerOnFile(outcome, "snapshot status", (text) => {
    const [, facts = "", sum = "", ...rest] = text.split("\n");
    const status = parseJson(rest.join("\n"), snapshotStatus);
    const [size, mode] = facts.split(" ");
    const sha256 = sum.split(" ")[0];
    if (status === undefined || size === undefined || mode === undefined) return undefined;
    if (sha256 === undefined) return undefined;
    return {
      sizeBytes: Number(size),
      mode: Number.parseInt(mode, 8),
      sha256,
      revision: status.revision,
      totalKeys: status.totalKey,
    };
  });
}
