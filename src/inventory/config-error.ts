// Mistakes in files that people write: each names its file, its line if there is one, and a remedy.

/** Somewhere in a file, as compilers write it. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** In place of a file: options that contradict each other, or cannot be what they are. */
export const commandLine: Place = { file: "the command line" };

/** A configuration or an inventory that cannot be used. Nothing has been contacted or changed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly place: Place;
  readonly remedy: string;

  constructor(place: Place, because: string, remedy: string, cause?: unknown) {
    super(`${showPlace(place)}: ${because}`, { cause });
    this.place = place;
    this.remedy = remedy;
  }
}

export function showPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}

/** `Did you mean "kube_node"?`, or what there is to choose from. */
export function suggest(word: string, known: Iterable<string>): string {
  const names = [...known];
  const near = closest(word, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  return names.length === 0 ? "" : `Known here: ${names.slice(0, 12).join(", ")}.`;
}

/** The known name that is a slip away from `word`; undefined when none is. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");
  const ranked = known
    .map((name) => ({ name, slips: distance(plain(word), plain(name)) }))
    .sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  const slipsMax = Math.max(1, Math.floor(word.length / 4));
  return best !== undefined && best.slips <= slipsMax ? best.name : undefined;
}

/** Levenshtein's distance: letters to add, drop or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
