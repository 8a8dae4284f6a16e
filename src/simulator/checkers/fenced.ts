// Only the holder of the lock changes anything: not a process that was paused while another took
// over.

import type { Model } from "../model.ts";
import type { By } from "../transition.ts";
import { defineChecker } from "./checker.ts";

const folder = "/var/lib/drydock/lock";

/**
 * By host: the holder whose lock somebody took away with rm, which waits for nobody. A command that
 * was let through before runs to its end; the next one that is sent must be refused.
 */
interface Memory {
  removed: Record<string, string>;
}

export const fenced = defineChecker<Memory>({
  name: "fenced",
  sentence:
    "Every change comes through the fence, of the window and epoch that hold the host's lock.",
  memory: () => ({ removed: {} }),
  see: (memory, transition, model) => {
    if (transition.kind === "command" && !transition.reads) delete memory.removed[transition.host];
    const { kind } = transition;
    if (kind !== "file" && kind !== "disturbed" && kind !== "changed" && kind !== "scaled") {
      return undefined;
    }
    if (kind === "file" && transition.path.startsWith(folder)) {
      const { path, by, host, before } = transition;
      if (path === `${folder}/holder` && by.who === "somebody") {
        memory.removed[host] = before?.content ?? "";
      }
      return undefined;
    }
    const { by } = transition;
    if (by.who !== "drydock") return undefined;
    const because = notHolder(model, by, memory.removed[by.host]);
    if (because === undefined) return undefined;
    const what = kind === "file" ? transition.path : transition.name;
    return `${by.host}: ${what} was changed ${because}`;
  },
});

/** What changes the cluster through its API is let through by the host on which kubectl runs. */
function notHolder(
  model: Model,
  { host, fence }: Extract<By, { readonly who: "drydock" }>,
  removed: string | undefined,
): string | undefined {
  if (fence === undefined) return "without the fence";
  const { window, epoch } = fence;
  const holder =
    model.hosts.get(host)?.files.get(`${folder}/holder`)?.content ?? removed ?? "nobody";
  if (holder.startsWith(`${window} ${epoch} `)) return undefined;
  return `by window ${window}, epoch ${epoch}, while the lock was held by ${holder.trim()}`;
}
