// What stands under a command's help, for terminals of 80 columns.

import { Help } from "@commander-js/extra-typings";

const columns = 80;

/** Each with what it is for above it. */
export function examples(command: string, rows: readonly (readonly [string, string])[]): string {
  const lines = rows.flatMap(([words, what]) => {
    const line = ["drydock", command, words].filter((word) => word !== "").join(" ");
    return [...(what === "" ? [] : [`  # ${what}`]), `  ${line}`];
  });
  return `\nExamples:\n${lines.join("\n")}\n`;
}

/** Names, and what each is, below a heading. */
export function names(heading: string, known: Readonly<Record<string, string>>): string {
  return `\n${heading}:\n${nameLines(known).join("\n")}\n`;
}

export function nameLines(known: Readonly<Record<string, string>>): readonly string[] {
  const width = Math.max(...Object.keys(known).map((name) => name.length)) + 4;
  const help = new Help();
  return Object.entries(known).flatMap(([name, what]) =>
    help
      .boxWrap(what, columns - width)
      .split("\n")
      .map((line, index) => `${(index === 0 ? `  ${name}` : "").padEnd(width)}${line}`),
  );
}
