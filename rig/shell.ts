/** `rig ssh`: the operator's terminal on a node. */
import { spawn } from "node:child_process";
import { sshArgv } from "./cluster/ssh.ts";
import { nodeNamed, type Settings } from "./settings.ts";

/** Resolves with the remote exit code; unbounded in time, since a person sits before it. */
export function openShell(
  settings: Settings,
  name: string,
  command: readonly string[],
): Promise<number> {
  const [program = "ssh", ...args] = sshArgv(settings, nodeNamed(settings, name));
  return new Promise((resolve) => {
    const child = spawn(program, [...args, ...command], { stdio: "inherit" });
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 255));
  });
}
