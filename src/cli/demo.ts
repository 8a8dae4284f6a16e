// `drydock demo`: its options and help. What it does is in src/demo/, loaded when it is called.

import { Command } from "@commander-js/extra-typings";
import { examples, names } from "./help-text.ts";
import { filled } from "./options.ts";
import { demoFaults, scenarios } from "./simulated-names.ts";

export interface DemoFlags {
  /** Simulated seconds per real one; more than 0. */
  readonly speed: number;
  readonly fault?: string | undefined;
  readonly kill: boolean;
  readonly guide: boolean;
  readonly fresh: boolean;
  readonly state?: string | undefined;
  readonly json: boolean;
}

/** A whole window of three nodes takes about 170 s; the demo 40. */
const usualSpeed = 4.2;

export function demoCommand(show: (flags: DemoFlags) => Promise<void>) {
  return new Command("demo")
    .description("The whole window on a simulated cluster with 12 leases: needs nothing but Node")
    .option("--speed <times>", "times as fast as on a real cluster", Number, usualSpeed)
    .option("--fault <name>", "show one fault survived (below)")
    .option(
      "--kill",
      "keep the simulated world, so that you can kill the demo and run it again",
      false,
    )
    .option("--guide", "the guide's commands, to the letter, and what they leave behind", false)
    .option("--fresh", "with --kill: forget the world that was kept", false)
    .option("--state <folder>", "where --kill keeps it (default: ~/.local/state/drydock)", filled)
    .option("--json", "one event a line; words to people go to stderr", false)
    .exitOverride()
    .addHelpText("after", names("Faults", demoFaults))
    .addHelpText("after", `${scenarioHelp}${demoExamples}`)
    .action(show);
}

const scenarioHelp = names("Scenarios, for --simulated of every command on a cluster", scenarios);

const demoExamples = examples("demo", [
  ["", "a whole window, in about 40 s"],
  ["--fault kill", "one fault survived"],
  ["--kill", "press Ctrl-C, or kill -9 it, and run it again"],
  ["--guide", "what the guide's own commands leave behind"],
]);
