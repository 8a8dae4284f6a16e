// One run of the tool under test: what befalls it, and whether it still lives.

import type { Command } from "../core/command.ts";
import type { Fault, RecordFault, SendFault } from "./faults.ts";

/** Thrown inside a tool that was killed: it runs no further, and cleans nothing up. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export interface Tool {
  dead: boolean;
  interrupted: boolean;
  /** The window whose folder it has open. */
  window: string | undefined;
  readonly counted: { changes: number; reads: number; records: number };
  readonly faults: readonly Fault[];
}

export function newTool(faults: readonly Fault[] = []): Tool {
  return {
    dead: false,
    interrupted: false,
    window: undefined,
    counted: { changes: 0, reads: 0, records: 0 },
    faults,
  };
}

export function mustLive(tool: Tool): void {
  if (tool.dead) throw new Killed("this drydock was killed");
}

/** From now on nothing that it asks for happens. */
export function kill(tool: Tool): never {
  tool.dead = true;
  throw new Killed("this drydock was killed");
}

/** Counts the command, and finds what befalls it. A copy of a file counts as a change. */
export function faultOfSend(tool: Tool, command: Command | undefined): SendFault | undefined {
  const of = command !== undefined && "reads" in command ? "read" : "change";
  const number = of === "read" ? ++tool.counted.reads : ++tool.counted.changes;
  return tool.faults.find(
    (one): one is SendFault => one.at === "send" && one.of === of && one.number === number,
  );
}

export function faultsOfRecord(
  tool: Tool,
  number: number,
  moment: RecordFault["moment"],
): readonly RecordFault[] {
  return tool.faults.filter(
    (one): one is RecordFault =>
      one.at === "record" &&
      one.moment === moment &&
      (one.number === number || one.number === "each"),
  );
}
