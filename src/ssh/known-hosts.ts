// Whether ssh is set to keep no host keys for a host, as people have it who are tired of questions
// about them. Keys are checked here all the same, and no login by hand could ever make theirs
// known.

import { runChild } from "./child.ts";
import { type SshOptions, type SshTarget, settingsArguments } from "./target.ts";

/** It reads files only, but for a `Match exec` of the operator's. */
const settingsMs = 10_000;
const settingsBytesMax = 1024 * 1024;

/**
 * Asks ssh itself, once a key turned out to be unknown: files include one another, and have
 * conditions.
 */
export async function keepsNoHostKeys(target: SshTarget, options: SshOptions): Promise<boolean> {
  if (options.usualKnownHosts === true) return false;
  const { stdout } = await runChild({
    program: options.program ?? "ssh",
    args: settingsArguments(target, options),
    timeoutMs: settingsMs,
    outputBytesMax: settingsBytesMax,
  });
  const files = settingIn(stdout, "userknownhostsfile").split(" ");
  // With a strict check it is no carelessness: only the keys of GlobalKnownHostsFile are to count.
  const isStrict = /^(true|yes)$/.test(settingIn(stdout, "stricthostkeychecking"));
  return !isStrict && files.every((file) => file === "/dev/null" || file === "none");
}

function settingIn(settings: string, name: string): string {
  const line = settings.split("\n").find((one) => one.startsWith(`${name} `)) ?? "";
  return line.slice(name.length + 1).trim();
}
