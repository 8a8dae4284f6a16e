// Which worlds this build of Drydock can go on with.

import { buildModel } from "../simulator/build/cluster.ts";
import { sha256 } from "../simulator/files.ts";
import { keptOf, openWorld } from "./world.ts";
import { worldText } from "./world-text.ts";

let known: string | undefined;

/**
 * Another as soon as the simulator builds anything else than before: then nothing kept is trusted.
 */
export function worldVersion(): string {
  known ??= sha256(worldText(keptOf(openWorld(buildModel()), ""), ""));
  return known;
}
