/** Drydock as an operator runs it on the rig: the bundle, in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { type Settings, sshDir } from "../rig/settings.ts";
import { drydockScript } from "./results.ts";

export interface Ended {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `heard` is given every line of stdout when it is printed, and may end the process at once. */
export function drydock(
  settings: Settings,
  state: string,
  words: readonly string[],
  heard: (line: string, kill: () => void) => void = () => undefined,
): Promise<Ended> {
  const where = [
    ...["--inventory", join(settings.runDir, "inventory.ini")],
    ...["--ssh-config", join(sshDir(settings), "ssh_config")],
    ...["--state", state],
  ];
  // Not bounded: a window has deadlines of its own, and killing it would prove nothing.
  const child = spawn(process.execPath, [drydockScript, ...words, ...where], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) heard(line, () => child.kill("SIGKILL"));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
