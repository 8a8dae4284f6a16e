/** `rig ssh`: the operator's terminal on a node. */
import { spawn } from "node:child_process";
import { sshArgv } from "./cluster/ssh.ts";
import { RigError } from "./command.ts";
import type { Settings } from "./settings.ts";

/** Resolves with the remote exit code; unbounded in time, since a person sits before it. */
export function openShell(
  settings: Settings,
  name: string,
  command: readonly string[],
): Promise<number> {
  const node = settings.nodes.find((one) => one.name === name);
  if (node === undefined) {
    const names = settings.nodes.map((one) => one.name).join(", ");
    throw new RigError(`there is no ${name}; the nodes are ${names}`);
  }
  const [program = "ssh", ...args] = sshArgv(settings, node);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, ...command], { stdio: "inherit" });
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 255));
  });
}
