// A simulated Host: the same argv, the same three kinds of outcome, and whatever may befall a
// command.

import { type Command, type Fetch, showCommand } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Host } from "../core/world.ts";
import type { Desk } from "./desk.ts";
import { fileAt } from "./files.ts";
import { hostNamed } from "./model.ts";
import { type Answer, Ended } from "./programs/call.ts";
import { run } from "./programs/run.ts";
import type { Site } from "./site.ts";
import { faultOfSend, kill, mustLive, type Tool } from "./tool.ts";
import type { Fence } from "./transition.ts";

export interface Acting {
  readonly site: Site;
  readonly desk: Desk;
  readonly tool: Tool;
}

/**
 * A change that hangs comes to life again so long after it was given up; what only looks never
 * answers.
 */
const stallsLongerMs = 60_000;
/** How long after sending a command the tool is killed, when it is killed meanwhile. */
const killedAfterMs = 20;
const connectMs = 5000;

export function hostOf(acting: Acting, name: string): Host {
  return {
    name,
    run: (command) => runOn(acting, name, command),
    fetch: (fetch) => fetchFrom(acting, name, fetch),
  };
}

/**
 * Node starts no ssh with a limit that is no whole number of milliseconds. ssh/ rounds it up; here
 * it is refused, so that whoever makes one is found.
 */
function startable({ timeoutMs }: Command | Fetch): boolean {
  return Number.isInteger(timeoutMs);
}

const notStarted: Outcome = {
  kind: "not-sent",
  because: 'ssh could not be started: The value of "timeout" is out of range',
};

async function runOn(acting: Acting, name: string, command: Command): Promise<Outcome> {
  const { site, tool } = acting;
  mustLive(tool);
  if (!startable(command)) return notStarted;
  const fault = faultOfSend(tool, command);
  const early = await beforeSending(acting, name, fault?.what);
  mustLive(tool);
  if (early !== undefined) return early;
  const fence = fenceOf(command);
  // A fenced `true` only waits for what still runs; it changes nothing.
  const reads = "reads" in command || command.argv.at(-1) === "true";
  site.see({
    kind: "command",
    host: name,
    shown: showCommand(command),
    reads,
    fence,
    window: tool.window,
  });
  const host = hostNamed(site.model, name);
  // The fence itself tells the program behind it that it was let through.
  const by = { who: "drydock", host: name, fence: undefined } as const;
  const { argv, timeoutMs } = command;
  const hangs = fault?.what === "hangs";
  const stalls = hangs ? { stallsMs: timeoutMs + stallsLongerMs } : {};
  const runs = outliving(run({ site, host, argv, by, boot: host.boots, ...stalls }));
  const work = hangs && reads ? new Promise<never>(() => undefined) : runs;
  if (fault?.what === "killed") {
    await site.clock.wait(killedAfterMs);
    kill(tool);
  }
  const answer = await site.clock.within(command.timeoutMs, work, undefined);
  mustLive(tool);
  if (fault?.what === "answer-lost" || answer === "ended") return lost(name);
  if (answer === undefined) {
    return { kind: "unknown", because: `no answer within ${timeoutMs / 1000} s` };
  }
  site.see({ kind: "answered", host: name, text: answer.stdout + answer.stderr });
  return { kind: "exited", ...answer };
}

/** `ended` when the machine went down meanwhile. */
function outliving(work: Promise<Answer>): Promise<Answer | "ended"> {
  return work.catch((error: unknown) => {
    if (error instanceof Ended) return "ended";
    throw error;
  });
}

async function beforeSending(
  { site }: Acting,
  name: string,
  fault: string | undefined,
): Promise<Outcome | undefined> {
  if (fault === "not-sent" || !hostNamed(site.model, name).reachable) {
    await site.clock.wait(connectMs);
    return { kind: "not-sent", because: `connect to host ${name} port 22: Connection timed out` };
  }
  if (fault !== "never-arrives" && fault !== "refused") return undefined;
  await site.clock.wait(100);
  return fault === "refused" ? no("etcdserver: request timed out") : lost(name);
}

function lost(name: string): Outcome {
  return { kind: "unknown", because: `the connection to ${name} was closed` };
}

function fenceOf(command: Command): Fence | undefined {
  const [, , , script, , token = ""] = command.argv;
  if (script !== "drydock-fence") return undefined;
  const [window = "", epoch = ""] = token.split(" ");
  return { window, epoch: Number(epoch) };
}

/** A file that is here already with other content is left as it is. */
async function fetchFrom(acting: Acting, name: string, fetch: Fetch): Promise<Outcome> {
  const { site, tool } = acting;
  mustLive(tool);
  if (!startable(fetch)) return notStarted;
  const fault = faultOfSend(tool, undefined);
  const early = await beforeSending(acting, name, fault?.what);
  mustLive(tool);
  if (early !== undefined) return early;
  const window = tool.window ?? "";
  const shown = `copy ${fetch.path} to ${fetch.as} here, comparing SHA-256`;
  site.see({ kind: "command", host: name, shown, reads: false, fence: undefined, window });
  const { boots } = hostNamed(site.model, name);
  await site.clock.wait(fault?.what === "hangs" ? fetch.timeoutMs : 80);
  if (fault?.what === "killed") kill(tool);
  mustLive(tool);
  if (fault?.what === "hangs" || hostNamed(site.model, name).boots !== boots) return lost(name);
  const outcome = store(acting, name, fetch, window);
  return fault?.what === "answer-lost" ? lost(name) : outcome;
}

function store(acting: Acting, name: string, fetch: Fetch, window: string): Outcome {
  const { site, desk } = acting;
  const file = fileAt(hostNamed(site.model, name), fetch.path);
  const folder = desk.windows.get(window);
  if (folder === undefined) return no(`there is no folder here yet to copy ${fetch.path} to`);
  if (file === undefined) return no(`cat: ${fetch.path}: No such file or directory`);
  const before = folder.files.get(fetch.as);
  if (before !== undefined && before.content !== file.content) {
    return no(`${fetch.as} exists already with other content; it was left as it is`);
  }
  if (desk.freeBytes < file.sizeBytes) return no(`${fetch.as}: ENOSPC: no space left on device`);
  const after = { ...file, mode: 0o600 };
  folder.files.set(fetch.as, after);
  site.see({ kind: "stored", window, name: fetch.as, before, after });
  return { kind: "exited", code: 0, stdout: "", stderr: "" };
}

function no(stderr: string): Outcome {
  return { kind: "exited", code: 1, stdout: "", stderr };
}
