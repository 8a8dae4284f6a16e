// The guide's "Step 2: Update kubeconfig": root's copy of admin.conf gets its certificate and key
// in one rename, and keeps the namespace or load balancer that root has set in it: root's scripts
// would go on without a word in `default`. The guide's `mv -i` and `cp -i` ask, get no answer from
// a script, and do nothing with exit code 0.

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
  proof: ({ path }) => `${path} holds the certificate and the key of admin.conf, mode 600`,
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
    const kept = whatIsKept(seen.value);
    if (current.serialHex !== admin.serialHex) {
      return needed(`${path} holds another certificate${kept}`);
    }
    if (seen.value.sameKey === false) return needed(`${path} holds another key${kept}`);
    if (current.mode !== 0o600) return needed(`${path} has mode ${current.mode.toString(8)}`);
    return satisfied(`${path} holds the certificate of admin.conf${kept}`);
  },
  undoneBy: (seen) =>
    seen.kind === "read" && isCopyOfAdmin(seen.value) ? "renew-certificates" : undefined,
  change: (_, { path, stamp }) => [act(replaceKubeconfig(path, stamp))],
});

/** In words of their own: a server's address may hold a password. */
function whatIsKept({ own }: KubeconfigsSeen): string {
  if (own === undefined) {
    return "; it is not in kubeadm's form: a renewal puts the whole of admin.conf in its place, and keeps the old file";
  }
  const words = own.map((one) => (one === "more" ? "other settings" : one));
  return words.length === 0 ? "" : `; it keeps its own ${words.join(" and ")}`;
}
