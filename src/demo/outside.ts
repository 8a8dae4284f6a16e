// A simulated world as the outside of the command line, labelled as what it is wherever a path or a
// command could be taken for a real one.

import { Failure } from "../cli/exit.ts";
import type { OpenCluster, Outside, Terminal } from "../cli/outside.ts";
import type { Fault } from "../simulator/faults.ts";
import { openOutside, type SimulatedFolder } from "../simulator/outside.ts";
import { newTool, type Tool } from "../simulator/tool.ts";
import type { World } from "./world.ts";

export interface SimulatedRun {
  readonly terminal: Terminal;
  readonly interrupted: () => boolean;
  /** The options with which the same cluster is found again. */
  readonly source: string;
  /** What it is gone on with, where that is not `drydock run`. */
  readonly again?: string;
  readonly faults?: readonly Fault[];
  /** Before anything is changed, and when the cluster is let go of. */
  readonly opening?: (changes: boolean) => Promise<void>;
  readonly closing?: () => Promise<void>;
}

/** One run of the tool: its outside, and what befalls it. */
export function outsideOf(
  world: World,
  run: SimulatedRun,
): { readonly outside: Outside; readonly tool: Tool } {
  const tool = newTool(run.faults);
  const { terminal } = run;
  const simulated = openOutside({
    ...world,
    tool,
    terminal: {
      ...terminal,
      canRun: () => true,
      runHere: async (argv) => pretend(terminal, argv),
    },
    claimed: (id) => new Failure("locked", `window ${id}: another process has it`, "Wait for it."),
    unreachable: (host, answering) =>
      new Failure("timedOut", `${host}: no answer`, "It is simulated to be down.", answering),
  });
  const outside: Outside = {
    ...simulated,
    interrupted: () => tool.interrupted || run.interrupted(),
    openCluster: async (where, on) => {
      await run.opening?.(on.connect !== "none");
      const cluster = await simulated.openCluster(where, on);
      return labelled(cluster, run);
    },
    initConfig: async () => {
      throw new Failure(
        "usage",
        "init writes a configuration for a real cluster, and a simulated one needs none",
        "Leave out --simulated, or init.",
      );
    },
  };
  return { outside, tool };
}

function labelled(cluster: OpenCluster, { source, again, closing }: SimulatedRun): OpenCluster {
  return {
    ...cluster,
    source,
    ...(again === undefined ? {} : { again }),
    createWindow: async (id, plan) => labelledFolder(await cluster.createWindow(id, plan)),
    openWindow: async (id) => labelledFolder(await cluster.openWindow(id)),
    close: async () => {
      await cluster.close();
      await closing?.();
    },
  };
}

function labelledFolder(folder: SimulatedFolder): SimulatedFolder {
  const location = `(simulated)${folder.store.location}`;
  return { ...folder, store: { ...folder.store, location } };
}

/** The operator's own command is not run: it could be about a real cluster. */
async function pretend({ err }: Terminal, argv: readonly string[]): Promise<number> {
  const code = argv[0] === "false" ? 1 : 0;
  err(
    `SIMULATED: ${argv.join(" ")} was not run; taken for one that ends with exit code ${code}.\n`,
  );
  return code;
}
