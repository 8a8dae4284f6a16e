/**
 * One `up`, `down` or `reset` at a time, and none while tests use the rig. Bridge, addresses and
 * control groups are the machine's, and so are these marks; that of a process which is gone counts
 * for nothing.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RigError } from "./command.ts";

const machineFolder = "/run";
const waitForIt = "wait for it, or end it first";

/** Held until this process ends. What the tests themselves call is let through. */
export function takeLock(folder = machineFolder): void {
  const lock = join(folder, "drydock-rig.lock");
  const owner = writerOf(lock);
  if (owner !== undefined) {
    throw new RigError(`process ${owner} is changing the rig now: ${waitForIt}`);
  }
  const user = writerOf(usedFile(folder));
  if (user !== undefined && !isAbove(user)) throw new RigError(inUse(user));
  mark(lock);
}

/** The rig is this process's, and of those that it starts, until it ends. */
export function useRig(folder = machineFolder): void {
  const user = writerOf(usedFile(folder));
  if (user !== undefined) throw new RigError(inUse(user));
  mark(usedFile(folder));
}

function usedFile(folder: string): string {
  return join(folder, "drydock-rig.used");
}

function inUse(pid: number): string {
  return `process ${pid} is testing with the rig now: ${waitForIt}`;
}

function mark(file: string): void {
  const text = `${process.pid} ${stat(process.pid)?.born}\n`;
  try {
    rmSync(file, { force: true });
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw new RigError(`${file} cannot be written: ${error}\nThe rig needs root.`, {
      cause: error,
    });
  }
  process.on("exit", () => rmSync(file, { force: true }));
}

/** Another process that has written the mark, and is alive: its number may have been given anew. */
function writerOf(file: string): number | undefined {
  const [pid = "", born = ""] = (textOf(file) ?? "").trim().split(" ");
  const lives = stat(Number(pid))?.born === born;
  return lives && Number(pid) !== process.pid ? Number(pid) : undefined;
}

function isAbove(pid: number): boolean {
  for (let one = process.ppid; one > 0; one = stat(one)?.parent ?? 0) if (one === pid) return true;
  return false;
}

/** `born`: when it began, in ticks since the machine's start. Undefined once it has ended. */
function stat(pid: number): { readonly parent: number; readonly born: string } | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets, and may hold anything.
  const fields = text.replace(/^.*\) /s, "").split(" ");
  const [state = "", parent = "", born = ""] = [fields[0], fields[1], fields[19]];
  return state === "Z" || state === "X" ? undefined : { parent: Number(parent), born };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
