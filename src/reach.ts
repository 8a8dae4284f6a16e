// Which hosts a command must reach before it begins, and what is said of those that it cannot.

import { type Answering, type ExitKind, Failure } from "./cli/exit.ts";
import { andNothingChanged } from "./cli/nothing-changed.ts";
import { type Connect, mostOf } from "./cli/outside.ts";
import type { ConnectionTrouble, TroubleKind } from "./ssh/trouble.ts";

export interface Reachable {
  readonly name: string;
  readonly isControlPlane: boolean;
  reach(): Promise<ConnectionTrouble | undefined>;
}

/** What is wrong with hosts, by their names, in the inventory's order. */
export type Troubles = ReadonlyMap<string, ConnectionTrouble>;

/** How many of `wanted` hosts must answer. */
const enough: Readonly<Record<Connect, (wanted: number) => number>> = {
  all: (wanted) => wanted,
  most: mostOf,
  any: (wanted) => Math.min(1, wanted),
  none: () => 0,
};

/** Throws when too few can be reached; what is wrong with those that are gone on without. */
export async function reach(
  hosts: readonly Reachable[],
  {
    connect,
    close,
    notes,
  }: {
    readonly connect: Connect;
    readonly close: () => Promise<void>;
    readonly notes: readonly string[];
  },
): Promise<Troubles> {
  const wanted = hosts.filter(
    ({ isControlPlane }) => connect === "all" || (connect !== "none" && isControlPlane),
  );
  const seen = await Promise.all(
    wanted.map(async (host) => ({ host, trouble: await host.reach() })),
  );
  const troubles = new Map(
    seen.flatMap(({ host, trouble }) => (trouble === undefined ? [] : [[host.name, trouble]])),
  );
  if (wanted.length - troubles.size >= enough[connect](wanted.length)) return troubles;
  const nodes = seen.filter(({ host }) => host.isControlPlane);
  const answered = nodes.filter(({ trouble }) => trouble === undefined).length;
  const failure = unreached(troubles, { notes, answering: { answered, of: nodes.length } });
  if (failure === undefined) return troubles;
  await close();
  const { exit, message, remedy, answering } = failure;
  throw new Failure(exit, message, andNothingChanged(remedy), answering);
}

/** Each of the notes on an inventory is a reason why a host may not be reached. */
const notesMax = 3;

/**
 * The exit code is that of the first. A remedy is said once where others differ from it by their
 * host's name only; it stands last in its line, as it may end with a command.
 */
export function unreached(
  troubles: Troubles,
  { notes, answering }: { readonly notes: readonly string[]; readonly answering?: Answering },
): Failure | undefined {
  const [first, ...others] = [...troubles].map(([name, trouble]) => ({
    ...trouble,
    general: trouble.remedy.replaceAll(name, ""),
  }));
  if (first === undefined) return undefined;
  const told = new Set([first.general]);
  const lines = others.map(({ message, remedy, general }) => {
    if (told.has(general)) return message;
    told.add(general);
    return `${message}. ${remedy}`;
  });
  const remedy = [first.remedy, ...lines, ...notes.slice(0, notesMax)].join("\n");
  return new Failure(exitOfTrouble[first.kind], first.message, remedy, answering);
}

const exitOfTrouble: Readonly<Record<TroubleKind, ExitKind>> = {
  refused: "refused",
  "timed-out": "timedOut",
  "host-key": "hostKey",
  "unknown-host-key": "hostKey",
  "needs-password": "needsPassword",
  "needs-sudo-password": "needsPassword",
  "no-sudo": "unreachable",
  unresolvable: "unreachable",
  "cut-off": "unreachable",
  arguments: "unreachable",
  other: "unreachable",
};
