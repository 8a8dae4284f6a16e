/** One line a stage on standard error, with the time since the command began. */
const startedAt = Date.now();

export function say(line: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds}s  ${line}\n`);
}
