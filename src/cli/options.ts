// Options that several commands share.

import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { type Gate, gates, settleSecondsUsual, watchUsual } from "../gates.ts";
import { Failure } from "./exit.ts";
import { names } from "./help-text.ts";
import type { Outside, Where } from "./outside.ts";

/** Loads what a command needs of the world, and keeps its exit code. */
export type Done = (where: Where, work: (outside: Outside) => Promise<number>) => Promise<void>;

/**
 * Of an option whose value may be a variable of a script: one that is not set would mean the
 * working folder, or nothing.
 */
export function filled(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It is empty.");
}

/** What Drydock cannot heed is refused, not passed over. */
export function refuseFresh(flags: { readonly fresh?: boolean | undefined }, needs: string): void {
  if (flags.fresh !== true) return;
  throw new Failure(
    "usage",
    `--fresh is given without ${needs}: there is nothing to forget`,
    `Add ${needs}, or leave --fresh out. Nothing was changed.`,
  );
}

/** The options with which every command finds its cluster. */
export function onCluster(name: string, description: string) {
  return new Command(name)
    .description(description)
    .option("-i, --inventory <file>", "kubespray's inventory, INI or YAML", filled)
    .option("--inventory-cmd <command>", "prints `ansible-inventory --list`", filled)
    .option("--config <file>", "drydock.yaml (default: ./drydock.yaml)", filled)
    .option("--cluster <name>", "which cluster of drydock.yaml, or what to call this one", filled)
    .option("--ssh-config <file>", "instead of your own ssh_config", filled)
    .option("--state <folder>", "where windows are kept (default: ~/.local/state/drydock)", filled)
    .option(
      "--simulated [scenario]",
      "a simulated cluster instead (drydock demo --help lists them)",
    )
    .option("--fresh", "with --simulated: forget what earlier commands did to it", false)
    .option("--json", "machine-readable output", false)
    .exitOverride();
}

export const restarts = new Option(
  "--restart <which>",
  "all: as the guide does; needed: only what does not reload its certificate",
)
  .choices(["all", "needed"] as const)
  .default("all" as const);

/** For a release that is known to destroy leases: it must be named exactly. */
const acceptedVersion = new Option(
  "--accept-provider-version <version>",
  "go on although this release of the provider is known to destroy leases",
);

/** Both write the one value, so either finds there what the other has left. */
type ChainBefore = readonly string[] | false | undefined;

/** `--chain URL`, which may be given more than once. */
export const chains = new Option(
  "--chain <url>",
  "REST endpoint of the chain, may be given twice",
).argParser((url, before: ChainBefore): readonly string[] => {
  if (before === false) throw bothChains();
  return [...(before ?? []), url];
});

/**
 * To be added after `chains`, or its default would be true. Only an option with a preset is parsed.
 */
export const noChain = new Option(
  "--no-chain",
  "do not ask the chain: compare what the cluster has",
)
  .preset("")
  .argParser((_, before: ChainBefore): false => {
    if (before !== undefined && before !== false) throw bothChains();
    return false;
  });

function bothChains(): Failure {
  const remedy = "Give one of them. Nothing was contacted.";
  return new Failure("usage", "--chain and --no-chain are given together", remedy);
}

/** `--skip GATE`, which may be given more than once. */
export const skips = new Option("--skip <gate>", "leave a gate out; the report says so (below)")
  .argParser((name, before: readonly Gate[]): readonly Gate[] => {
    if (!isGate(name)) {
      throw new InvalidArgumentError(`There are the gates ${Object.keys(gates).join(", ")}.`);
    }
    return [...before.filter((one) => one !== name), name];
  })
  .default([] as readonly Gate[], "none");

/** Nobody waits longer at a screen. */
const watchMax = 3600;

/** `--watch SECONDS`. */
const watches = new Option(
  "--watch <seconds>",
  "after the start, no check of a lease may fail for so long; 0: not watched",
)
  .argParser((text) => whole(text, { unit: "seconds", min: 0, max: watchMax }))
  .default(watchUsual);

const settleMax = 86_400;

/** `--settle SECONDS`. */
export const settles = new Option(
  "--settle <seconds>",
  "how long to wait for leases in flight and open bids before the stop",
)
  .argParser((text) => whole(text, { unit: "seconds", min: 0, max: settleMax }))
  .default(settleSecondsUsual);

/** A whole number of so many of a unit, or the usage is refused. */
export function whole(
  text: string,
  { unit, min, max }: { readonly unit: string; readonly min: number; readonly max: number },
): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= min && number <= max) return number;
  throw new InvalidArgumentError(`A number of ${unit}, from ${min} to ${max}.`);
}

function isGate(name: string): name is Gate {
  return Object.hasOwn(gates, name);
}

/** What every command has that starts the provider. */
export function onGates(name: string, description: string) {
  return onCluster(name, description)
    .addOption(chains)
    .addOption(noChain)
    .addOption(acceptedVersion)
    .addOption(skips)
    .addOption(watches)
    .addHelpText("after", names("Gates", gates));
}
