/**
 * Programs that do the same for all hosts, timed in turn; each must have got its answer from every
 * host.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ran, RigError, run } from "../../rig/command.ts";
import { say } from "../../rig/progress.ts";
import { median } from "../measure.ts";

export interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
  /** From how many hosts the output holds an answer. */
  readonly answered: (ran: Ran) => number;
}

export interface Standing {
  readonly name: string;
  readonly ms: number;
  readonly times: readonly number[];
}

const contenderTimeoutMs = 400_000;

/** `rounds` of all contenders in turn; every one connects anew each time. */
export async function contest(
  contenders: readonly Contender[],
  on: { readonly hosts: number; readonly rounds: number },
): Promise<readonly Standing[]> {
  const times = contenders.map((): number[] => []);
  for (let round = 1; round <= on.rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const ms = await timed(contender, on.hosts);
      times[index]?.push(ms);
      say(`round ${round}: ${contender.name}: ${Math.round(ms)} ms`);
    }
  }
  return contenders.map(({ name }, index) => {
    const mine = times[index] ?? [];
    return { name, ms: median(mine), times: mine };
  });
}

async function timed({ name, argv, answered }: Contender, hosts: number): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), "dd-b-"));
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LC_ALL: "C.UTF-8",
    ANSIBLE_CONFIG: join(scratch, "ansible.cfg"),
    ANSIBLE_LOCAL_TEMP: join(scratch, "tmp"),
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(scratch, "cp"),
  };
  // Its defaults, whatever this user's own configuration says.
  await writeFile(join(scratch, "ansible.cfg"), "");
  const startedAt = performance.now();
  const ran = await run(argv, { timeoutMs: contenderTimeoutMs, environment });
  const ms = performance.now() - startedAt;
  await closeConnections(join(scratch, "cp"));
  await rm(scratch, { recursive: true, force: true });
  const count = answered(ran);
  if (count === hosts) return ms;
  const said = `${ran.stderr}\n${ran.stdout}`.trim().slice(-1500);
  throw new RigError(`${name}: ${count} of ${hosts} hosts answered, exit ${ran.code}\n${said}`);
}

/**
 * ansible leaves its shared connections open for a minute: they would help or burden the next one.
 */
async function closeConnections(folder: string): Promise<void> {
  const sockets = await readdir(folder).catch(() => []);
  for (const socket of sockets) {
    const path = join(folder, socket);
    await run(["ssh", "-o", `ControlPath=${path}`, "-O", "exit", "any"], { timeoutMs: 5000 });
  }
}

export interface Where {
  readonly inventory: string;
  readonly sshConfig: string;
}

export function ansible(
  { inventory, sshConfig }: Where,
  remote: string,
  forks?: number,
): Contender["argv"] {
  const how = ["-i", inventory, "--ssh-common-args", `-F ${sshConfig}`];
  const many = forks === undefined ? [] : ["-f", String(forks)];
  return ["ansible", "all", ...how, ...many, "-m", "raw", "-a", remote];
}

export function ansibleAnswered({ stdout }: Ran): number {
  return stdout.match(/ \| CHANGED \| rc=0 /g)?.length ?? 0;
}

export const answerMark = "drydock-bench-answered";

/** `for node in …; do ssh node …; done` */
export function shellLoop(
  { sshConfig }: Where,
  names: readonly string[],
  remote: string,
): Contender["argv"] {
  const quoted = remote.replaceAll("'", `'\\''`);
  const each = `ssh -F '${sshConfig}' "$node" '${quoted}' </dev/null && echo ${answerMark}`;
  return ["sh", "-c", `for node in ${names.join(" ")}; do ${each}; done`];
}

export function loopAnswered({ stdout }: Ran): number {
  return stdout.split("\n").filter((line) => line === answerMark).length;
}

export function drydockCerts({ inventory, sshConfig }: Where, script: string): Contender["argv"] {
  const where = ["--inventory", inventory, "--ssh-config", sshConfig];
  return [process.execPath, script, "certs", ...where, "--json"];
}
