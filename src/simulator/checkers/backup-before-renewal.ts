// "Always backup etcd before rotating certificates."

import { controlPlane } from "../model.ts";
import { defineChecker } from "./checker.ts";

/** Names of what is off the nodes, by window. */
type Memory = Record<string, string[]>;

export const backupBeforeRenewal = defineChecker<Memory>({
  name: "backup-before-renewal",
  sentence:
    "Nothing is disturbed before a snapshot and the archive of every control plane node, both of this window, are off the nodes.",
  memory: () => ({}),
  see: (memory, transition, model) => {
    if (transition.kind === "stored") {
      const { window, name, after } = transition;
      if (after.form !== "text") memory[window] = [...(memory[window] ?? []), name];
      return undefined;
    }
    if (transition.kind !== "disturbed" || transition.by.who !== "drydock") return undefined;
    const stored = memory[transition.by.fence?.window ?? ""] ?? [];
    const wanted = [
      "etcd-snapshot.db",
      ...controlPlane(model).map((host) => `${host.name}.tar.gz`),
    ];
    const absent = wanted.find((name) => !stored.includes(name));
    if (absent === undefined) return undefined;
    return `${transition.name} of ${transition.host} was disturbed before ${absent} was off the node`;
  },
});
