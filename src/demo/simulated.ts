// `--simulated`: any command on a simulated cluster, which later commands find as it was left.

import { Failure } from "../cli/exit.ts";
import { nameLines } from "../cli/help-text.ts";
import type { Outside, Where } from "../cli/outside.ts";
import { isNamed, type ScenarioName, scenarios } from "../cli/simulated-names.ts";
import { quote } from "../core/command.ts";
import { outsideOf } from "./outside.ts";
import type { Person } from "./person.ts";
import { worldPlace } from "./place.ts";
import { makeWorld } from "./scenarios.ts";
import { keeperOf, keptOf, reopenWorld } from "./world.ts";

export async function simulatedOutside(where: Where, person: Person): Promise<Outside> {
  const name = scenarioOf(where);
  const place = worldPlace(where.state, name);
  if (where.fresh) place.forget();
  const earlier = place.read();
  const kept = earlier ?? keptOf(await makeWorld(name), name);
  const keeper = keeperOf(place, kept);
  const world = reopenWorld(kept, keeper);
  const since = earlier === undefined ? "" : " As earlier commands left it; --fresh begins anew.";
  person.terminal.err(`SIMULATED cluster "${name}": nothing real is touched.${since}\n`);
  let claimed: { release(): Promise<void> } | undefined;
  return outsideOf(world, {
    ...person,
    source: sourceOf(where),
    opening: async (changes) => {
      if (!changes) return;
      claimed = await place.claim(kept.saves);
      keeper.begin(world);
    },
    closing: async () => {
      keeper.end();
      await claimed?.release();
    },
  }).outside;
}

function scenarioOf({ simulated, inventory, inventoryCmd, config, cluster }: Where): ScenarioName {
  const real = inventory ?? inventoryCmd ?? config ?? cluster;
  if (real !== undefined) {
    throw new Failure(
      "usage",
      `--simulated needs no inventory, and ${real} was given`,
      "Say one or the other. Nothing was contacted.",
    );
  }
  const name = typeof simulated === "string" ? simulated : "healthy";
  if (isNamed(scenarios, name)) return name;
  throw new Failure(
    "usage",
    `there is no simulated cluster "${name}"`,
    `There are:\n${nameLines(scenarios).join("\n")}`,
  );
}

/** The options with which the same cluster is found again. */
export function sourceOf({ simulated, state }: Pick<Where, "simulated" | "state">): string {
  const words = typeof simulated === "string" ? ["--simulated", simulated] : ["--simulated"];
  return [...words, ...(state === undefined ? [] : ["--state", quote(state)])].join(" ");
}
