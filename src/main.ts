// The composition root: the real world in the hands of the command line. `process` is the global
// one: importing node:process opens all three standard streams, about a tenth of what --help takes.

import { CommanderError } from "@commander-js/extra-typings";
import { exitCodes, Failure } from "./cli/exit.ts";
import type { Outside, Where } from "./cli/outside.ts";
import { ownWords } from "./cli/own-words.ts";
import { runProgram } from "./cli/program.ts";
import { printable } from "./core/printable.ts";
import type { Host } from "./core/world.ts";
import type { Person } from "./demo/person.ts";

let asked = 0;
let askedAt = Number.NEGATIVE_INFINITY;
/**
 * npm, and timeout(1), send us once more what the terminal has sent already: a person takes longer.
 */
const sameMs = 300;
/** Whether a window has been opened: before that nothing is changed, and nothing waited for. */
let atWork = false;
/** Whether stdout has something already: a watch that is ended has no further document. */
let told = false;
/**
 * The command that shows what was begun, once it is known where: with the options that find it
 * again.
 */
let toSee: string | undefined;

/** The first Ctrl-C lets the change in hand finish; the second one ends us, which is safe too. */
function interrupt(): void {
  const now = performance.now();
  if (now - askedAt < sameMs) return;
  askedAt = now;
  asked += 1;
  if (!atWork) endUntouched("interrupted");
  if (asked > 1) {
    const goOn = ` What was sent may still be at work there; how to go on: ${toSee}`;
    process.stderr.write(`Ended at once.${toSee === undefined ? "" : goOn}\n`);
    process.exit(exitCodes.interrupted);
  }
  process.stderr.write("\nStopping after the change in hand. Once more to stop at once.\n");
}

/** Before anything was begun. */
function endUntouched(exit: "interrupted" | "hungUp"): never {
  const says = exit === "interrupted" ? "Interrupted" : "The terminal was lost";
  const remedy = "Nothing was changed.";
  if (exit === "interrupted") process.stderr.write(`\n${says}. ${remedy}\n`);
  if (!told) tryToRefuse({ exit, message: says, remedy });
  process.exit(exitCodes[exit]);
}

async function main(): Promise<number> {
  try {
    return await runProgram(process.argv.slice(2), openOutside, {
      demo: async (flags) => {
        listen();
        atWork = true;
        const { showDemo } = await import("./demo/demo.ts");
        return showDemo(flags, await person());
      },
      rehearse: async (facts, flags) => {
        const { rehearse } = await import("./demo/rehearse.ts");
        return rehearse(facts, flags, await person());
      },
    });
  } catch (error) {
    return explain(error);
  }
}

async function openOutside(where: Where): Promise<Outside> {
  listen();
  return heeding(await chooseOutside(where));
}

/** Notes when a window is opened, and how it is found again. */
function heeding(outside: Outside): Outside {
  const heed = <Given extends readonly unknown[], T>(open: (...given: Given) => T) => {
    return (...given: Given) => {
      atWork = true;
      return open(...given);
    };
  };
  const { terminal } = outside;
  const out = (text: string) => {
    told = true;
    terminal.out(text);
  };
  return {
    ...outside,
    terminal: { ...terminal, out },
    openCluster: async (where, on) => {
      const cluster = await outside.openCluster(where, on);
      const { sayAgain } = await import("./cli/finish.ts");
      toSee = sayAgain("status", cluster.source);
      const { createWindow, openWindow } = cluster;
      const hosts = cluster.hosts.map((one) => ({ ...one, host: heedingHost(one.host) }));
      return { ...cluster, hosts, createWindow: heed(createWindow), openWindow: heed(openWindow) };
    },
  };
}

/** Notes what changes something without a window: a lock that is taken away. */
function heedingHost(host: Host): Host {
  return {
    name: host.name,
    fetch: (one) => host.fetch(one),
    run: (command) => {
      atWork ||= !("reads" in command);
      return host.run(command);
    },
  };
}

async function chooseOutside(where: Where): Promise<Outside> {
  if (where.simulated === undefined) {
    const { realOutside } = await import("./real-outside.ts");
    return realOutside(wasAsked);
  }
  // A simulated chain has no endpoint. What a real one could not be is refused here, too: commands
  // are tried out here.
  if (where.chain !== undefined) {
    const { endpointsOf } = await import("./endpoints.ts");
    endpointsOf(where);
  }
  const { simulatedOutside } = await import("./demo/simulated.ts");
  return simulatedOutside(where, await person());
}

async function person(): Promise<Person> {
  const { openTerminal } = await import("./system/terminal.ts");
  return { terminal: openTerminal(), interrupted: wasAsked };
}

let listens = false;

function listen(): void {
  listens = true;
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // A terminal that is lost ends no window half-way; under nohup Node takes the signal's being
  // ignored back.
  process.on("SIGHUP", () => {
    if (!atWork) endUntouched("hungUp");
  });
}

/**
 * Its own, unless all went well and what a command has to say could not be written. A window has
 * its report in its journal, and tells by its code what became of it.
 */
async function withOutput(code: number): Promise<number> {
  if (!listens) return code;
  const { outputTrouble } = await import("./system/terminal.ts");
  // A pipe takes so much at a time, and what became of a write is told later; nothing is told to
  // one that has gone.
  await Promise.all([process.stdout, process.stderr].map(written));
  const trouble = outputTrouble();
  if (trouble === undefined) return code;
  process.stderr.write(`The output could not be written: ${trouble}\n`);
  return atWork || code !== exitCodes.ok ? code : exitCodes.noSpace;
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write("", () => resolve()));
}

function wasAsked(): boolean {
  return asked > 0;
}

/** Of our own words, not of those of an operator's command. */
function wantsJson(): boolean {
  return ownWords(process.argv.slice(2)).includes("--json");
}

function refuse({ exit, message, remedy }: Pick<Failure, "exit" | "message" | "remedy">): void {
  if (!wantsJson()) return;
  process.stdout.write(`${JSON.stringify({ kind: "refused", exit, message, remedy })}\n`);
}

/** At an end that is not to fail a second time. */
function tryToRefuse(failure: Parameters<typeof refuse>[0]): void {
  try {
    refuse(failure);
  } catch {
    // The exit code says it.
  }
}

/** Commander has said it on stderr, as it does. */
function asFailure({ code, message }: CommanderError): Failure {
  const isHelp = code === "commander.help";
  const because = isHelp ? "a command is missing" : message.replace(/^error: /, "");
  return new Failure("usage", because, "drydock --help shows the commands.");
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    refuse(asFailure(error));
    return exitCodes.usage;
  }
  if (error instanceof Failure) {
    refuse(error);
    const lines = `${error.message}\n${error.remedy}`.split("\n").map(printable);
    process.stderr.write(`${lines.join("\n")}\n`);
    return exitCodes[error.exit];
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  const begun = toSee === undefined ? "" : ` What it had begun stands in its journal: ${toSee}`;
  const remedy = `This is a bug in Drydock.${begun}`;
  process.stderr.write(`${stack}\n${remedy}\n`);
  tryToRefuse({ exit: "bug", message, remedy });
  return exitCodes.bug;
}

process.exit(await withOutput(await main()));
