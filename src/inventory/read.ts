// Reads an inventory from a file or from a command's output, whichever of the three formats it is.

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { quote } from "../core/command.ts";
import { inventoryOption } from "./ask-ansible.ts";
import { ConfigError } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { readIni } from "./ini.ts";
import { type Inventory, workOut } from "./inventory.ts";
import { readListJson } from "./list-json.ts";
import { readYaml } from "./yaml.ts";

const commandTimeoutMs = 120_000;
const commandOutputBytesMax = 64 * 1024 * 1024;

/** `shown` is how the operator named the file; `path` is where it is. */
export async function readInventoryFile(path: string, shown: string): Promise<Inventory> {
  const text = await readText(path, shown);
  if (text.trim() === "") {
    const remedy = "Give the inventory with which kubespray installed the cluster.";
    throw new ConfigError({ file: shown }, "the inventory is empty", remedy);
  }
  if (text.startsWith("#!")) {
    const remedy = `Let Ansible run it: ${inventoryOption(shown)}`;
    throw new ConfigError({ file: shown }, "this is a program and no inventory", remedy);
  }
  return workOut(draftOf(text, shown), await variableFolders(path));
}

/** Those beside the file. */
async function variableFolders(path: string): Promise<readonly string[]> {
  const beside = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  return beside
    .filter((one) => !one.isFile() && /^(group|host)_vars$/.test(one.name))
    .map(({ name }) => name)
    .sort();
}

/** Runs a command line with `sh -c` and reads the JSON that it prints. */
export async function readInventoryCommand(command: string, cwd: string): Promise<Inventory> {
  const place = { file: command };
  const limits = { timeout: commandTimeoutMs, maxBuffer: commandOutputBytesMax, cwd };
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)("sh", ["-c", command], limits));
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const last = said.split("\n").at(-1) || (error instanceof Error ? error.message : "");
    const remedy = "Run it by hand until it prints JSON, then try again.";
    throw new ConfigError(place, `the inventory command did not work: ${last}`, remedy, error);
  }
  return workOut(readListJson(stdout, command, "command"));
}

function draftOf(text: string, shown: string): Draft {
  if (/^\s*\{/.test(text)) return readListJson(text, shown, "file");
  if (/\.ya?ml$/i.test(shown)) return readYaml(text, shown);
  if (/\.ini$/i.test(shown)) return readIni(text, shown);
  const first = text.split("\n").find((line) => !/^\s*([#;].*)?$/.test(line)) ?? "";
  return /^(---|["'\w-]+:\s*$)/.test(first) ? readYaml(text, shown) : readIni(text, shown);
}

/** `missing` is the remedy when the file is not there; of an inventory it is known. */
export async function readText(path: string, shown: string, missing?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT") {
      throw new ConfigError({ file: shown }, "there is no such file", missing ?? usual, error);
    }
    if (code === "EISDIR") {
      const remedy = missing ?? (await insteadOfFolder(path, shown));
      throw new ConfigError({ file: shown }, "this is a folder", remedy, error);
    }
    const because = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError({ file: shown }, because, "Mend its permissions.", error);
  }
}

const usual = "Correct the path; kubespray keeps it as inventory/NAME/inventory.ini or hosts.yaml.";

async function insteadOfFolder(path: string, shown: string): Promise<string> {
  const inside = (await readdir(path).catch(() => [])).filter((name) =>
    /^(inventory\.ini|hosts|hosts\.(ini|ya?ml)|inventory\.ya?ml)$/.test(name),
  );
  const folder = shown.replace(/\/+$/, "");
  return inside.length > 0
    ? `Give the file in it: ${inside.map((name) => quote(`${folder}/${name}`)).join(" or ")}`
    : `Let Ansible read it: ${inventoryOption(folder)}`;
}
