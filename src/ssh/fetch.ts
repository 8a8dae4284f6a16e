// Copies a file from a host into the window's folder: streamed, hashed on both sides, synced, and
// given its name only when both hashes agree. An existing file is never replaced.

import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, open, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Command, Fetch } from "../core/command.ts";
import { invariant } from "../core/invariant.ts";
import type { Outcome } from "../core/outcome.ts";
import { beginMark } from "./remote.ts";

/** Given the number of the call, takes its stdout chunk by chunk. */
export type TakeChunk = (call: number) => (chunk: Buffer) => Promise<void>;
export type Stream = (command: Command, take: TakeChunk) => Promise<Outcome>;

// The hash comes after the file, on stderr, from the very host that holds the file.
const script = `cat -- "$1" && sha256sum <"$1" >&2`;

/** `exited` 0 with the hash as stdout, or 1 with what went wrong here or there as stderr. */
export async function fetchFile(
  stream: Stream,
  fetch: Fetch,
  folder: string | undefined,
): Promise<Outcome> {
  invariant(basename(fetch.as) === fetch.as, `a file is fetched as "${fetch.as}"`);
  if (folder === undefined) return no(`there is no folder here yet to copy ${fetch.path} to`);
  const target = join(folder, fetch.as);
  const part = `${target}.part`;
  try {
    await rm(part, { force: true });
    const file = await open(part, "wx", 0o600);
    const received = await receive(stream, fetch, file).finally(() => file.close());
    if (received.kind !== "received") return received.outcome;
    return await settle(part, target, received.sha256);
  } catch (error) {
    // Only this machine's own files are touched in here: no space, no permission.
    return no(`${target}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(part, { force: true });
  }
}

type Received =
  | { readonly kind: "received"; readonly sha256: string }
  | { readonly kind: "not"; readonly outcome: Outcome };

async function receive(stream: Stream, fetch: Fetch, file: FileHandle): Promise<Received> {
  let hash = createHash("sha256");
  const argv = ["sh", "-c", script, "drydock-fetch", fetch.path] as const;
  const take = (call: number): ((chunk: Buffer) => Promise<void>) => {
    hash = createHash("sha256");
    return bodyWriter(call, file, hash);
  };
  const outcome = await stream({ argv, timeoutMs: fetch.timeoutMs }, take);
  if (outcome.kind !== "exited" || outcome.code !== 0) return { kind: "not", outcome };
  const here = hash.digest("hex");
  const there = /\b([0-9a-f]{64})\b/.exec(outcome.stderr)?.[1] ?? "no hash";
  if (here !== there) {
    const said = `${fetch.path} has SHA-256 ${there} on the host and ${here} here; not kept`;
    return { kind: "not", outcome: no(said) };
  }
  await file.sync();
  return { kind: "received", sha256: here };
}

/** Leaves out what comes before the first mark, such as the words of a .bashrc. */
function bodyWriter(call: number, file: FileHandle, hash: Hash): (chunk: Buffer) => Promise<void> {
  const mark = beginMark(call);
  let before: Buffer | undefined = Buffer.alloc(0);
  const write = async (body: Buffer): Promise<void> => {
    hash.update(body);
    await file.writeFile(body);
  };
  return async (chunk) => {
    if (before === undefined) return write(chunk);
    before = Buffer.concat([before, chunk]);
    const at = before.indexOf(mark);
    if (at < 0) return;
    const body = before.subarray(at + mark.length);
    before = undefined;
    await write(body);
  };
}

async function settle(part: string, target: string, sha256: string): Promise<Outcome> {
  const named = await nameIt(part, target);
  if (!named && (await hashOf(target)) !== sha256) {
    return no(`${target} exists already with other content; it was left as it is`);
  }
  await syncFolder(join(target, ".."));
  return { kind: "exited", code: 0, stdout: `${sha256}\n`, stderr: "" };
}

/** True when `part` got the name; false when the name was taken. */
async function nameIt(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
  }
  // A file system without links. The window's claim keeps other processes out of this folder.
  const taken = await stat(target).then(() => true, isMissing);
  if (!taken) await rename(part, target);
  return !taken;
}

function isMissing(error: unknown): false {
  if (codeOf(error) === "ENOENT") return false;
  throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

function no(said: string): Outcome {
  return { kind: "exited", code: 1, stdout: "", stderr: said };
}
