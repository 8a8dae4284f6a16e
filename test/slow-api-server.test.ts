// Whole windows whose API servers take so long to come back that the leaders beside them end by
// themselves, and windows on nodes where they have ended shortly before.

import { describe, expect, test } from "vitest";
import { fileAt } from "../src/simulator/files.ts";
import { loseQuorum, slowComponent, startMember } from "../src/simulator/interference.ts";
import { controlPlane, type HostModel, hostNamed, running } from "../src/simulator/model.ts";
import { isReady } from "../src/simulator/nature/api.ts";
import { exitContainer } from "../src/simulator/nature/kubelet.ts";
import { cluster } from "../src/simulator/transition.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

const apiServer = "kube-apiserver";
const gentle = ["kube-scheduler", "kube-controller-manager"] as const;
const wanted = { renewed: true, replicas: 1 };

/** Of a node: what of the two ended by itself, and runs in another container. */
function endedThere(host: HostModel): readonly string[] {
  return gentle.filter((name) =>
    host.containers.some((one) => one.name === name && one.state === "exited"),
  );
}

function slow({ site }: Sandbox, lateMs: number): void {
  for (const { name } of controlPlane(site.model)) {
    slowComponent(site, { host: name, component: apiServer, lateMs });
  }
}

function endApiServer({ site }: Sandbox, node: string): void {
  const host = hostNamed(site.model, node);
  const one = running(host, apiServer);
  if (one !== undefined) exitContainer(site, host, one, { by: cluster });
}

/** Of the last window: how long a step took, and how often it sent something. */
function step({ desk }: Sandbox, key: string): { readonly ms: number; readonly sent: number } {
  const records = [...desk.windows.values()].at(-1)?.records ?? [];
  const settled = records.find((one) => one.kind === "settled" && one.key === key);
  const sent = records.filter((one) => one.kind === "sending" && one.key === key).length;
  return { ms: settled?.kind === "settled" ? (settled.ms ?? Number.NaN) : Number.NaN, sent };
}

const restart = (what: string, node: string) => `restart-component:${what}@${node}`;
const both = gentle.join("+");

describe.each([1, 3])("on %i nodes a window that restarts all", (nodes) => {
  test.each([
    [12, 2000],
    [25, 15_000],
  ])("takes what its API server's absence of %i s has ended for restarted", async (_, lateMs) => {
    const box = sandbox({ controlPlane: nodes });
    const before = seenBefore(box);
    slow(box, lateMs);
    const ran = await drydock(box, "run --yes --restart all");
    expect(ran.code, ran.err).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
    const [first, ...others] = controlPlane(box.site.model);
    if (first === undefined) throw new Error("there is no node");
    expect(endedThere(first)).toEqual(gentle);
    expect(step(box, restart(both, first.name))).toMatchObject({ sent: 0 });
    expect(others.some((host) => endedThere(host).length === 0)).toBe(nodes > 1);
    for (const host of controlPlane(box.site.model)) {
      expect(step(box, restart(both, host.name)).ms).toBeLessThan(4000);
      for (const name of gentle) {
        const file = `/etc/kubernetes/${name.replace("kube-", "")}.conf`;
        const writtenAt = fileAt(host, file)?.modifiedAt ?? Number.NaN;
        expect(running(host, name)?.createdOnClock).toBeGreaterThan(writtenAt);
      }
    }
  });
});

describe.each([1, 3])("on %i nodes a window that restarts what is needed", (nodes) => {
  const play = async (lateMs: number, afterStep: string) => {
    const box = sandbox({ controlPlane: nodes });
    const before = seenBefore(box);
    slow(box, lateMs);
    const faults = [whenRecorded(box, "settled", afterStep, () => endApiServer(box, "node1"))];
    const ran = await drydock(box, "run --yes --restart needed", { faults });
    expect(ran.code, ran.err).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
    return { box, ended: endedThere(hostNamed(box.site.model, "node1")) };
  };

  test("restarts nothing that has ended since the renewal", async () => {
    const { box, ended } = await play(15_000, "renew-certificates@node1");
    if (nodes === 1) {
      expect(ended).toEqual(gentle);
      expect(step(box, restart(both, "node1")).sent).toBe(0);
      return;
    }
    // There the other API servers let it go on, and it is quicker than the leaders are.
    expect(ended).toEqual([]);
  });

  test("restarts what has ended before the renewal, without the kubelet's back-off", async () => {
    const { box } = await play(4000, "bring-archive@node1");
    const { ms, sent } = step(box, restart(both, "node1"));
    expect(sent).toBeGreaterThan(0);
    expect(ms).toBeLessThan(4000);
  });
});

test.each([1, 3])(
  "on %i nodes an API server that has been waiting for etcd is restarted without a back-off",
  async (nodes) => {
    const box = sandbox({ controlPlane: nodes });
    const { site } = box;
    const before = seenBefore(box);
    loseQuorum(site);
    await site.clock.wait(320_000);
    for (const { host } of site.model.etcd.members) startMember(site, host);
    const all = controlPlane(site.model);
    while (!all.every((host) => isReady(site.model, host))) await site.clock.wait(1000);
    await site.clock.wait(20_000);
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
    for (const { name } of all) {
      expect(step(box, restart(apiServer, name))).toMatchObject({ sent: 3 });
      expect(step(box, restart(apiServer, name)).ms).toBeLessThan(12_000);
    }
  },
);
