// A node comes up with its clock ahead, as after a power loss with a clock that keeps local time,
// and is set right before its certificates are renewed: what started before the renewal was
// created, by the clock, after it.

import { expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import { jumpClock, reboot } from "../src/simulator/interference.ts";
import { hostNamed, running } from "../src/simulator/model.ts";
import { endContainer } from "../src/simulator/nature/kubelet.ts";
import type { Site } from "../src/simulator/site.ts";
import { kill } from "../src/simulator/tool.ts";
import { serials } from "./scenarios/cluster-seen.ts";
import { drydock, killedCode, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

const hourMs = 3_600_000;
/** Certificates are valid since some minutes before they were made. */
const aheadMs = 120_000;

async function killedWhen(box: Sandbox, kind: "began" | "settled", key: string): Promise<void> {
  const isPlace = () => {
    const record = [...box.desk.windows.values()].at(-1)?.records.at(-1);
    return record?.kind === kind && record.key === key;
  };
  const fault: RecordFault = {
    ...{ at: "record", number: "each", moment: "after" },
    does: ({ tool }) => {
      if (isPlace()) kill(tool);
    },
  };
  const killed = await drydock(box, "run --yes", { faults: [fault] });
  expect(killed.code).toBe(killedCode);
}

async function comesUpAhead(site: Site): Promise<void> {
  jumpClock(site, "node1", hourMs);
  reboot(site, "node1");
  await site.clock.wait(180_000);
  jumpClock(site, "node1", -hourMs);
}

const shapes = [
  ["all", 1],
  ["needed", 1],
  ["all", 3],
] as const;

test.each(shapes)(
  "is restarted when the clock has passed its creation, with --restart %s on %i nodes",
  async (restart, controlPlane) => {
    const box = sandbox({ ...swift, controlPlane });
    const before = seenBefore(box);
    await killedWhen(box, "began", "backup-etcd@node1");
    await comesUpAhead(box.site);
    await killedWhen(box, "settled", "renew-certificates@node1");
    await box.site.clock.wait(2 * hourMs);
    const ran = await drydock(box, `run --yes --restart ${restart}`);
    expect(ran.code, ran.err).toBe(0);
    expect(wrongAfter(box, before, { renewed: true, replicas: 1, cutOff: true })).toEqual([]);
  },
);

test("is restarted as well where the other of its pair was started again meanwhile", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const { site } = box;
  await killedWhen(box, "began", "backup-etcd@node1");
  await comesUpAhead(site);
  const host = hostNamed(site.model, "node1");
  endContainer(site, host, running(host, "kube-controller-manager")?.id ?? "");
  await site.clock.wait(180_000);
  await killedWhen(box, "settled", "renew-certificates@node1");
  await site.clock.wait(2 * hourMs);
  const ran = await drydock(box, "run --yes --restart needed");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1, cutOff: true })).toEqual([]);
});

test("files that were written while it was ahead are dated anew, and what reads them restarted", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const { site } = box;
  const faults = [
    whenRecorded(box, "began", "renew-certificates@node1", () => jumpClock(site, "node1", aheadMs)),
    whenRecorded(box, "settled", "renew-certificates@node1", () =>
      jumpClock(site, "node1", -aheadMs),
    ),
  ];
  const ran = await drydock(box, "run --yes", { faults });
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toContain("touch -c ");
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
});

test("nothing is renewed while the clock is further ahead than kubeadm dates back", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const { site } = box;
  const ahead = whenRecorded(box, "settled", "bring-archive@node1", () =>
    jumpClock(site, "node1", hourMs),
  );
  const stopped = await drydock(box, "run --yes", { faults: [ahead] });
  expect([stopped.code, stopped.err]).toEqual([
    exitCodes.stopped,
    expect.stringMatching(/renew-certificates@node1: its clock is 3[56]\d\d s further ahead/),
  ]);
  expect(serials(site.model)).toEqual(before.serials);
  jumpClock(site, "node1", -hourMs);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
});

test("files that were written while it was behind are dated anew, and what started before is restarted", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const { site } = box;
  await killedWhen(box, "began", "backup-etcd@node1");
  reboot(site, "node1");
  await site.clock.wait(180_000);
  const faults = [
    whenRecorded(box, "began", "renew-certificates@node1", () => jumpClock(site, "node1", -hourMs)),
    whenRecorded(box, "settled", "renew-certificates@node1", () =>
      jumpClock(site, "node1", hourMs),
    ),
  ];
  const ran = await drydock(box, "run --yes", { faults });
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toContain("touch -c ");
  expect(wrongAfter(box, before, { renewed: true, replicas: 1, cutOff: true })).toEqual([]);
});
