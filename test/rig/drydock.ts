// The built program as an operator runs it: a process of its own, against the rig, over ssh.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { inventory, sshConfig } from "./cluster.ts";

/** setup.ts has made it, and removes it at the end. */
const folder = process.env.DRYDOCK_RIGTEST_FOLDER ?? "";
const program = join(folder, "program/drydock.js");

/** A new folder, which is there until all tests are over. */
export function testFolder(name: string): string {
  return mkdtempSync(join(folder, `${name}-`));
}

/** An event of --json, with the fields that the tests read. */
export interface Event {
  readonly kind: string;
  readonly key?: string;
  readonly act?: string;
  readonly because?: string;
  readonly [more: string]: unknown;
}

export interface Ran {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Event[];
}

export interface Running {
  readonly child: ChildProcess;
}

/** A state folder of its own: an operator's machine that has not seen this cluster. */
export function freshState(): string {
  return testFolder("state");
}

/** `onEvent` sees each event as it is printed, while the program goes on. */
export function drydock(
  state: string,
  words: readonly string[],
  onEvent: (event: Event, running: Running) => void = () => undefined,
): Promise<Ran> {
  const own = words.indexOf("--");
  const [before, after] = own < 0 ? [words, []] : [words.slice(0, own), words.slice(own)];
  const where = ["--inventory", inventory, "--ssh-config", sshConfig, "--state", state];
  const given = [...before, ...where, ...gentle(before)];
  const child = spawn(process.execPath, [program, ...given, ...after], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that is given up leaves none at work, which would change the cluster under the next one.
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  let seen = 0;
  const events: Event[] = [];
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    const whole = stdout.lastIndexOf("\n") + 1;
    for (const line of stdout.slice(seen, whole).split("\n")) {
      const event = parseEvent(line);
      if (event === undefined) continue;
      events.push(event);
      onEvent(event, { child });
    }
    seen = Math.max(seen, whole);
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr, events }));
  });
}

/**
 * Nobody outside this machine is asked. Where no chain is given either, a provider that is back is
 * not watched, and the inventory is left out: a restarted operator is given two minutes each time.
 */
function gentle(words: readonly string[]): readonly string[] {
  const [command = "", verb = ""] = words;
  const starts = ["run", "plan", "hold", "rehearse"].includes(command) || verb === "start";
  if (!starts) return [];
  if (words.includes("--chain")) return words.includes("--watch") ? [] : ["--watch", "5"];
  return ["--no-chain", "--skip", "inventory", "--watch", "0"];
}

function parseEvent(line: string): Event | undefined {
  if (!line.startsWith('{"kind"') && !line.startsWith('{"at"')) return undefined;
  const value: unknown = JSON.parse(line);
  return value as Event;
}
