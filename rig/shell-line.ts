/** Words as one line of a shell. */

/** One command line for the remote shell: every word quoted, the environment in front. */
export function shellLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): string {
  const set = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  return [...(set.length > 0 ? ["env", ...set] : []), ...argv.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
