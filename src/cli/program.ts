// The command line: names, options, help. What a command needs is only loaded when it is called.

import { Command } from "@commander-js/extra-typings";
import { type DemoFlags, demoCommand } from "./demo.ts";
import { examples } from "./help-text.ts";
import { chains, type Done, noChain, onCluster, onGates, refuseFresh, whole } from "./options.ts";
import type { Outside, Where } from "./outside.ts";
import { withCommandApart } from "./own-words.ts";
import type { ProviderFlags } from "./provider.ts";
import { addReading } from "./reading-commands.ts";
import type { Rehearse } from "./rehearse.ts";
import { addHold, addLeftWindows, addRehearse, addWindows } from "./window-commands.ts";

/** What needs the simulator, which this area may not know. */
export interface Shows {
  readonly demo: (flags: DemoFlags) => Promise<number>;
  readonly rehearse: Rehearse;
}

/** Carries out `argv` (without node and the script) and returns the exit code. */
export async function runProgram(
  argv: readonly string[],
  loadOutside: (where: Where) => Promise<Outside>,
  shows?: Shows,
): Promise<number> {
  let code = 0;
  const program = base();
  const done: Done = async (where, work) => {
    if (where.simulated === undefined) refuseFresh(where, "--simulated");
    code = await work(await loadOutside(where));
  };
  if (shows !== undefined) {
    const show = async (flags: DemoFlags) => {
      if (!flags.kill) refuseFresh(flags, "--kill");
      code = await shows.demo(flags);
    };
    program.addCommand(demoCommand(show));
  }
  addReading(program, done);
  if (shows !== undefined) addRehearse(program, done, shows.rehearse);
  addWindows(program, done);
  addLeftWindows(program, done);
  addHold(program, done);
  addBackup(program, done);
  addProvider(program, done);
  await program.parseAsync([...withCommandApart(argv)], { from: "user" });
  return code;
}

function base(): Command {
  return new Command("drydock")
    .description("Cluster maintenance under an Akash provider without losing a lease.")
    .version("0.1.0")
    .exitOverride()
    .showHelpAfterError("(drydock --help shows the commands)")
    .addHelpText(
      "after",
      examples("", [
        ["demo", "a whole window on a simulated cluster: nothing else is needed"],
        ["certs -i inventory.ini", "what expires when, and what is really served"],
        ["plan -i inventory.ini", "what a window would do; changes nothing"],
        ["run -i inventory.ini", "carry the whole guide out"],
        ["status -i inventory.ini", "what the last window did, and how to go on"],
      ]),
    );
}

function addBackup(program: Command, done: Done): void {
  const backup = new Command("backup")
    .description("The guide's backups by themselves")
    .exitOverride()
    .addHelpText(
      "after",
      examples("backup", [
        ["etcd -i inventory.ini", "from a member that answers, verified there and here"],
        ["certs -i inventory.ini", "works with the API down, too"],
      ]),
    );
  for (const [what, description] of [
    ["etcd", "A verified etcd snapshot, and a copy of it here"],
    ["certs", "An archive of every node's certificates and settings, and a copy of it here"],
  ] as const) {
    backup.addCommand(
      onCluster(what, description)
        .addHelpText(
          "after",
          examples(`backup ${what}`, [["-i inventory.ini", "mode 0600, never overwrites"]]),
        )
        .action((flags) =>
          done(flags, async (outside) => {
            const { backupCommand } = await import("./backup.ts");
            return backupCommand(outside, flags, what, flags);
          }),
        ),
    );
  }
  program.addCommand(backup);
}

function addProvider(program: Command, done: Done): void {
  const provider = new Command("provider")
    .description("Stop the provider and verify it, see it, start it again")
    .exitOverride()
    .addHelpText(
      "after",
      examples("provider", [
        ["stop -i inventory.ini", "before maintenance by hand; leaves a note of its replicas"],
        ["status -i inventory.ini", "changes nothing"],
        ["start -i inventory.ini", "with as many replicas as it had"],
      ]),
    );
  const again = "how many, when nothing says how many it had";
  const replicas = (text: string) => whole(text, { unit: "replicas", min: 1, max: 100 });
  const call = (verb: "stop" | "status" | "start", flags: Where & ProviderFlags) =>
    done(flags, async (outside) => {
      const { providerCommand } = await import("./provider.ts");
      return providerCommand(outside, flags, verb, flags);
    });
  const usual = { replicas: undefined, skip: [] };
  for (const [verb, description] of [
    ["stop", "Scale to 0, and verify that no pod is left"],
    ["status", "Whether it runs, and its lease clock"],
  ] as const) {
    provider.addCommand(
      onCluster(verb, description)
        .addOption(chains)
        .addOption(noChain)
        .addHelpText("after", examples(`provider ${verb}`, [["-i inventory.ini", ""]]))
        .action((flags) => call(verb, { ...usual, ...flags })),
    );
  }
  provider.addCommand(
    onGates("start", "Give it back the replicas it had, and wait until it is ready")
      .option("--replicas <number>", again, replicas)
      .addHelpText("after", examples("provider start", [["-i inventory.ini", ""]]))
      .action((flags) => call("start", { ...flags, replicas: flags.replicas })),
  );
  program.addCommand(provider);
}
