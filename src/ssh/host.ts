// A Host over the system's OpenSSH: one shared connection, opened by the first call and again by
// the first call after it died. Looks go through its first session, one at a time; changes, and
// looks at the same time, through sessions of their own; copies of files have a connection of their
// own.

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Command, Fetch } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";
import { graceMs, judgeCall, type Sent } from "./call.ts";
import { type ChildRun, runChild } from "./child.ts";
import { type Connection, type Opened, openConnection } from "./connection.ts";
import { fetchFile, type TakeChunk } from "./fetch.ts";
import { type Gate, makeGate } from "./gate.ts";
import { keepsNoHostKeys } from "./known-hosts.ts";
import { remoteLine } from "./remote.ts";
import { type SshOptions, type SshTarget, showTarget, sshArguments, type Via } from "./target.ts";
import type { ConnectionTrouble } from "./trouble.ts";

/** A Host with a connection that must be closed; an unclosed one ends with this process. */
export interface SshHost extends Host {
  /** Connects now, and says what kept it from it. Without this the first call connects. */
  reach(): Promise<ConnectionTrouble | undefined>;
  /** What kept the last attempt to connect from it. */
  trouble(): ConnectionTrouble | undefined;
  /** Ends the connection, and here whatever still runs through it. */
  close(): Promise<void>;
}

/** sshd gives a connection 10 sessions by default (MaxSessions); one is the connection's own. */
const sessionsMax = 8;
/** A login costs processor time here; more of them at once only make each one late. */
const loginsMax = 24;
const outputBytesMaxDefault = 16 * 1024 * 1024;
const frameBytes = 1024;
/** Sent at most so often, and only while it certainly did not arrive. */
const sendsMax = 3;
/**
 * sshd turns new connections away at random while ten logins are under way (MaxStartups 10:30:100):
 * ours through one jump host, or those of strangers on a public address.
 */
const loginsAgainMs = [500, 1000, 2000, 4000] as const;

/** Does not connect yet: the first call does. */
export function connectHost(target: SshTarget, options: SshOptions): SshHost {
  return new OpenSshHost(target, options, makeGate(loginsMax));
}

/** The hosts of a cluster by name, in the order given, sharing a limit on logins at once. */
export function openHosts(
  targets: readonly SshTarget[],
  options: SshOptions,
): { readonly hosts: ReadonlyMap<string, SshHost>; close(): Promise<void> } {
  const logins = makeGate(loginsMax);
  const hosts = new Map(
    targets.map((target) => [target.name, new OpenSshHost(target, options, logins)]),
  );
  return {
    hosts,
    close: async () => {
      await Promise.all([...hosts.values()].map((host) => host.close()));
    },
  };
}

// Numbers the calls of this process, and with them the marks and the control sockets.
let calls = 0;

class OpenSshHost implements SshHost {
  readonly name: string;
  private readonly target: SshTarget;
  private options: SshOptions;
  private readonly logins: Gate;
  private readonly sessions = makeGate(sessionsMax);
  private readonly children = new Set<ChildProcess>();
  private connection: Connection | undefined;
  private opening: Promise<Opened> | undefined;
  private closed = false;
  private lastTrouble: ConnectionTrouble | undefined;

  constructor(target: SshTarget, options: SshOptions, logins: Gate) {
    this.name = target.name;
    this.target = target;
    this.options = options;
    this.logins = logins;
  }

  run(command: Command): Promise<Outcome> {
    return this.deliver(command);
  }

  fetch(fetch: Fetch): Promise<Outcome> {
    const { small = false } = fetch;
    const stream = (command: Command, take: TakeChunk) => this.deliver(command, { take, small });
    return fetchFile(stream, fetch, this.options.storeFolder?.());
  }

  async reach(): Promise<ConnectionTrouble | undefined> {
    const opened = await this.open();
    return opened.kind === "failed" ? opened.trouble : undefined;
  }

