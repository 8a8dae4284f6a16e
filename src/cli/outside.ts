// What the commands need of the world: main.ts gives them the real one, the simulator another.

import type { CertificatesConfig } from "../certificates-report.ts";
import type { Chain } from "../core/chain.ts";
import type { Journal, JournalRecord } from "../core/journal.ts";
import type { Plan } from "../core/plan.ts";
import type { Clock, Host, Store } from "../core/world.ts";
import type { SurveyedHost } from "../survey.ts";
import { exitCodes, type Failure } from "./exit.ts";

/** Which cluster, from the options that all commands share. */
export interface Where {
  readonly inventory?: string | undefined;
  readonly inventoryCmd?: string | undefined;
  readonly config?: string | undefined;
  readonly cluster?: string | undefined;
  readonly sshConfig?: string | undefined;
  readonly state?: string | undefined;
  /** The scenario of a simulated cluster, true for the usual one: nothing real is touched. */
  readonly simulated?: string | true | undefined;
  readonly fresh?: boolean | undefined;
  /** Endpoints of the chain in place of those configured; false: it is not asked. */
  readonly chain?: readonly string[] | boolean | undefined;
}

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** All of stdin, stdout and stderr are a person's terminal, so that questions may be asked. */
  readonly interactive: boolean;
  /**
   * Lines may be redrawn on stdout unless it is `dumb`, wherever stderr goes. Default:
   * `interactive`.
   */
  readonly draws?: boolean;
  /** It heeds no control sequences (TERM=dumb). */
  readonly dumb?: boolean;
  readonly columns: number;
  /** Nobody reads stdout any more (`| head -1`): what only shows may end. Absent: somebody does. */
  isUnread?(): boolean;
  /** Undefined where it was not answered: Ctrl-C, or a terminal that is closed. */
  ask(question: string): Promise<boolean | undefined>;
  /** Whether such a program is here to be run; absent where none is. */
  canRun?(program: string): boolean;
  /** Runs a command of the operator's here, with this terminal; its exit code. */
  runHere(argv: readonly string[], output?: "stdout" | "stderr"): Promise<number>;
}

export interface WindowFolder {
  readonly id: string;
  readonly journal: Journal;
  readonly store: Store;
  /** Lets other processes of this machine write the journal. */
  release(): Promise<void>;
}

/**
 * A window of this machine of which its journal tells nothing that can be relied on: it may be
 * open.
 */
export interface UnreadWindow {
  readonly window: string;
  /** Begins with the file. */
  readonly because: string;
  readonly remedy: string;
}

/**
 * A process that has a window's journal in its hands; of another machine or container it is only
 * believed.
 */
export interface AtWork {
  readonly because: string;
  readonly remedy: string;
}

export interface OpenCluster {
  readonly name: string;
  /** Where the inventory or configuration came from, as it was given. */
  readonly source: string;
  /**
   * What a window that was left is gone on with, where that is not `drydock run`: the demo's own
   * command.
   */
  readonly again?: string;
  readonly hosts: readonly SurveyedHost[];
  readonly certificates: CertificatesConfig;
  readonly chain: Chain;
  /** This machine, as a host's survey tells which one it is; undefined where nobody knows. */
  readonly machine: string | undefined;
  /** Free bytes where the windows' folders are. */
  freeBytesHere(): Promise<number>;
  /**
   * Records of this cluster's windows on this machine, newest first. Changes nothing. Throws a
   * Failure where one cannot be read; a cluster that was opened to look tells of those by `unread`.
   */
  windows(): Promise<
    readonly { readonly id: string; readonly records: readonly JournalRecord[] }[]
  >;
  /** Those that `windows` leaves out; absent where every one can be read. */
  unread?(): Promise<readonly UnreadWindow[]>;
  /**
   * Where on this machine they are, and of which other clusters windows are open beside them;
   * absent where nothing is kept.
   */
  readonly kept?: { readonly folder: string; othersOpen(): Promise<readonly string[]> };
  /** Who goes on with this window just now; undefined: nobody, it was left or is closed. */
  atWork(id: string): Promise<AtWork | undefined>;
  createWindow(id: string, plan: Plan): Promise<WindowFolder>;
  openWindow(id: string): Promise<WindowFolder>;
  /** What kept it from control plane nodes that could not be connected to, if there are any. */
  unreached(): Failure | undefined;
  close(): Promise<void>;
}

/**
 * Which hosts must be reached before anything is begun: all; `most` of the control plane, so that
 * two drydocks that each lack a node still meet at a lock; any one of it; or none.
 */
export type Connect = "all" | "most" | "any" | "none";

export interface Opening {
  readonly connect: Connect;
  readonly looks?: true;
}

/** More than half. */
export function mostOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

export interface Outside {
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** user@machine. */
  readonly holder: string;
  newWindowId(): string;
  /** Becomes true at the first Ctrl-C. */
  interrupted(): boolean;
  /**
   * Throws a Failure when a host that must be reached first cannot be; of all others their own
   * answers say so. `looks`: nothing will be changed, and a window that cannot be read keeps nobody
   * from looking; it is said in one line.
   */
  openCluster(where: Where, on: Opening): Promise<OpenCluster>;
  /** Writes drydock.yaml; throws a Failure rather than overwrite one. Returns its path. */
  initConfig(where: Where): Promise<string>;
}

/** Says once which control plane nodes a command goes on without. */
export function sayAway({ terminal }: Outside, { hosts }: OpenCluster): void {
  for (const { away } of hosts) {
    if (away !== undefined) terminal.err(`${away}\nGoing on without it.\n`);
  }
}

/** The end of a command that nobody has answered: why, what to do, and the exit code for it. */
export function endUnreached({ terminal }: Outside, cluster: OpenCluster): number {
  const why = cluster.unreached();
  if (why === undefined) return exitCodes.unreachable;
  terminal.err(`${why.message}\n${why.remedy}\n`);
  return exitCodes[why.exit];
}

export function hostsByName(cluster: OpenCluster): ReadonlyMap<string, Host> {
  return new Map(cluster.hosts.map(({ host }) => [host.name, host]));
}

/** Whether lines may be drawn again. */
export function redraws({ interactive, draws = interactive, dumb = false }: Terminal): boolean {
  return draws && !dumb;
}
