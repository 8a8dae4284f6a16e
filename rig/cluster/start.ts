/** Starts a long-running program in a control group of the rig, detached from this process. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { makeGroup } from "./groups.ts";

export interface Started {
  /** The control group, by which `down` finds the program again. */
  readonly group: string;
  readonly argv: readonly string[];
  readonly logFile: string;
}

/** The shell enters the groups before it becomes the program, so that no child can be missed. */
export async function start(started: Started): Promise<void> {
  const groups = await makeGroup(started.group);
  const enter = groups.map((dir) => `echo $$ > ${dir}/cgroup.procs`).join(" && ");
  const log = openSync(started.logFile, "a");
  const child = spawn("/bin/sh", ["-c", `${enter} && exec "$@"`, "sh", ...started.argv], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
  });
  child.on("error", () => undefined);
  child.unref();
  closeSync(log);
}
