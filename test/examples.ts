// The examples in the documentation: a block that begins with `$ drydock …` is what that command
// prints.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { tell } from "./scenarios/person.ts";

export const documents = ["README.md", "docs/examples.md"] as const;

const block = /^```console\n\$ drydock (.*)\n[\s\S]*?^```$/gm;
const pipe = / \| (head|tail) -n (\d+)$/;

/**
 * The text with every example as it is now. The commands of one document run one after the other on
 * the same simulated clusters, and nothing of them is kept.
 */
export async function withExamples(text: string): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), "drydock-examples-"));
  try {
    let result = "";
    let end = 0;
    for (const found of text.matchAll(block)) {
      const [whole, command = ""] = found;
      result += text.slice(end, found.index);
      result += `\`\`\`console\n$ drydock ${command}\n${await printed(command, state)}\`\`\``;
      end = found.index + whole.length;
    }
    return result + text.slice(end);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

async function printed(command: string, state: string): Promise<string> {
  const words = command.replace(pipe, "").split(" ");
  if (!words.includes("--simulated") && words[0] !== "demo") {
    throw new Error(`drydock ${command}: an example needs --simulated`);
  }
  const at = words.includes("--") ? words.indexOf("--") : words.length;
  const { out, both } = await tell(words.toSpliced(at, 0, "--state", state));
  const [, which, count] = pipe.exec(command) ?? [];
  // A pipe takes what is on stdout.
  const said = which === undefined ? both : out;
  const lines = stripVTControlCharacters(said.replaceAll(` --state ${state}`, ""))
    .trimEnd()
    .split("\n")
    .map((line) => `${line.trimEnd()}\n`);
  if (which === "head") return lines.slice(0, Number(count)).join("");
  return (which === "tail" ? lines.slice(-Number(count)) : lines).join("");
}