  trouble(): ConnectionTrouble | undefined {
    return this.lastTrouble;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const child of this.children) child.kill("SIGKILL");
    await this.opening;
    await this.connection?.close();
    this.connection = undefined;
  }

  private async deliver(
    command: Command,
    stream?: { readonly take: TakeChunk; readonly small: boolean },
  ): Promise<Outcome> {
    // A snapshot of gigabytes would keep all else waiting.
    let own = stream?.small === false;
    for (let sends = 1; sends <= sendsMax; sends++) {
      const opened = await this.open();
      if (opened.kind === "failed") return { kind: "not-sent", because: opened.trouble.message };
      const { connection } = opened;
      const shared = { kind: "shared", controlPath: connection.controlPath } as const;
      const via: Via = own ? { kind: "own" } : shared;
      const sent =
        (await this.look(command, connection)) ??
        (await this.sessions(() => this.send(command, connection.sudo, via, stream?.take)));
      if (sent.kind === "outcome") return sent.outcome;
      if (sent.kind === "no-session") own = true;
      else await this.forget(connection);
    }
    const because = `${showTarget(this.target)}: the connection was lost ${sendsMax} times`;
    return { kind: "not-sent", because };
  }

  /** Through the connection's own session; undefined for what may only go a way of its own. */
  private async look(command: Command, { channel, sudo }: Connection): Promise<Sent | undefined> {
    if (!("reads" in command) || command.stdin !== undefined) return undefined;
    const call = ++calls;
    const line = remoteLine(command, { call, sudo, stays: true });
    const run = await channel.run({ line, call, ...limitsOf(command) });
    if (run === undefined) return undefined;
    return judgeCall({ target: this.target, command, call, via: { kind: "channel" } }, run);
  }

  private async send(command: Command, sudo: boolean, via: Via, take?: TakeChunk): Promise<Sent> {
    const call = ++calls;
    const raw = take !== undefined;
    const line = remoteLine(command, { call, sudo, raw });
    const run = await this.start(command, sshArguments(this.target, this.options, { via, line }), {
      ...(take === undefined ? {} : { onStdout: take(call) }),
    });
    return judgeCall({ target: this.target, command, call, via, raw }, run);
  }

  private async start(
    command: Command,
    args: readonly string[],
    more: { readonly onStdout?: (chunk: Buffer) => Promise<void> },
  ): Promise<ChildRun> {
    const started: ChildProcess[] = [];
    try {
      return await runChild({
        ...more,
        program: this.options.program ?? "ssh",
        args,
        ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
        ...limitsOf(command),
        onStart: (child) => {
          started.push(child);
          this.children.add(child);
        },
      });
    } finally {
      for (const child of started) this.children.delete(child);
    }
  }

  /** The living connection, or the one attempt to make it, which all who wait share. */
  private async open(): Promise<Opened> {
    if (this.connection?.alive() === true) return { kind: "open", connection: this.connection };
    this.opening ??= this.openAnew().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async openAnew(): Promise<Opened> {
    if (this.closed) return { kind: "failed", trouble: closedTrouble(this.target) };
    let opened = await this.login();
    for (const ms of loginsAgainMs) {
      if (opened.kind === "open" || opened.trouble.kind !== "cut-off" || this.closed) break;
      if (this.options.wait === undefined) break;
      await this.options.wait(ms);
      opened = await this.login();
    }
    this.connection = opened.kind === "open" ? opened.connection : undefined;
    this.lastTrouble = opened.kind === "failed" ? opened.trouble : undefined;
    return opened;
  }

  private login(): Promise<Opened> {
    const controlPath = join(this.options.controlFolder, `c${++calls}`);
    const open = () => openConnection(this.target, this.options, controlPath);
    return this.logins(async () => {
      const opened = await open();
      if (opened.kind === "open" || opened.trouble.kind !== "unknown-host-key") return opened;
      if (this.closed || !(await keepsNoHostKeys(this.target, this.options))) return opened;
      // From now on: calls with a connection of their own check the key as well.
      this.options = { ...this.options, usualKnownHosts: true };
      return open();
    });
  }

  private async forget(connection: Connection): Promise<void> {
    if (this.connection === connection) this.connection = undefined;
    await connection.close();
  }
}

/** Longer than the host's own time limit, and room for the frame. */
function limitsOf(command: Command): {
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
} {
  return {
    timeoutMs: command.timeoutMs + graceMs,
    outputBytesMax: (command.outputBytesMax ?? outputBytesMaxDefault) + frameBytes,
  };
}

function closedTrouble(target: SshTarget): ConnectionTrouble {
  const message = `${showTarget(target)}: the connection was closed here`;
  return { kind: "other", message, remedy: "Run the command again." };
}
