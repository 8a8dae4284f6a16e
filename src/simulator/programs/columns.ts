// Tables as programs print them: kubectl's and kubeadm's columns, etcdctl's boxes.

/** Columns as wide as their widest cell, three spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(rows);
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd((widths[at] ?? 0) + 3))
        .join("")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Headings centred, cells to the right. */
export function boxes(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const wrapped = rows.map((row) => row.map(wrap));
  const widths = widthsOf([headings, ...wrapped.map((row) => row.map(widthOf))]);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const centred = headings.map((one, at) => {
    const room = (widths[at] ?? 0) - one.length;
    return one.padStart(one.length + Math.floor(room / 2)).padEnd(one.length + room);
  });
  const body = wrapped.flatMap((row) => {
    const height = Math.max(...row.map((lines) => lines.length));
    return Array.from({ length: height }, (_, nth) =>
      line(row.map((lines, at) => (lines[nth] ?? "").padStart(widths[at] ?? 0))),
    );
  });
  return `${rule}${line(centred)}${rule}${body.join("")}${rule}`;
}

/** tablewriter breaks longer cells between words, and makes their column as wide as it may be. */
const cellMax = 30;

function wrap(cell: string): readonly string[] {
  if (cell.length <= cellMax) return [cell];
  const lines: string[] = [];
  for (const word of cell.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length === 0 || longer.length > cellMax) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}

function widthOf(lines: readonly string[]): string {
  const [only = ""] = lines;
  return lines.length === 1 ? only : "".padEnd(cellMax);
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const [first = []] = rows;
  return first.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
}
