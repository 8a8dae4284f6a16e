// What a window that is open has done with the provider, as its journal has it: for its last lines,
// and `status`.

import { hasGivenBack, hasSettledBack, type WindowState } from "../core/window.ts";
import { sayAgain } from "./finish.ts";

export type ProviderKept =
  | "untouched"
  | "told-to-stop"
  | "stopped"
  | "started-by-others"
  | "told-to-start"
  | "given-back";

/**
 * Undefined for windows that do not keep it stopped: backups, `provider stop` and `provider start`.
 */
export function providerKept(state: WindowState): ProviderKept | undefined {
  const { plan, settled, acted, lost } = state;
  const stop = plan.steps.find(
    ({ step, standing }) => step === "stop-provider" && standing === true,
  );
  if (stop === undefined) return undefined;
  if (hasSettledBack(state)) return "given-back";
  if (hasGivenBack(state)) return "told-to-start";
  const seen = settled.get(stop.key);
  const undone = lost.findLast(({ key }) => key === stop.key);
  if (undone !== undefined && undone.seq > (seen?.seq ?? 0)) return "started-by-others";
  if (seen !== undefined) return "stopped";
  return acted.has(stop.key) ? "told-to-stop" : "untouched";
}

/** A sentence, or two; empty where the window does not keep it. */
export function sayProviderKept(state: WindowState, source: string): string {
  switch (providerKept(state)) {
    case undefined:
      return "";
    case "untouched":
      return "The provider was not stopped.";
    case "told-to-stop":
      return `The provider was told to stop. To see whether it has: ${sayAgain("provider status", source)}`;
    case "stopped":
      return "The provider stays stopped.";
    case "started-by-others":
      return `Somebody has started the provider meanwhile. To see how it is: ${sayAgain("provider status", source)}`;
    case "told-to-start":
      return `The provider was told to start. To see whether it has: ${sayAgain("provider status", source)}`;
    case "given-back":
      return "The provider has been given back.";
  }
}
