/** Which kernel something was recorded or measured on. */

/** The three numbers of `uname -r`: what follows them names one machine's own build. */
export function kernelVersion(release: string): string {
  return /^\d+(\.\d+){0,2}/.exec(release)?.[0] ?? "unknown";
}
