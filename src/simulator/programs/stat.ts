// stat: when files were last written, after the host's own clock.

import { fileAt } from "../files.ts";
import { clockOf } from "../model.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";

/** The host's clock, then the time of the last write of each file. */
export async function writeTimes(call: Call): Promise<Answer> {
  await takes(call, 30);
  const { site, host } = call;
  let stdout = `${secondsText(clockOf(site.model, host))}\n`;
  for (const path of call.argv.slice(4)) {
    const file = fileAt(host, path);
    if (file === undefined) {
      return failed(1, `stat: cannot statx '${path}': No such file or directory`, stdout);
    }
    stdout += `${secondsText(file.modifiedAt)}\n`;
  }
  return said(stdout);
}

/** As `date +%s.%N` prints it. */
export function secondsText(at: number): string {
  return `${Math.floor(at / 1000)}.${String(Math.floor(at % 1000)).padStart(3, "0")}000000`;
}
