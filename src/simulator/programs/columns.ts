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
  const widths = widthsOf([headings, ...rows]);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const centred = headings.map((one, at) => {
    const room = (widths[at] ?? 0) - one.length;
    return one.padStart(one.length + Math.floor(room / 2)).padEnd(one.length + room);
  });
  const body = rows.map((row) => line(row.map((cell, at) => cell.padStart(widths[at] ?? 0))));
  return `${rule}${line(centred)}${rule}${body.join("")}${rule}`;
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const [first = []] = rows;
  return first.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
}
