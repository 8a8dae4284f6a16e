// The last words of what is refused before anything was changed.

const said = "Nothing was changed.";

/**
 * Said once and last, on a line of its own: a remedy may end with a command, and whoever copies it
 * to the line's end would run these words with it.
 */
export function andNothingChanged(remedy: string): string {
  const lines = remedy.split("\n").filter((line) => line !== "" && line !== said);
  return [...lines, said].join("\n");
}
