// Somebody who watches the demo, or calls a command with --simulated: everything that is said to
// them.

import { CommanderError } from "@commander-js/extra-typings";
import { exitCodes, Failure } from "../../src/cli/exit.ts";
import { runProgram } from "../../src/cli/program.ts";
import { showDemo } from "../../src/demo/demo.ts";
import type { Person } from "../../src/demo/person.ts";
import { rehearse } from "../../src/demo/rehearse.ts";
import { simulatedOutside } from "../../src/demo/simulated.ts";

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Both, in the order in which they were said. */
  readonly both: string;
}

/** As main.ts does, but without a process of its own, and with nobody at a terminal. */
export async function tell(words: readonly string[]): Promise<Told> {
  const said = { out: "", err: "", both: "" };
  const hear = (where: "out" | "err") => (text: string) => {
    said[where] += text;
    said.both += text;
  };
  const person: Person = {
    terminal: {
      out: hear("out"),
      err: hear("err"),
      interactive: false,
      columns: 100,
      ask: async () => false,
      runHere: async () => {
        throw new Error("a simulated command has run something real");
      },
    },
    interrupted: () => false,
  };
  const open = async (where: Parameters<typeof simulatedOutside>[0]) => {
    if (where.simulated === undefined) throw new Error("this would go to a real cluster");
    return simulatedOutside(where, person);
  };
  try {
    const code = await runProgram(words, open, {
      demo: (flags) => showDemo(flags, person),
      rehearse: (facts, flags) => rehearse(facts, flags, person),
    });
    return { code, ...said };
  } catch (error) {
    if (error instanceof CommanderError) return { code: exitCodes.usage, ...said };
    if (!(error instanceof Failure)) throw error;
    hear("err")(`${error.message}\n${error.remedy}\n`);
    return { code: exitCodes[error.exit], ...said };
  }
}
