// The guide's "Step 2: Update kubeconfig": root's copy of admin.conf, replaced in one rename. The
// guide's `mv -i` and `cp -i` ask, get no answer from a script, and do nothing with exit code 0.

import { act } from "../core/command.ts";
import type { Reading } from "../core/outcome.ts";
import { blocked, defineStep, needed, satisfied, unclear } from "../core/step.ts";
import {
  compareKubeconfigs,
  isCopyOfAdmin,
  type KubeconfigsSeen,
  namesOthers,
  parseKubeconfigs,
  replaceKubeconfig,
} from "../programs/kubeconfig.ts";

export type UpdateKubeconfigGoal = {
  readonly path: string;
  /** Ends the name under which the old file is kept: `20261122T031500Z`. */
  readonly stamp: string;
};

export const updateKubeconfig = defineStep<UpdateKubeconfigGoal, Reading<KubeconfigsSeen>>({
  id: "update-kubeconfig",
  title: "Update root's kubeconfig",
  guide: "Step 2: Update kubeconfig",
  settleMs: 60_000,
  why: ({ path }) =>
    `kubectl and cron jobs of root use ${path}, which holds a copy of the old certificate.`,
  proof: ({ path }) => `${path} holds the certificate of admin.conf, mode 600`,
  observe: async (look, goal) => parseKubeconfigs(await look.run(compareKubeconfigs(goal.path))),
  judge: (seen, { path }) => {
    if (seen.kind === "unreadable") return unclear(seen.because);
    const { current, admin } = seen.value;
    if (typeof admin === "string") {
      return blocked(
        `admin.conf: ${admin}`,
        "Restore /etc/kubernetes/admin.conf from the archive, and run again.",
      );
    }
    if (current === "absent") return satisfied(`there is no ${path} on this node`);
    if (namesOthers(seen.value)) {
      return satisfied(
        `${path} has other clusters or contexts too, and is left alone: renew this one in it`,
      );
    }
    if (current === "no certificate" || !isCopyOfAdmin(seen.value)) {
      return satisfied(`${path} is not a copy of admin.conf, and is left alone`);
    }
    if (current.serialHex !== admin.serialHex) return needed(`${path} holds another certificate`);
    if (current.mode !== 0o600) return needed(`${path} has mode ${current.mode.toString(8)}`);
    return satisfied(`${path} holds the certificate of admin.conf`);
  },
  undoneBy: (seen) =>
    seen.kind === "read" && isCopyOfAdmin(seen.value) ? "renew-certificates" : undefined,
  change: (_, { path, stamp }) => [act(replaceKubeconfig(path, stamp))],
});
