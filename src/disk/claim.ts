// The exclusive claim of one process on a window's folder, among the processes of this machine. The
// lock on the cluster keeps operators apart; this keeps two terminals from writing one journal.

import { link, readdir, readFile, readlink, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import { isObject } from "../core/json.ts";
import { codeOf, makeFolder, writeNew } from "./durable.ts";

export interface Claimant {
  readonly pid: number;
  /** user@machine, for people. */
  readonly holder: string;
  readonly machine: string;
}

export interface Held {
  readonly kind: "held";
  readonly by: Claimant;
  /** The file to remove when the holder is known to be gone and cannot be seen from here. */
  readonly file: string;
  readonly because: string;
  /** Its very process is seen from here, and lives. */
  readonly alive: boolean;
}

export type Claimed = { readonly kind: "claimed"; release(): Promise<void> } | Held;

interface Note extends Claimant {
  /** Tells this process from a later one with the same pid. */
  readonly born: string;
  /**
   * Of its pid: two containers may have one hostname, and none of each other's processes. "" where
   * nobody knows.
   */
  readonly namespace: string;
  readonly released: boolean;
}

// Claims are numbered, and the highest counts: it is made by link(2), which only one can win, and
// is never removed by others, so that two who find the same dead holder cannot both take its place.
// Lower ones are: whoever was slow may get a number that is free again, and looks once more.
const claimName = /^claim-(\d+)\.json$/;

// Drafts of one process have names of their own, too.
let drafts = 0;

/** Takes the claim, from nobody or from a process that is dead; names the one that is alive. */
export async function claimFolder(folder: string, me: Claimant): Promise<Claimed> {
  await makeFolder(folder);
  const mine = await noteOf(me);
  for (;;) {
    const number = await highest(folder);
    const held = await heldAt(claimFile(folder, number), mine);
    if (held !== undefined) return held;
    const next = claimFile(folder, number + 1);
    if (!(await place(next, mine))) continue;
    if ((await highest(folder)) > number + 1) {
      await rm(next, { force: true });
      continue;
    }
    await removeBelow(folder, number + 1);
    return { kind: "claimed", release: () => replace(next, { ...mine, released: true }) };
  }
}

/** Who holds the claim, as `claimFolder` would say it. Takes nothing, and writes nothing. */
export async function claimOn(folder: string, me: Claimant): Promise<Held | undefined> {
  const mine = await noteOf(me);
  for (;;) {
    // A folder that is not there is nobody's.
    const number = await highest(folder).catch(() => 0);
    const held = number === 0 ? undefined : await heldAt(claimFile(folder, number), mine);
    // Somebody else may have taken it meanwhile.
    if (held !== undefined || number === (await highest(folder).catch(() => 0))) return held;
  }
}

async function noteOf(me: Claimant): Promise<Note> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return { ...me, born: await birthOf(me.pid), namespace, released: false };
}

async function heldAt(file: string, mine: Note): Promise<Held | undefined> {
  const note = await readNote(file);
  const why = note === undefined ? undefined : await whyHeld(note, mine);
  if (note === undefined || why === undefined) return undefined;
  return { kind: "held", by: note, file, ...why };
}

async function highest(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).map((name) => Number(claimName.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

function claimFile(folder: string, number: number): string {
  return join(folder, `claim-${number}.json`);
}

/** Undefined when it says nothing that can be held against anybody: torn, or gone in between. */
async function readNote(file: string): Promise<Note | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || typeof value.pid !== "number") return undefined;
    return {
      pid: value.pid,
      holder: String(value.holder),
      machine: String(value.machine),
      born: String(value.born),
      namespace: typeof value.namespace === "string" ? value.namespace : "",
      released: value.released === true,
    };
  } catch {
    return undefined;
  }
}

async function whyHeld(
  note: Note,
  mine: Note,
): Promise<Pick<Held, "because" | "alive"> | undefined> {
  if (note.released) return undefined;
  if (note.machine !== mine.machine) {
    const place = `another machine (process ${note.pid} on ${note.machine})`;
    return { because: `${note.holder} holds it from ${place}`, alive: false };
  }
  const areTold = note.namespace !== "" && mine.namespace !== "";
  if (areTold && note.namespace !== mine.namespace) {
    const place = `another container (process ${note.pid} there, ${note.namespace})`;
    return { because: `${note.holder} holds it from ${place}`, alive: false };
  }
  const born = await birthOf(note.pid);
  if (born === "" || born !== note.born) return undefined;
  const because = `process ${note.pid} of ${note.holder} is at work on it`;
  return { because, alive: born !== someBirth };
}

/** Of a process that lives, where nobody tells which one it is. */
const someBirth = "alive";

/**
 * Boot and start time of a process, "" when there is none or it has ended. Without /proc (macOS)
 * only whether it lives can be told.
 */
async function birthOf(pid: number): Promise<string> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // The second field is the program's name, in parentheses and with anything inside.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, started] = [fields[0], fields[19]];
    // Killed, and its parent has not asked after it yet: it writes nothing any more.
    const ended = state === "Z" || state === "X";
    return ended || started === undefined ? "" : `${boot.trim()} ${started}`;
  } catch {
    return isAlive(pid) ? someBirth : "";
  }
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** Writes the note under a name of its own, then gives it the one that only one can have. */
async function place(file: string, note: Note): Promise<boolean> {
  const draft = `${file}.${note.pid}-${++drafts}`;
  await rm(draft, { force: true });
  await writeNew(draft, JSON.stringify(note));
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(file: string, note: Note): Promise<void> {
  const draft = `${file}.${note.pid}-${++drafts}`;
  await rm(draft, { force: true });
  await writeNew(draft, JSON.stringify(note));
  await rename(draft, file);
}

async function removeBelow(folder: string, number: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const found = Number(claimName.exec(name)?.[1] ?? number);
    if (found < number) await rm(join(folder, name), { force: true });
  }
}
