// `drydock rehearse`: the survey and what stands in the way, as for a plan; the playing is in
// src/demo/.

import type { ClusterFacts } from "../cluster/facts.ts";
import type { LockHolder } from "../core/lock.ts";
import type { Gate } from "../gates.ts";
import type { OwnWindow } from "../readiness/blocker.ts";
import { rotationBlockers } from "../readiness.ts";
import { survey } from "../survey.ts";
import { exitCodes, exitOfBlockers } from "./exit.ts";
import { sayRun, spelledOut } from "./finish.ts";
import type { Outside, Where } from "./outside.ts";
import { remnants } from "./remnant-lock.ts";
import { ownWindows } from "./unfinished.ts";
import { jsonDocument } from "./views/json.ts";
import { blockerLines } from "./views/plan.ts";

export interface RehearseFlags {
  readonly json: boolean;
  readonly restart: "all" | "needed";
  readonly restartEtcd: boolean;
  readonly skip: readonly Gate[];
  readonly watch: number;
  readonly settle: number;
  readonly fault?: string | undefined;
  readonly acceptProviderVersion?: string | undefined;
}

/** `again`: how the real window is started. */
export type Rehearse = (
  facts: ClusterFacts,
  flags: RehearseFlags & { readonly again: string },
) => Promise<number>;

export async function rehearseCommand(
  outside: Outside,
  where: Where,
  on: { readonly flags: RehearseFlags; readonly rehearse: Rehearse },
): Promise<number> {
  const { facts, source, isRemnant, own } = await surveyed(outside, where);
  const { skip, acceptProviderVersion: acceptedVersion } = on.flags;
  const found = rotationBlockers(facts, {
    ...{ isRemnant, own },
    freeBytesHere: Number.POSITIVE_INFINITY,
    acceptedVersion,
    skip,
  });
  const blockers = spelledOut(found, source);
  if (blockers.length === 0) {
    return on.rehearse(facts, { ...on.flags, again: sayRun(source, on.flags) });
  }
  const { out } = outside.terminal;
  if (on.flags.json) out(jsonDocument({ cluster: facts.cluster, blockers }));
  else out(`${blockerLines(blockers).join("\n")}\n`);
  return exitCodes[exitOfBlockers(blockers)];
}

async function surveyed(
  outside: Outside,
  where: Where,
): Promise<{
  readonly facts: ClusterFacts;
  readonly source: string;
  readonly isRemnant: (lock: LockHolder) => boolean;
  readonly own: readonly OwnWindow[];
}> {
  const cluster = await outside.openCluster(where, { connect: "all", looks: true });
  try {
    const { clock } = outside;
    const { name, hosts, chain } = cluster;
    const [facts, isRemnant, own] = await Promise.all([
      survey({ cluster: name, hosts, clock, chain }),
      remnants(outside, cluster),
      ownWindows(cluster),
    ]);
    return { facts, source: cluster.source, isRemnant, own };
  } finally {
    await cluster.close();
  }
}
