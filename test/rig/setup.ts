// Brings the rig up before its tests and takes it away afterwards; DRYDOCK_RIG_KEEP=1 begins with
// the one that is up.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useRig } from "../../rig/lock.ts";
import { defaultSettings } from "../../rig/settings.ts";
import { rig } from "./rig-command.ts";

const keep = process.env.DRYDOCK_RIG_KEEP === "1";

export default function setup(): () => void {
  useRig();
  const settings = defaultSettings(process.env);
  const isUp = existsSync(join(settings.runDir, "inventory.ini"));
  if (!keep || !isUp) rig("up");
  // All that the tests write on this machine; gone at their end.
  const folder = mkdtempSync(join(tmpdir(), "drydock-rigtest-"));
  process.env.DRYDOCK_RIGTEST_FOLDER = folder;
  // A copy, so that a build beside the tests cannot pull the program away under them.
  cpSync("dist", join(folder, "program"), { recursive: true });
  return () => {
    rmSync(folder, { recursive: true, force: true });
    if (!keep) rig("down");
  };
}
