// A real sshd on the loopback interface, as the current user, for the tests of this folder.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { makeControlFolder } from "./folder.ts";
import type { SshOptions, SshTarget } from "./target.ts";

export interface LoopbackSshd {
  readonly target: SshTarget;
  readonly options: SshOptions;
  /** Keys, configuration and files of this one; gone after stop. */
  readonly folder: string;
  /** Ends every process that serves a connection, and the listener with `all`. */
  kill(which: "connections" | "all"): Promise<void>;
  /** How many processes serve a connection now. */
  serving(): Promise<number>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"].find((path) =>
  existsSync(path),
);

/** Why the tests over a real sshd are left out; undefined when they can run. */
export const noSshd = sshd === undefined ? "no sshd found (install openssh-server)" : undefined;

/** `settings` are lines of sshd_config. */
export async function startSshd(settings: readonly string[] = []): Promise<LoopbackSshd> {
  const folder = await mkdtemp(join(tmpdir(), "drydock-sshd-"));
  const controlFolder = await makeControlFolder();
  const port = await freePort();
  await makeKeys(folder, port, settings);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    // What Debian's unit does before it starts sshd as root.
    if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const args = ["-D", "-e", "-f", join(folder, "sshd_config")];
    child = spawn(sshd ?? "sshd", args, { stdio: ["ignore", "ignore", "pipe"] });
    await listening(child);
  };
  const kill = async (which: "connections" | "all"): Promise<void> => {
    const pid = child?.pid;
    if (pid === undefined) return;
    for (const served of await descendants(pid)) killOne(served);
    if (which === "all") await endOf(child);
  };
  await start();
  return {
    // Whoever runs the tests: only what is about sudo uses one, of its own.
    target: {
      ...{ name: "node1", address: "127.0.0.1", port },
      ...{ user: userInfo().username, becomeSudo: false },
    },
    options: { configFile: join(folder, "ssh_config"), controlFolder, connectTimeoutSeconds: 3 },
    folder,
    kill,
    serving: async () => (child?.pid === undefined ? 0 : (await descendants(child.pid)).length),
    start,
    stop: async () => {
      await kill("all");
      await rm(folder, { recursive: true, force: true });
      await rm(controlFolder, { recursive: true, force: true });
    },
  };
}

// A constant, since the search for unused packages takes a literal for a missing dependency.
const keygen: string = "ssh-keygen";

async function makeKeys(folder: string, port: number, settings: readonly string[]): Promise<void> {
  for (const name of ["host_key", "user_key"]) {
    execFileSync(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const hostKey = await readFile(join(folder, "host_key.pub"), "utf8");
  await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
  await writeFile(
    join(folder, "sshd_config"),
    [
      ...settings,
      // bash reads .bashrc for sshd only at the first shell level; what is in this user's must not
      // decide how long the tests take.
      ...(settings.some((line) => line.startsWith("SetEnv")) ? [] : ["SetEnv SHLVL=1"]),
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(folder, "host_key")}`,
      `AuthorizedKeysFile ${join(folder, "user_key.pub")}`,
      "PidFile none",
      "StrictModes no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "",
    ].join("\n"),
  );
  await writeFile(
    join(folder, "ssh_config"),
    [
      `IdentityFile ${join(folder, "user_key")}`,
      "IdentitiesOnly yes",
      `UserKnownHostsFile ${join(folder, "known_hosts")}`,
      "GlobalKnownHostsFile /dev/null",
      "",
    ].join("\n"),
  );
  await chmod(join(folder, "ssh_config"), 0o600);
}

/** An ssh_config like that of `sshd`, with `change` at its beginning, where it wins. */
export async function otherConfig(sshd: LoopbackSshd, change: string): Promise<SshOptions> {
  const configFile = join(sshd.folder, `ssh_config_${change.replace(/\W+/g, "_").slice(-40)}`);
  await writeFile(configFile, `${change}\n`, { mode: 0o600 });
  await appendFile(configFile, await readFile(join(sshd.folder, "ssh_config")));
  return { ...sshd.options, configFile };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      if (said.includes("Server listening on")) resolve();
    });
    child.once("exit", () => reject(new Error(`sshd ended: ${said}`)));
  });
}

async function endOf(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** The sshd processes under `pid`, not the commands that they run. */
async function descendants(pid: number): Promise<readonly number[]> {
  const file = `/proc/${pid}/task/${pid}/children`;
  const text = await readFile(file, "utf8").catch(() => "");
  const below: number[] = [];
  for (const child of text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number)) {
    const name = await readFile(`/proc/${child}/comm`, "utf8").catch(() => "");
    if (name.startsWith("sshd")) below.push(child, ...(await descendants(child)));
  }
  return below;
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in between.
  }
}
