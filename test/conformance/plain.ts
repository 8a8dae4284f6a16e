// What differs between two clusters and two moments, taken out of what a program said.

const values: readonly (readonly [RegExp, string])[] = [
  [/\b10\.(0|99)\.0\.(\d+)\b/g, "10.x.0.$2"],
  [/"ts":"[^"]+"/g, '"ts":"TIME"'],
  [/0x[0-9a-f]+/g, "POINTER"],
  [/:\d+->/g, ":PORT->"],
  [/^([EW])\d{4} [\d:.]+ +\d+ /gm, "$1"],
  [/\d{4}-\d\d-\d\dT[\d:]+Z/g, "INSTANT"],
  [/"size":"[^"]+"/g, '"size":"SIZE"'],
  [/[0-9a-f]{64}/g, "SHA256"],
  [/(containerLogs\/[^?]*\/)[^/?]+/g, "$1CONTAINER"],
];

/** Without what is another one in each cluster, and at each moment. */
export function plain(text: string): string {
  return values.reduce((so, [value, name]) => so.replace(value, name), text);
}
