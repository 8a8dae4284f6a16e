// The guide's own cat, cp and mv; mv -n and touch -c as pausing what acts by itself calls them.

import { fileAt, freeBytesFor, realPath, removeFile, renameFile, writeFile } from "../files.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";

export async function cat(call: Call): Promise<Answer> {
  await takes(call, 10);
  const [path = ""] = paths(call);
  const file = fileAt(call.host, path);
  if (file === undefined) return failed(1, `cat: ${path}: No such file or directory`);
  return said(file.content);
}

/** With -i and nobody to ask, an existing file is left as it is, and the exit code is 0. */
export async function copy(call: Call): Promise<Answer> {
  await takes(call, 10);
  const [from = "", to = ""] = paths(call);
  const source = fileAt(call.host, from);
  const [program = ""] = call.argv;
  if (source === undefined) return missing(program, from);
  if (asks(call) && fileAt(call.host, to) !== undefined) {
    return { code: 0, stdout: "", stderr: `${program}: overwrite '${to}'? ` };
  }
  const { content, mode } = source;
  // A rename needs no room.
  const needsRoom = program === "cp" ? content.length : 0;
  const isFull = freeBytesFor(call.host, to.replace(/\/[^/]*$/, "")) < needsRoom;
  writeFile(call.site, call.host, to, { content: isFull ? "" : content, mode }, call.by);
  return isFull
    ? failed(1, `${program}: error writing '${to}': No space left on device`)
    : said("");
}

export async function move(call: Call): Promise<Answer> {
  if (call.argv.includes("-n")) return moveOnly(call);
  const copied = await copy(call);
  const [from = "", to = ""] = paths(call);
  const same = fileAt(call.host, from)?.content === fileAt(call.host, to)?.content;
  if (copied.code !== 0 || !same) return copied;
  removeFile(call.site, call.host, from, call.by);
  const tells = call.argv.some((word) => /^-[a-z]*v/.test(word));
  return tells ? said(`renamed '${from}' -> '${to}'\n`) : copied;
}

/**
 * A rename in one folder; with a file of that name there nothing happens, and the exit code is 0.
 */
async function moveOnly(call: Call): Promise<Answer> {
  await takes(call, 10);
  const [from = "", to = ""] = paths(call);
  if (fileAt(call.host, from) === undefined) return missing("mv", from);
  if (fileAt(call.host, to) === undefined) renameFile(call.site, call.host, from, to, call.by);
  return said("");
}

/** With -c a file that is not there is not made. */
export async function touch(call: Call): Promise<Answer> {
  await takes(call, 10);
  for (const path of paths(call)) {
    const file = fileAt(call.host, path);
    if (file === undefined && call.argv.includes("-c")) continue;
    writeFile(call.site, call.host, path, { content: file?.content ?? "" }, call.by);
  }
  return said("");
}

/** Whether each of two names of a file is there: in place, and aside. */
export async function cronFiles(call: Call): Promise<Answer> {
  await takes(call, 20);
  const names = call.argv.slice(4);
  const there = names.map((path) => (fileAt(call.host, path) === undefined ? "no" : "yes"));
  const lines = there.flatMap((one, at) => (at % 2 === 0 ? [`${one} ${there[at + 1]}\n`] : []));
  return said(lines.join(""));
}

function paths({ argv, host }: Call): readonly string[] {
  return argv
    .slice(1)
    .filter((word) => !word.startsWith("-"))
    .map((path) => realPath(host, path));
}

function asks({ argv }: Call): boolean {
  return argv.some((word) => /^-[a-z]*i/.test(word));
}

function missing(program: string, path: string): Answer {
  return failed(1, `${program}: cannot stat '${path}': No such file or directory`);
}
