// Which scheduler and controller-manager leads: the Lease objects of kube-system (Kubernetes'
// word).

import { z } from "zod";
import { leaderNames } from "../cluster/component.ts";
import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer, parseJson } from "./answer.ts";
import { afterClock, parseAfterClock } from "./host-clock.ts";
import { get } from "./kubectl.ts";

// Those that are not there are left out: whoever runs without one (--leader-elect=false) has none.
const inner = get([
  ...["-n", "kube-system", "--ignore-not-found"],
  ...["leases.coordination.k8s.io", ...leaderNames],
]);

/** The locks, after the host's own clock, so that their age is judged on one clock only. */
export const getLeaderLocks: ReadCommand = afterClock(inner);

export interface LeaderLock {
  readonly name: string;
  readonly holder: string;
  /** Since the holder's last sign of life; the clocks of two nodes may add their difference. */
  readonly silentSeconds: number;
}

const leases = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ holderIdentity: z.string().optional(), renewTime: z.string().optional() }),
    }),
  ),
});

export function parseLeaderLocks(outcome: Outcome): Reading<readonly LeaderLock[]> {
  return parseAfterClock(outcome, "leader locks", (inner, clock) =>
    answer(inner, "leader locks", (text) =>
      parseJson(text, leases)?.items.map(({ metadata, spec }) => ({
        name: metadata.name,
        holder: spec.holderIdentity ?? "",
        silentSeconds: (clock - Date.parse(spec.renewTime ?? "1970-01-01T00:00:00Z")) / 1000,
      })),
    ),
  );
}
