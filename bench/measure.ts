/** Numbers of a benchmark: medians, ratios, and how they are printed. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("the median of nothing");
  return (lower + upper) / 2;
}

/** Milliseconds as seconds, with as many digits as such a measurement is worth. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 1000 ? 3 : ms < 10_000 ? 2 : 1)} s`;
}

/** `a` as a part of `b`. */
export function ratio(a: number, b: number): string {
  return b === 0 ? "–" : (a / b).toFixed(2);
}

/** A Markdown table; all columns but the first hold numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)];
}
