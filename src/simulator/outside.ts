// The simulated outside of the command line: the same shape as the real one, so that a whole
// command runs on it. What it throws is made by whoever opens it: the simulator knows nothing of
// exit codes.

import type { Journal, JournalRecord, RecordBody } from "../core/journal.ts";
import type { Clock, Host, Store } from "../core/world.ts";
import { chainOf, notAsked, type SimulatedChain } from "./chain.ts";
import { type DeskWindow, describeFile } from "./desk.ts";
import { type Acting, hostOf } from "./host.ts";
import { newId } from "./model.ts";
import { faultsOfRecord, mustLive, type Tool } from "./tool.ts";

export interface SimulatedTerminal {
  out(text: string): void;
  err(text: string): void;
  readonly interactive: boolean;
  readonly columns: number;
  isUnread?(): boolean;
  ask(question: string): Promise<boolean | undefined>;
  canRun?(program: string): boolean;
  runHere(argv: readonly string[]): Promise<number>;
}

export interface SimulatedFolder {
  readonly id: string;
  readonly journal: Journal;
  readonly store: Store;
  release(): Promise<void>;
}

export interface SimulatedHost {
  readonly host: Host;
  readonly address: string;
  /** How a person reaches it. */
  readonly login: string;
  readonly roles: {
    readonly controlPlane: boolean;
    readonly etcd: boolean;
    readonly worker: boolean;
  };
  /** Why it does not answer, where it is gone on without. */
  readonly away?: string;
}

export interface SimulatedCluster {
  readonly name: string;
  readonly source: string;
  readonly hosts: readonly SimulatedHost[];
  readonly certificates: {
    readonly name: string;
    readonly hosts: readonly {
      readonly name: string;
      readonly ip: string;
      readonly roles: SimulatedHost["roles"];
    }[];
  };
  readonly chain: SimulatedChain;
  readonly machine: string;
  freeBytesHere(): Promise<number>;
  windows(): Promise<
    readonly { readonly id: string; readonly records: readonly JournalRecord[] }[]
  >;
  atWork(id: string): Promise<{ readonly because: string; readonly remedy: string } | undefined>;
  createWindow(id: string): Promise<SimulatedFolder>;
  openWindow(id: string): Promise<SimulatedFolder>;
  /** What keeps it from a host there is said by the host. */
  unreached(): undefined;
  close(): Promise<void>;
}

export interface SimulatedOutside {
  readonly clock: Clock;
  readonly terminal: SimulatedTerminal;
  readonly holder: string;
  newWindowId(): string;
  interrupted(): boolean;
  openCluster(
    where: { readonly chain?: unknown },
    on: { readonly connect: "all" | "most" | "any" | "none" },
  ): Promise<SimulatedCluster>;
  initConfig(): Promise<string>;
}

export interface SimulatedAnswering {
  readonly answered: number;
  readonly of: number;
}

export interface Opening extends Acting {
  readonly terminal: SimulatedTerminal;
  /** The error that says a window's folder is held by another process of this machine. */
  readonly claimed: (window: string) => Error;
  /** The error that says a host cannot be reached, and how much of the control plane answers. */
  readonly unreachable: (host: string, answering: SimulatedAnswering) => Error;
}

export function openOutside(opening: Opening): SimulatedOutside {
  const { site, desk, tool, terminal } = opening;
  const print = (say: (text: string) => void) => (text: string) => {
    site.see({ kind: "printed", text });
    say(text);
  };
  return {
    clock: site.clock,
    terminal: { ...terminal, out: print(terminal.out), err: print(terminal.err) },
    holder: desk.holder,
    newWindowId: () => windowId(opening),
    interrupted: () => tool.interrupted,
    openCluster: async (where, { connect }) => {
      const silent = mustAnswer(opening, connect);
      const [first] = silent;
      if (first?.tooMany === true) throw first.error;
      const away = new Map(silent.map(({ name, error }) => [name, error.message]));
      const cluster = openCluster(opening, away);
      return where.chain === false ? { ...cluster, chain: notAsked } : cluster;
    },
    initConfig: async () => "drydock.yaml",
  };
}

function windowId({ site }: Acting): string {
  const digits = new Date(site.model.now).toISOString().replace(/\D/g, "");
  return `w${digits.slice(0, 8)}-${digits.slice(8, 12)}-s${newId(site.model)}`;
}

