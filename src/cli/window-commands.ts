// The commands of windows: plan, run, status, abandon, rehearse and hold.

import type { Command } from "@commander-js/extra-typings";
import { gates } from "../gates.ts";
import { examples, names } from "./help-text.ts";
import {
  chains,
  type Done,
  filled,
  noChain,
  onCluster,
  onGates,
  restarts,
  settles,
  skips,
} from "./options.ts";
import type { Rehearse } from "./rehearse.ts";
import { demoFaults } from "./simulated-names.ts";

/** A window with all its gates. */
function onWindow(name: string, description: string) {
  return onGates(name, description).addOption(settles);
}

function onRotation(name: string, description: string) {
  return onWindow(name, description)
    .addOption(restarts)
    .option("--restart-etcd", "also restart etcd, one member at a time", false);
}

export function addWindows(program: Command, done: Done): void {
  program.addCommand(
    onRotation("plan", "What a window would do, command by command; changes nothing")
      .addHelpText(
        "after",
        examples("plan", [["-i inventory.ini --restart needed", "the gentle way"]]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { planCommand } = await import("./rotation.ts");
          return planCommand(outside, flags, flags);
        }),
      ),
  );
  program.addCommand(
    onRotation("run", "Carry out the whole guide, or go on with the window that was left")
      .option("-y, --yes", "do not ask", false)
      .addHelpText(
        "after",
        examples("run", [
          ["-i inventory.ini", "shows the plan in short, and asks once"],
          ["-i inventory.ini --yes --json", "for scripts: one event a line"],
          ["-i inventory.ini --restart needed", "no API server is restarted"],
        ]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { runCommand } = await import("./rotation.ts");
          return runCommand(outside, flags, flags);
        }),
      ),
  );
}

export function addLeftWindows(program: Command, done: Done): void {
  program.addCommand(
    onCluster("status", "What the last window did, what is left, how to go on")
      .addHelpText(
        "after",
        examples("status", [["-i inventory.ini", "exit code 4 while one is open"]]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { statusCommand } = await import("./status.ts");
          return statusCommand(outside, flags, flags);
        }),
      ),
  );
  program.addCommand(
    onCluster(
      "abandon",
      "Close a window early: the provider is put back once the cluster is healthy",
    )
      .option(
        "--break-lock <window>",
        "take away the lock of a window whose machine is lost",
        filled,
      )
      .option("-y, --yes", "do not ask whether hold's own command has ended", false)
      .addOption(chains)
      .addOption(noChain)
      .addOption(skips)
      .addHelpText("after", names("Gates", gates))
      .addHelpText(
        "after",
        examples("abandon", [["-i inventory.ini", "runs only the closing steps"]]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { abandonCommand } = await import("./abandon.ts");
          const { json, breakLock, skip, yes } = flags;
          return abandonCommand(outside, flags, { json, breakLock, skip, yes });
        }),
      ),
  );
}

export function addRehearse(program: Command, done: Done, rehearse: Rehearse): void {
  program.addCommand(
    onRotation("rehearse", "Play the very plan on a simulated likeness of your cluster")
      .option("--fault <name>", "with something that goes wrong (below)")
      .addHelpText("after", names("Faults", demoFaults))
      .addHelpText(
        "after",
        examples("rehearse", [
          ["-i inventory.ini", "what it would do, and about how long; only looks"],
          ["-i inventory.ini --fault kill", "the same with a kill -9, and run again"],
        ]),
      )
      .action((flags) =>
        done(flags, async (outside) => {
          const { rehearseCommand } = await import("./rehearse.ts");
          return rehearseCommand(outside, flags, { flags, rehearse });
        }),
      ),
  );
}

/** Its options; every word from the first that is none is the operator's command (own-words.ts). */
export function onHold() {
  return onWindow(
    "hold",
    "Stop the provider, run your own command here, check health, start it again",
  );
}

export function addHold(program: Command, done: Done): void {
  program.addCommand(
    onHold()
      .argument("<command...>", "yours, with its own options; -- may stand before it")
      .addHelpText(
        "after",
        examples("hold", [
          ["-i inventory.ini -- ansible-playbook upgrade-cluster.yml", "anything you run here"],
        ]),
      )
      .action((argv, flags) =>
        done(flags, async (outside) => {
          const { holdCommand } = await import("./hold.ts");
          return holdCommand(outside, flags, argv, flags);
        }),
      ),
  );
}
