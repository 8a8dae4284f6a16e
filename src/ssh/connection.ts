// One shared connection to one host. It lives as long as its first session, and that session as
// long as a pipe from this process: after a kill -9 running commands end, and then the connection.
// That first session is also the channel for looks.

import { type ChildProcess, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { type Channel, channelOf } from "./channel.ts";
import { askSudo } from "./sudo.ts";
import { type SshOptions, type SshTarget, showTarget, sshArguments } from "./target.ts";
import { type ConnectionTrouble, explainSshFailure } from "./trouble.ts";

export interface Connection {
  readonly controlPath: string;
  /** The login is not root, and becomes it with every command. */
  readonly sudo: boolean;
  readonly channel: Channel;
  alive(): boolean;
  /** Ends it and everything that still runs through it. */
  close(): Promise<void>;
}

export type Opened =
  | { readonly kind: "open"; readonly connection: Connection }
  | { readonly kind: "failed"; readonly trouble: ConnectionTrouble };

// Understood by every login shell. `sh` ends with the pipe.
const firstSession = "id -u && echo drydock-ready && exec sh";
/** What a login may take beyond the connection itself: PAM, DNS, a slow bastion. */
const loginMs = 20_000;
const wordsMax = 64 * 1024;

export async function openConnection(
  target: SshTarget,
  options: SshOptions,
  controlPath: string,
): Promise<Opened> {
  await rm(controlPath, { force: true });
  const via = { kind: "master", controlPath } as const;
  const args = sshArguments(target, options, { via, line: firstSession });
  const child = spawn(options.program ?? "ssh", args, { detached: true, stdio: "pipe" });
  child.stdin.on("error", () => {});
  const limitMs = (options.connectTimeoutSeconds ?? 10) * 1000 + loginMs;
  const greeting = await greet(child, limitMs);
  if (greeting.kind !== "open") {
    child.kill("SIGKILL");
    return { kind: "failed", trouble: explain(greeting, target, options) };
  }
  const sudo = greeting.uid !== 0 && target.becomeSudo !== false;
  const connection = connectionOf(child, controlPath, sudo);
  const trouble = sudo ? await askSudo(connection.channel, target, options) : undefined;
  if (trouble === undefined) return { kind: "open", connection };
  await connection.close();
  return { kind: "failed", trouble };
}

type Greeting =
  | { readonly kind: "open"; readonly uid: number }
  | { readonly kind: "no-ssh"; readonly because: string }
  | { readonly kind: "too-slow" }
  | { readonly kind: "ended"; readonly stderr: string };

function greet(child: ChildProcess, limitMs: number): Promise<Greeting> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    // The first answer counts; a promise resolves once.
    AbortSignal.timeout(limitMs).addEventListener("abort", () => resolve({ kind: "too-slow" }));
    child.on("error", (error) => resolve({ kind: "no-ssh", because: error.message }));
    child.on("close", () => resolve({ kind: "ended", stderr }));
    const complain = (chunk: Buffer): void => {
      stderr = (stderr + chunk.toString("utf8")).slice(-wordsMax);
    };
    const hear = (chunk: Buffer): void => {
      stdout = (stdout + chunk.toString("utf8")).slice(-wordsMax);
      const ready = /(\d+)\r?\ndrydock-ready\r?\n/.exec(stdout);
      if (ready === null) return;
      child.stdout?.off("data", hear);
      child.stderr?.off("data", complain);
      resolve({ kind: "open", uid: Number(ready[1]) });
    };
    child.stderr?.on("data", complain);
    child.stdout?.on("data", hear);
  });
}

function explain(
  greeting: Exclude<Greeting, { kind: "open" }>,
  target: SshTarget,
  options: SshOptions,
): ConnectionTrouble {
  switch (greeting.kind) {
    case "ended":
      return explainSshFailure(greeting.stderr, target, options);
    case "no-ssh":
      return {
        kind: "other",
        message: `${showTarget(target)}: ssh could not be started here: ${greeting.because}`,
        remedy: "Install the OpenSSH client on this machine (openssh-client).",
      };
    case "too-slow":
      return {
        kind: "timed-out",
        message: `${showTarget(target)}: the connection stands, and the login did not end in time`,
        remedy: `Log in by hand and see what ${target.name} waits for (PAM, DNS, a full disk).`,
      };
  }
}

function connectionOf(child: ChildProcess, controlPath: string, sudo: boolean): Connection {
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once("exit", () => resolve());
  });
  return {
    controlPath,
    sudo,
    channel: channelOf(child),
    alive: () => child.exitCode === null && child.signalCode === null,
    close: async () => {
      // Not the end of the pipe, after which ssh waits for a command that hangs; and not SIGTERM,
      // which OpenSSH 9.2 now and then notices only with its next keep-alive, 5 s later.
      child.kill("SIGKILL");
      await ended;
      await rm(controlPath, { force: true });
    },
  };
}
