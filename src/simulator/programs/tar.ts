// The archive of a node: made under another name first, mode 0600, with a list beside it. Its bytes
// are not modelled; its members are, each with the hash of what was in it.

import {
  exists,
  fileAt,
  freeBytesFor,
  pathsUnder,
  renameFile,
  sha256,
  writeFile,
} from "../files.ts";
import { clockOf, type HostModel, type StoredBytes } from "../model.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";
import { secondsText } from "./stat.ts";

interface Held {
  /** Without a leading slash. */
  readonly name: string;
  readonly sha256: string;
}

export async function archive(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const [path = "", , ...wanted] = call.argv.slice(4);
  if (exists(host, path)) {
    const aside = `${path}.${secondsText(clockOf(site.model, host))}.earlier`;
    renameFile(site, host, path, aside, by);
    renameFile(site, host, `${path}.list`, `${aside}.list`, by);
  }
  await takes(call, 90);
  if (freeBytesFor(host, "/var/backups") < 100_000) {
    const because = "\ngzip: stdout: No space left on device\ntar: Child returned status 1";
    return failed(2, `${because}\ntar: Error is not recoverable: exiting now`);
  }
  const held = membersOf(host, wanted);
  const content = JSON.stringify(held);
  const inIt = held.flatMap(({ name }) => {
    const file = host.files.get(`/${name}`);
    return file === undefined || !name.startsWith("etc/kubernetes/")
      ? []
      : [[`/${name}`, file] as const];
  });
  host.archived.set(path, new Map(inIt));
  writeFile(site, host, path, { content, mode: 0o600, form: "archive", sizeBytes: 33_000 }, by);
  const list = held.map(({ name }) => `-rw------- root/root ${name}\n`).join("");
  writeFile(site, host, `${path}.list`, { content: list, mode: 0o600 }, by);
  return said("");
}

/**
 * `tar czf FILE PATH…` as a person types it: the file is readable by all, and replaced if it is
 * there.
 */
export async function createArchive(call: Call): Promise<Answer> {
  const { site, host, by } = call;
  const [, letters = "", path = "", ...wanted] = call.argv;
  if (!/^-?czf$/.test(letters)) return failed(2, `tar: the simulator does not know tar ${letters}`);
  await takes(call, 90);
  const names = wanted.map((one) => one.replace(/^\//, ""));
  const absent = names.find((name) => membersOf(host, [name]).length === 0);
  const content = JSON.stringify(membersOf(host, names));
  writeFile(site, host, path, { content, mode: 0o644, form: "archive", sizeBytes: 33_000 }, by);
  const hasLinks = names.some((name) =>
    [...host.links.keys()].some((link) => link.startsWith(`/${name}/`)),
  );
  const removing = ["member names", ...(hasLinks ? ["hard link targets"] : [])];
  const stderr = removing.map((of) => `tar: Removing leading \`/' from ${of}\n`).join("");
  if (absent === undefined) return { code: 0, stdout: "", stderr };
  const missing = `tar: /${absent}: Cannot stat: No such file or directory\n`;
  return failed(2, `${stderr}${missing}tar: Exiting with failure status due to previous errors`);
}

/** As tar names them: folders end in a slash, and links are kept as they are. */
function membersOf(host: HostModel, wanted: readonly string[]): readonly Held[] {
  return wanted.flatMap((name) => {
    const own = fileAt(host, `/${name}`);
    if (own !== undefined) return [{ name, sha256: sha256(own.content) }];
    const files = pathsUnder(host, `/${name}`).map((path) => ({
      name: path.slice(1),
      sha256: sha256(host.files.get(path)?.content ?? ""),
    }));
    if (files.length === 0) return [];
    const links = [...host.links.keys()].filter((link) => link.startsWith(`/${name}/`));
    const folders = new Set([`${name}/`, ...files.flatMap((one) => foldersOf(one.name, name))]);
    const rest = [...folders, ...links.map((link) => link.slice(1))];
    return [...rest.map((one) => ({ name: one, sha256: "" })), ...files];
  });
}

/** Those between a file and the folder that was asked for. */
function foldersOf(file: string, below: string): readonly string[] {
  const folder = file.replace(/[^/]*$/, "");
  return folder.length <= below.length + 1
    ? []
    : [...foldersOf(folder.slice(0, -1), below), folder];
}

export async function archiveStatus(call: Call): Promise<Answer> {
  await takes(call, 60);
  const [path = ""] = call.argv.slice(4);
  const file = fileAt(call.host, path);
  if (file === undefined) return said("absent\n");
  const list = fileAt(call.host, `${path}.list`);
  const facts = `${file.sizeBytes} ${file.mode.toString(8)}\n${sha256(file.content)}  -\n`;
  if (list === undefined)
    return failed(2, `drydock-archive-status: 2: cannot open ${path}.list: No such file`, facts);
  return listMembers(file, `${facts}${sha256(list.content)}  -\n`);
}

/** One that was cut off is listed up to its end. */
function listMembers({ form, content }: StoredBytes, before: string): Answer {
  const unusable = "\ntar: Error is not recoverable: exiting now";
  if (form !== "archive") {
    const because = "\ngzip: stdin: not in gzip format\ntar: Child returned status 1";
    return failed(2, because + unusable, before);
  }
  const names = [...content.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => `${name}\n`);
  const stdout = before + names.join("");
  if (content.endsWith("]")) return said(stdout);
  const because = "\ngzip: stdin: unexpected end of file\ntar: Unexpected EOF in archive";
  return failed(2, because + unusable, stdout);
}
