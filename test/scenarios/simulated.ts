// Runs the whole command line on a simulated cluster, as main.ts runs it on the real one.

import { CommanderError } from "@commander-js/extra-typings";
import { exitCodes, Failure } from "../../src/cli/exit.ts";
import { andNothingChanged } from "../../src/cli/nothing-changed.ts";
import type { Outside } from "../../src/cli/outside.ts";
import { runProgram } from "../../src/cli/program.ts";
import { buildModel, type Shape } from "../../src/simulator/build/cluster.ts";
import { copyDesk, type Desk, newDesk } from "../../src/simulator/desk.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { openOutside, type SimulatedTerminal } from "../../src/simulator/outside.ts";
import { openSite, type Site } from "../../src/simulator/site.ts";
import { Killed, kill, newTool, type Tool } from "../../src/simulator/tool.ts";

/** A simulated cluster, and the machine of an operator. */
export interface Sandbox {
  readonly site: Site;
  readonly desk: Desk;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What the tool has written and sent in this run. */
  readonly counted: {
    readonly records: number;
    readonly changes: number;
    readonly reads: number;
  };
}

/** The exit code that a shell shows for a process that was killed with -9. */
export const killedCode = 137;

export interface Circumstances {
  readonly faults?: readonly Fault[];
  readonly terminal?: Partial<SimulatedTerminal>;
  /** Hears what is printed to stdout, while it is printed. */
  readonly told?: (text: string) => "kill" | undefined;
  /** Is given the run before it begins, so that it can be ended from outside. */
  readonly opened?: (tool: Tool) => void;
}

/**
 * For searches through thousands of windows: the same records and acts, fewer looks while waiting.
 */
export const swift: Pick<Shape, "paces"> = {
  paces: {
    apiServerMs: 800,
    componentMs: 100,
    kubeletMs: 100,
    providerMs: 1000,
    providerEndMs: 1000,
  },
};

export function sandbox(shape: Partial<Shape> = {}): Sandbox {
  return { site: openSite(buildModel(shape)), desk: newDesk() };
}

/** The same cluster at this moment, to live another future on; no process is at work there. */
export function forked({ site, desk }: Sandbox): Sandbox {
  return { site: site.fork(), desk: copyDesk(desk) };
}

export async function drydock(
  { site, desk }: Sandbox,
  words: string,
  { faults = [], terminal = {}, told = () => undefined, opened }: Circumstances = {},
): Promise<Ran> {
  const tool = newTool(faults);
  opened?.(tool);
  const said = { out: "", err: "" };
  const outside = outsideFor({ site, desk }, tool, {
    ...quietTerminal(said),
    out: (text) => {
      said.out += text;
      if (told(text) === "kill") kill(tool);
    },
    ...terminal,
  });
  const ended = (code: number): Ran => ({ code, ...said, counted: tool.counted });
  try {
    return ended(await runProgram(words.split(" "), async () => outside));
  } catch (error) {
    if (error instanceof Killed) return ended(killedCode);
    if (error instanceof CommanderError) return ended(exitCodes.usage);
    if (!(error instanceof Failure)) throw error;
    said.err += `${error.message}\n${error.remedy}\n`;
    return ended(exitCodes[error.exit]);
  }
}

export function outsideFor(
  { site, desk }: Sandbox,
  tool = newTool([]),
  terminal = quietTerminal({ out: "", err: "" }),
): Outside {
  return openOutside({
    site,
    desk,
    tool,
    terminal,
    claimed: (id) => new Failure("locked", `window ${id}: another process has it`, "Wait for it."),
    unreachable: (host, answering) =>
      new Failure("timedOut", `${host}: no answer`, andNothingChanged("Is it up?"), answering),
  });
}

export function quietTerminal(said: { out: string; err: string }): SimulatedTerminal {
  return {
    out: () => undefined,
    err: (text) => {
      said.err += text;
    },
    interactive: false,
    columns: 100,
    ask: async () => false,
    runHere: async () => 0,
  };
}
