// The guide's "Backup Current Certificates (Optional)", which is not optional here: an archive of
// every node, with what the guide's tar leaves out, and a copy of it on the operator's machine.

import { act } from "../core/command.ts";
import { type Reading, read } from "../core/outcome.ts";
import { blocked, defineStep, type Look, needed, satisfied, unclear } from "../core/step.ts";
import type { StoredFile } from "../core/world.ts";
import { type Damaged, isGone } from "../programs/answer.ts";
import {
  type ArchiveSeen,
  archivedPaths,
  createArchive,
  inspectArchive,
  parseArchive,
} from "../programs/tar.ts";

export type BackupCertificatesGoal = {
  /** On the host; its folder carries the window's id. */
  readonly path: string;
  /** In the window's folder here; the list of members is beside it, with `.list` added. */
  readonly as: string;
  /** Members without which the archive would not put the node back: `etc/kubernetes/admin.conf`. */
  readonly mustHold: readonly string[];
};

type OnHost = Reading<ArchiveSeen | Damaged | undefined>;

interface Archived {
  readonly onHost: OnHost;
  /** Looked for where the host has none that can be read. */
  readonly isHere: boolean;
}

export const backupCertificates = defineStep<BackupCertificatesGoal, Archived>({
  id: "backup-certificates",
  title: "Archive certificates and settings",
  guide: "Backup Current Certificates (Optional)",
  settleMs: 60_000,
  why: () =>
    `Holds ${archivedPaths.map((path) => `/${path}`).join(", ")}: all that a node is put back with.`,
  proof: ({ mustHold }) => `gzip's checksum, mode 600, and it holds ${inShort(mustHold)}`,
  async observe(look, goal) {
    const onHost = parseArchive(await look.run(inspectArchive(goal.path)));
    return { onHost, isHere: isGone(onHost) && (await areHere(look, goal)) };
  },
  judge: ({ onHost: seen, isHere }, goal) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    // Another one would hold what the window has changed meanwhile.
    if (isHere) return satisfied(hereOnly(seen.value));
    if (seen.value === undefined) return needed("this window has no archive of the node yet");
    if ("damaged" in seen.value) return needed(seen.value.damaged);
    const flaw = archiveFlaw(seen.value, goal);
    if (flaw !== undefined) return needed(`${goal.path} ${flaw}`);
    return satisfied(`${seen.value.members.length} members, ${seen.value.sizeBytes} bytes`);
  },
  change: (_, goal) => [act(createArchive(goal.path, goal.mustHold))],
});

/** Of a backup whose copy is what is left. */
export function hereOnly(onHost: object | undefined): string {
  return onHost === undefined
    ? "it is gone from the node, and its copy is here"
    : "it cannot be read on the node, and its copy is here";
}

/** Where its copy is here, and what lies on the node could not be read. */
export function damagedThere(path: string): string {
  return `Look at ${path} on that node. If it is damaged, and the copy here is not, move the one on the node away, and run again.`;
}

function inShort(names: readonly string[]): string {
  const [first = "", ...others] = names;
  return others.length < 2 ? names.join(", ") : `${first} and ${others.length} more files`;
}

async function areHere(look: Look, { as }: BackupCertificatesGoal): Promise<boolean> {
  const files = await Promise.all([look.stored(as), look.stored(`${as}.list`)]);
  return files.every((file) => file !== undefined);
}

function archiveFlaw(seen: ArchiveSeen, goal: BackupCertificatesGoal): string | undefined {
  if (seen.mode !== 0o600) return `has mode ${seen.mode.toString(8)}, not 600`;
  const absent = goal.mustHold.find((member) => !seen.members.includes(member));
  return absent === undefined ? undefined : `does not hold ${absent}`;
}

interface Copies {
  readonly onHost: OnHost;
  readonly here: StoredFile | undefined;
  readonly listHere: StoredFile | undefined;
}

export const bringArchive = defineStep<BackupCertificatesGoal, Copies>({
  id: "bring-archive",
  title: "Bring the archive off the node",
  guide:
    "Backup Current Certificates (Optional) (the guide leaves it on the node, readable by all)",
  settleMs: 60_000,
  why: () => "A backup on the node that is being changed is lost with it.",
  proof: () => "same SHA-256 on both sides, mode 600",
  remedy: ({ path }) => damagedThere(path),
  async observe(look, goal) {
    const [here, listHere] = await Promise.all([
      look.stored(goal.as),
      look.stored(`${goal.as}.list`),
    ]);
    // What lies there would tell nothing yet.
    if (here === undefined || listHere === undefined) {
      return { onHost: read(undefined), here, listHere };
    }
    return { onHost: parseArchive(await look.run(inspectArchive(goal.path))), here, listHere };
  },
  judge: ({ onHost, here, listHere }, goal) => {
    if (here === undefined || listHere === undefined) return needed("there is no copy here yet");
    if (onHost.kind === "unreadable") return unclear(onHost.because);
    if (onHost.value !== undefined && "damaged" in onHost.value) {
      return unclear(onHost.value.damaged);
    }
    const end = onHost.value === undefined ? undefined : differing(onHost.value, here, listHere);
    if (end !== undefined) {
      return blocked(
        `${goal.as}${end} here is not the file ${goal.path}${end} on the node`,
        "Move the one here away, and run again.",
      );
    }
    return satisfied(`${here.sizeBytes} bytes, SHA-256 ${here.sha256.slice(0, 16)}…`);
  },
  change: (_, { path, as }) =>
    ["", ".list"].map((end) => ({
      kind: "fetch",
      fetch: { path: `${path}${end}`, as: `${as}${end}`, timeoutMs: 300_000, small: true },
    })),
});

/** The end of the name of the copy that is another file. */
function differing(
  onHost: ArchiveSeen,
  here: StoredFile,
  listHere: StoredFile,
): "" | ".list" | undefined {
  if (onHost.sha256 !== here.sha256) return "";
  return onHost.listSha256 === listHere.sha256 ? undefined : ".list";
}
