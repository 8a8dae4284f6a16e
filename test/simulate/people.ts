// What people do between two runs: they mend what only people can mend, and run what the last line
// said.

import {
  disarm,
  fillDisk,
  lagMember,
  mendComponents,
  mendOperator,
  mendPairs,
  putBack,
  scaleOperator,
  startMember,
} from "../../src/simulator/interference.ts";
import { controlPlane } from "../../src/simulator/model.ts";
import { lockHolders } from "../scenarios/cluster-seen.ts";
import { drydock, type Sandbox } from "../scenarios/simulated.ts";
import type { Play } from "./play.ts";

/** Machines are up, disks have room, clocks are right, members have caught up. */
export async function repair({ box, rival, renewedByHand }: Play): Promise<void> {
  const { site } = box;
  // A machine that boots is waited for.
  await site.clock.wait(600_000);
  disarm(site);
  for (const desk of [box.desk, rival.desk]) desk.freeBytes = 50e9;
  for (const host of controlPlane(site.model)) {
    host.clockOffsetMs = 0;
    for (const folder of ["/var/backups", "/etc/kubernetes"] as const) {
      fillDisk(site, host.name, 20e9, folder);
    }
    // As the last line of the run has said.
    for (const archive of host.archived.keys()) putBack(site, host.name, archive);
    host.losesPower = undefined;
    mendComponents(site, host.name);
    startMember(site, host.name);
    lagMember(site, host.name, 0);
    // What no window of the machine at work has renewed, none of its mends: the guide of ours says
    // how.
    if (renewedByHand || rival.desk.windows.size > 0) await mendPairs(site, host.name);
  }
  site.model.rpcSynced = true;
  for (const { name, broken, replicas } of site.model.deployments) {
    if (broken) mendOperator(site, name);
    if (replicas === 0) scaleOperator(site, name, 1);
  }
  await site.clock.wait(60_000);
}

/** Whose turn it is: whoever's window holds the lock; then whoever has one open; then the first. */
export function nextOperator({ box, rival }: Play): Sandbox {
  const holding = lockHolders(box.site.model).map((holder) => holder.split(" ")[0] ?? "");
  const both = [box, rival];
  return (
    both.find(({ desk }) => holding.some((window) => desk.windows.has(window))) ??
    both.find((one) => openPurpose(one) !== undefined) ??
    box
  );
}

/** The purpose of the newest window that is not closed. */
export function openPurpose({ desk }: Sandbox): string | undefined {
  for (const { records } of [...desk.windows.values()].reverse()) {
    const [first] = records;
    if (first?.kind !== "planned" || records.at(-1)?.kind === "closed") continue;
    return first.plan.purpose;
  }
  return undefined;
}

/** A lock whose window is closed, or was never begun: the last line said how to take it away. */
export async function breakDeadLocks({ box, rival, log }: Play): Promise<void> {
  for (const holder of new Set(lockHolders(box.site.model))) {
    const [window = ""] = holder.split(" ");
    const known = [box, rival].map(({ desk }) => desk.windows.get(window)).find(Boolean);
    if (known !== undefined && known.records.at(-1)?.kind !== "closed") continue;
    const ran = await drydock(box, `abandon --break-lock ${window}`);
    log.push(`  people: abandon --break-lock ${window} ${ran.code}`);
  }
}
