// "Always backup etcd before rotating certificates."

import { sha256 } from "../files.ts";
import { controlPlane, type Model, type StoredBytes } from "../model.ts";
import type { By, Transition } from "../transition.ts";
import { defineChecker } from "./checker.ts";

interface Backups {
  /** The newest revision that any etcd member had when the window was planned. */
  readonly revision: number;
  /** What is off the nodes, by its name there. */
  readonly stored: Record<string, Pick<StoredBytes, "form" | "content">>;
  /**
   * Files that are no longer what the archives were to hold: `node1:/etc/kubernetes/admin.conf`.
   */
  readonly changed: Record<string, true>;
}

/** By window that is open. */
type Memory = Record<string, Backups>;

/** What kubeadm writes anew. */
const renewed = /^\/etc\/kubernetes\/.*\.(crt|key|conf)$/;

export const backupBeforeRenewal = defineChecker<Memory>({
  name: "backup-before-renewal",
  sentence:
    "Nothing is disturbed before a snapshot no older than the window and the archive of every control plane node, with all that is renewed there, are off the nodes.",
  memory: () => ({}),
  see: (memory, transition, model) => {
    switch (transition.kind) {
      case "journalled": {
        const { window, record } = transition;
        if (record.kind === "planned") {
          memory[window] = { revision: newestRevision(model), stored: {}, changed: {} };
        }
        if (record.kind === "closed") delete memory[window];
        return undefined;
      }
      case "stored": {
        const { window, name, after } = transition;
        const { form, content } = after;
        const backups = memory[window];
        if (backups !== undefined && form !== "text") backups.stored[name] = { form, content };
        return undefined;
      }
      case "file":
        return lostWithIt(memory, transition);
      case "disturbed": {
        const backups = backupsOf(memory, transition.by);
        const because = backups === undefined ? undefined : flaw(backups, model);
        return because === undefined
          ? undefined
          : `${transition.name} of ${transition.host} was disturbed before ${because}`;
      }
      default:
        return undefined;
    }
  },
});

function newestRevision({ etcd }: Model): number {
  const known = etcd.members.filter(({ runs }) => runs).map(({ behind }) => etcd.revision - behind);
  return Math.max(0, ...known);
}

/** Undefined for what others do; without the fence nobody knows of any backup. */
function backupsOf(memory: Memory, by: By): Backups | undefined {
  if (by.who !== "drydock") return undefined;
  return memory[by.fence?.window ?? ""] ?? { revision: 0, stored: {}, changed: {} };
}

function flaw({ stored, revision }: Backups, model: Model): string | undefined {
  const archives = controlPlane(model).map((host) => `${host.name}.tar.gz`);
  const absent = ["etcd-snapshot.db", ...archives].find((name) => stored[name] === undefined);
  if (absent !== undefined) return `${absent} was off the node`;
  const has = Number(JSON.parse(stored["etcd-snapshot.db"]?.content ?? "{}").revision);
  return has >= revision
    ? undefined
    : `a snapshot of this window was off the node: its revision is ${has}, and etcd had ${revision}`;
}

/**
 * Only what was there when the window was planned: of what came later, nobody could have made a
 * backup.
 */
function lostWithIt(
  memory: Memory,
  { host, path, before, by }: Extract<Transition, { readonly kind: "file" }>,
): string | undefined {
  if (!renewed.test(path)) return undefined;
  const name = `${host}:${path}`;
  const backups = backupsOf(memory, by);
  const isFirst = backups?.changed[name] === undefined;
  for (const one of Object.values(memory)) one.changed[name] = true;
  if (backups === undefined || before === undefined || !isFirst) return undefined;
  const archive = backups.stored[`${host}.tar.gz`];
  if (archive?.content.includes(sha256(before.content)) === true) return undefined;
  return `${path} of ${host} was changed, and the archive of it off the node does not hold it`;
}
