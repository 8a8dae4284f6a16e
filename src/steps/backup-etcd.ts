// The guide's "Backup etcd Database": a snapshot on the node, verified, and a verified copy of it
// here.

import type { EtcdAccess } from "../cluster/etcd.ts";
import { snapshotFlaw } from "../cluster/snapshot.ts";
import { act } from "../core/command.ts";
import { type Reading, read } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import type { StoredFile } from "../core/world.ts";
import { type Damaged, isGone } from "../programs/answer.ts";
import {
  inspectSnapshot,
  parseSnapshot,
  type SnapshotSeen,
  saveSnapshot,
} from "../programs/etcdctl.ts";
import { damagedThere, hereOnly } from "./backup-certificates.ts";

export type BackupEtcdGoal = {
  /** On the host; its folder carries the window's id, so that it never names an older snapshot. */
  readonly path: string;
  /** In the window's folder here. */
  readonly as: string;
  readonly etcd: EtcdAccess;
  /** The revision the endpoint had when the window was planned: a snapshot has at least that. */
  readonly revisionMin: number;
  /** The database's then: what is copied takes its time. Absent in plans of earlier versions. */
  readonly sizeBytes?: number;
};

type OnHost = Reading<SnapshotSeen | Damaged | undefined>;

interface Saved {
  readonly onHost: OnHost;
  /** Looked for where the host has none that can be read. */
  readonly isHere: boolean;
}

export const backupEtcd = defineStep<BackupEtcdGoal, Saved>({
  id: "backup-etcd",
  title: "Save an etcd snapshot",
  guide: "Backup etcd Database",
  settleMs: 60_000,
  why: () => "etcd holds the whole state of the cluster, and every lease's workload with it.",
  proof: ({ revisionMin }) =>
    `etcdutl walks its pages, its revision is at least ${revisionMin}, it has keys, its mode is 600`,
  async observe(look, goal) {
    const onHost = parseSnapshot(await look.run(inspectSnapshot(goal.path)));
    return { onHost, isHere: isGone(onHost) && (await look.stored(goal.as)) !== undefined };
  },
  judge: ({ onHost: seen, isHere }, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    if (isHere) return satisfied(hereOnly(seen.value));
    if (seen.value === undefined) return needed("this window has no snapshot yet");
    // A file that etcdutl would not read is moved aside by the change, which then takes a new one.
    if ("damaged" in seen.value) return needed(seen.value.damaged);
    const flaw = savedFlaw(seen.value, goal);
    if (flaw !== undefined) return needed(`${goal.path} ${flaw}`);
    const { revision, totalKeys, sizeBytes } = seen.value;
    return satisfied(`revision ${revision}, ${totalKeys} keys, ${sizeBytes} bytes`);
  },
  change: (_, goal) => [act(saveSnapshot(goal.etcd, goal.path))],
});

function savedFlaw(seen: SnapshotSeen, goal: BackupEtcdGoal): string | undefined {
  if (seen.sizeBytes === 0) return "is 0 bytes";
  if (seen.revision < goal.revisionMin) {
    return `has revision ${seen.revision}, older than ${goal.revisionMin} when the window was planned`;
  }
  if (seen.totalKeys === 0) return "has no keys";
  if (seen.mode !== 0o600) return `has mode ${seen.mode.toString(8)}, not 600`;
  return undefined;
}

/** Half an hour, or longer where the database is so big that a line of 2 Mbit/s takes longer. */
function bringMs(sizeBytes = 0): number {
  return Math.max(1_800_000, Math.ceil(sizeBytes / 250));
}

interface Copies {
  readonly onHost: OnHost;
  readonly here: StoredFile | undefined;
}

export const bringSnapshot = defineStep<BackupEtcdGoal, Copies>({
  id: "bring-snapshot",
  title: "Bring the snapshot off the node",
  guide: "Backup etcd Database (the guide leaves it on the node that it is about to change)",
  settleMs: 60_000,
  why: () => "A backup on the node that is being changed is lost with it.",
  proof: () =>
    "same SHA-256 on both sides, etcd's own checksum at its end matches, a bbolt meta page, mode 600",
  remedy: ({ path }) => damagedThere(path),
  async observe(look, goal) {
    const here = await look.stored(goal.as);
    // To read gigabytes there would tell nothing yet.
    if (here === undefined) return { onHost: read(undefined), here };
    return { onHost: parseSnapshot(await look.run(inspectSnapshot(goal.path))), here };
  },
  judge: ({ onHost, here }, goal) => {
    if (here === undefined) return needed("there is no copy of it here yet");
    const flaw = snapshotFlaw(here);
    if (flaw !== undefined) {
      return blocked(
        `${goal.as} here ${flaw}`,
        `Move the file away, make room for it, and run again.`,
      );
    }
    if (onHost.kind === "unreadable") return unclear(onHost.because);
    if (onHost.value !== undefined && "damaged" in onHost.value) {
      return unclear(onHost.value.damaged);
    }
    if (onHost.value !== undefined && onHost.value.sha256 !== here.sha256) {
      return blocked(
        `${goal.as} here is not the file ${goal.path} on the node`,
        "Move the one here away, and run again.",
      );
    }
    return satisfied(`${here.sizeBytes} bytes, SHA-256 ${here.sha256.slice(0, 16)}…`);
  },
  change: (_, { path, as, sizeBytes }) => [
    { kind: "fetch", fetch: { path, as, timeoutMs: bringMs(sizeBytes) } },
  ],
});
