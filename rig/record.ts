/** `rig record`: runs the recordings over ssh on the running cluster and writes transcripts. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustOnNode, onNode } from "./cluster/ssh.ts";
import { type Ran, RigError } from "./command.ts";
import { kernelVersion } from "./kernel.ts";
import { say } from "./progress.ts";
import { type Recording, recordings } from "./recordings.ts";
import { nodeNamed, type Settings } from "./settings.ts";
import { shellLine } from "./shell-line.ts";

export interface RecordOptions {
  readonly into: string;
  /** Only those whose "program/name" contains it. */
  readonly only: string;
}

const commandTimeoutMs = 60_000;

/** How each program tells its version; those that are not here are Debian's. */
const versionCommands: Readonly<Record<string, string>> = {
  kubeadm: "kubeadm version -o short",
  kubectl: "kubectl version --client -o yaml | sed -n 's/.*gitVersion: //p'",
  crictl: "crictl --version",
  etcdctl: "etcdctl version | sed -n 's/etcdctl version: //p'",
  systemctl: "systemctl --version | head -1",
  curl: "curl --version | head -1",
  stat: "stat --version | head -1",
  openssl: "openssl version",
  df: "df --version | head -1",
  tar: "tar --version | head -1",
  mv: "mv --version | head -1",
  cp: "cp --version | head -1",
  touch: "touch --version | head -1",
};

export async function record(settings: Settings, options: RecordOptions): Promise<void> {
  const chosen = recordings.filter((one) => `${one.program}/${one.name}`.includes(options.only));
  const machine = await machineFacts(settings);
  const versions = new Map<string, string>();
  for (const recording of chosen) {
    const version = versions.get(recording.program) ?? (await versionOf(settings, recording));
    versions.set(recording.program, version);
    const ran = await recorded(settings, recording);
    refuseSecrets(recording, ran);
    await write(options.into, recording, { ran, version, recordedOn: machine });
  }
}

async function recorded(settings: Settings, recording: Recording): Promise<Ran> {
  await prepare(settings, recording.before);
  try {
    const script = shellLine(recording.argv, recording.environment ?? {});
    const node = nodeNamed(settings, recording.node ?? "node1");
    return await onNode(settings, node, script, {
      timeoutMs: recording.timeoutMs ?? commandTimeoutMs,
    });
  } finally {
    await prepare(settings, recording.after);
  }
}

/** One node after the other, in the order in which they are named. */
async function prepare(settings: Settings, state: Recording["before"]): Promise<void> {
  for (const { node, script } of [state ?? []].flat()) {
    await mustOnNode(settings, nodeNamed(settings, node), script, { timeoutMs: commandTimeoutMs });
  }
}

const secrets = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /client-key-data/,
  /\beyJhbGciOi[\w-]+\.[\w-]+\.[\w-]+/,
  /"kind": "Secret"/,
];

/** Transcripts are committed: what looks like a secret is an error, not something to cut out. */
export function refuseSecrets(recording: Recording, ran: Ran): void {
  const found = secrets.find((secret) => secret.test(ran.stdout) || secret.test(ran.stderr));
  if (found === undefined) return;
  const name = `${recording.program}/${recording.name}`;
  throw new RigError(`${name}: its output matches ${found}; record something else`);
}

interface Facts {
  readonly ran: Ran;
  readonly version: string;
  readonly recordedOn: object;
}

async function write(into: string, recording: Recording, facts: Facts): Promise<void> {
  const { ran } = facts;
  const transcript = {
    program: recording.program,
    version: facts.version,
    state: recording.state,
    node: recording.node ?? "node1",
    environment: recording.environment ?? {},
    argv: recording.argv,
    code: ran.code,
    stdout: ran.stdout,
    stderr: ran.stderr,
    recordedOn: facts.recordedOn,
  };
  const dir = join(into, recording.program);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, `${recording.name}.json`), `${JSON.stringify(transcript, null, 2)}\n`);
  say(`${recording.program}/${recording.name}: exit ${ran.code}, ${ran.stdout.length} characters`);
}

async function versionOf(settings: Settings, recording: Recording): Promise<string> {
  const ask = versionCommands[recording.program];
  if (ask === undefined) return "";
  const ran = await onNode(settings, nodeNamed(settings, "node1"), ask, { timeoutMs: 15_000 });
  return ran.stdout.trim();
}

async function machineFacts(settings: Settings): Promise<object> {
  const ask =
    ". /etc/os-release; echo $PRETTY_NAME; uname -r; containerd --version | cut -d' ' -f3";
  const said = await mustOnNode(settings, nodeNamed(settings, "node1"), ask, { timeoutMs: 15_000 });
  const [os = "", release = "", containerd = ""] = said.trim().split("\n");
  const { kubernetes, etcd } = settings;
  const date = new Date().toISOString().slice(0, 10);
  return { date, os, kernel: kernelVersion(release), kubernetes, etcd, containerd };
}