/**
 * Those that were to be reached and do not answer, and whether so few of them can be done without.
 */
function mustAnswer(
  { site, unreachable }: Opening,
  connect: "all" | "most" | "any" | "none",
): readonly { readonly name: string; readonly error: Error; readonly tooMany: boolean }[] {
  const wanted = [...site.model.hosts.values()].filter(
    ({ roles }) => connect === "all" || (connect !== "none" && roles.controlPlane),
  );
  const silent = wanted.filter(({ reachable }) => !reachable);
  const nodes = wanted.filter(({ roles }) => roles.controlPlane);
  const of = nodes.length;
  const answered = nodes.filter(({ reachable }) => reachable).length;
  const tooMany = connect === "any" ? answered === 0 : connect === "all" || answered * 2 <= of;
  const error = (name: string) => unreachable(name, { answered, of });
  return silent.map(({ name }) => ({ name, error: error(name), tooMany }));
}

function openCluster(opening: Opening, away: ReadonlyMap<string, string>): SimulatedCluster {
  const { site, desk } = opening;
  const { model } = site;
  const hosts = [...model.hosts.values()].map(({ name, address, roles }) => {
    const silent = away.get(name);
    const host = { host: hostOf(opening, name), address, login: `ssh ${address}`, roles };
    return silent === undefined ? host : { ...host, away: silent };
  });
  const configured = hosts.map(({ host, address, roles }) => ({
    name: host.name,
    ip: address,
    roles,
  }));
  return {
    name: model.name,
    source: "--inventory inventory.ini",
    hosts,
    certificates: { name: model.name, hosts: configured },
    chain: chainOf(model),
    machine: desk.machine,
    freeBytesHere: async () => desk.freeBytes,
    unreached: () => undefined,
    windows: async () =>
      [...desk.windows.values()]
        .reverse()
        .map(({ id, records }) => ({ id, records: [...records] })),
    atWork: async (id) =>
      otherOf(opening, id) && { because: "another process has it", remedy: "Wait for it." },
    createWindow: async (id) => {
      desk.windows.set(id, { id, records: [], files: new Map(), claimedBy: undefined });
      return claim(opening, id);
    },
    openWindow: async (id) => claim(opening, id),
    close: async () => undefined,
  };
}

/** The living process of this machine that has the window's folder, if it is another one. */
function otherOf({ desk, tool }: Opening, id: string): Tool | undefined {
  const other = desk.windows.get(id)?.claimedBy;
  return other === tool || other?.dead === true ? undefined : other;
}

function claim(opening: Opening, id: string): SimulatedFolder {
  const { desk, tool } = opening;
  const folder = desk.windows.get(id);
  if (folder === undefined) throw new Error(`there is no window ${id} here`);
  if (otherOf(opening, id) !== undefined) throw opening.claimed(id);
  folder.claimedBy = tool;
  tool.window = id;
  return {
    id,
    journal: journalOf(opening, folder),
    store: storeOf(folder),
    release: async () => {
      if (tool.dead) return;
      folder.claimedBy = undefined;
    },
  };
}

function storeOf(folder: DeskWindow): Store {
  return {
    location: `/state/${folder.id}`,
    stat: async (name) => {
      const file = folder.files.get(name);
      return file === undefined ? undefined : describeFile(file);
    },
  };
}

/** As on disk: what was released can no longer be written. */
function journalOf(acting: Acting, folder: DeskWindow): Journal {
  const { site, tool } = acting;
  return {
    records: () => [...folder.records],
    append: async (at: number, body: RecordBody) => {
      mustLive(tool);
      if (folder.claimedBy !== tool) throw new Error(`the journal of ${folder.id} is closed`);
      const number = ++tool.counted.records;
      await befall(acting, number, "before");
      const record: JournalRecord = {
        seq: folder.records.length + 1,
        at,
        // What cannot be written as JSON does not come back from a disk either.
        ...(JSON.parse(JSON.stringify(body)) as RecordBody),
      };
      folder.records.push(record);
      site.see({ kind: "journalled", window: folder.id, record });
      await befall(acting, number, "after");
      return record;
    },
  };
}

async function befall(
  { site, tool }: { readonly site: Acting["site"]; readonly tool: Tool },
  number: number,
  moment: "before" | "after",
): Promise<void> {
  for (const fault of faultsOfRecord(tool, number, moment)) {
    await fault.does({ site, tool, number });
  }
  mustLive(tool);
}
