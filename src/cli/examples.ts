// The examples under a command's help.

export function examples(command: string, rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([words, what]) => {
    const line = ["drydock", command, words].filter((word) => word !== "").join(" ");
    return `  ${line.padEnd(58)} ${what}`;
  });
  return `\nExamples:\n${lines.join("\n")}\n`;
}
