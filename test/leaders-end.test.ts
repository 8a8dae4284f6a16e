// What ends by itself for want of an API server or of etcd: leaders that cannot renew their lock,
// and API servers whose etcd is away; and what Drydock makes of it.

import { describe, expect, test } from "vitest";
import { fileAt, removeFile, writeFile } from "../src/simulator/files.ts";
import {
  disarm,
  loseQuorum,
  raiseAlarm,
  slowComponent,
  startMember,
} from "../src/simulator/interference.ts";
import { type Container, hostNamed, running } from "../src/simulator/model.ts";
import { isReady } from "../src/simulator/nature/api.ts";
import { exitContainer } from "../src/simulator/nature/kubelet.ts";
import { renewedAt } from "../src/simulator/nature/leaders.ts";
import { run } from "../src/simulator/programs/run.ts";
import type { Site } from "../src/simulator/site.ts";
import { cluster, somebody } from "../src/simulator/transition.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

const dayMs = 24 * 3_600_000;
const apiServer = "kube-apiserver";
const names = ["kube-scheduler", "kube-controller-manager"] as const;
type Name = (typeof names)[number];

function lockOf({ site }: Sandbox, name: Name) {
  const lock = site.model.leaderLocks.find((one) => one.name === name);
  if (lock === undefined) throw new Error(`there is no lock of ${name}`);
  return lock;
}

function leadsOn(box: Sandbox, name: Name): string {
  return lockOf(box, name).holder.replace(/_.*/, "");
}

const silentMs = (box: Sandbox, name: Name) =>
  box.site.model.now - renewedAt(box.site.model, lockOf(box, name));

function container({ site }: Sandbox, node: string, name: string): Container | undefined {
  return running(hostNamed(site.model, node), name);
}

/** `node1: exited 0, running 1`, with the number of each attempt. */
function attempts({ site }: Sandbox, node: string, name: string): string {
  const all = hostNamed(site.model, node).containers.filter((one) => one.name === name);
  return all.map(({ state, attempt }) => `${state} ${attempt}`).join(", ");
}

/** Somebody takes the manifest of that node's API server away. */
function endApiServer({ site }: Sandbox, node: string): void {
  const host = hostNamed(site.model, node);
  const one = running(host, apiServer);
  removeFile(site, host, `/etc/kubernetes/manifests/${apiServer}.yaml`, somebody);
  if (one !== undefined) exitContainer(site, host, one, { by: cluster });
}

function restartApiServer({ site }: Sandbox, node = "node1"): void {
  const host = hostNamed(site.model, node);
  const one = running(host, apiServer);
  if (one !== undefined) exitContainer(site, host, one, { by: cluster });
}

function startAll(site: Site): void {
  for (const { host } of site.model.etcd.members) startMember(site, host);
}

/** The exit code of curl. */
async function readyz({ site }: Sandbox): Promise<number> {
  const host = hostNamed(site.model, "node1");
  const argv = ["curl", "--fail", "https://10.0.0.1:6443/readyz"];
  return (await run({ site, host, argv, by: somebody, boot: host.boots })).code;
}

/** Seconds after which something first holds, looked at every tenth of a second. */
async function secondsUntil({ site }: Sandbox, holds: () => boolean): Promise<number> {
  const since = site.model.now;
  while (!holds() && site.model.now - since < 200_000) await site.clock.wait(100);
  return (site.model.now - since) / 1000;
}

describe.each(names)("a %s that leads", (name) => {
  test("ends by itself 10 to 12 s after its node's API server, and is started again as a follower", async () => {
    const box = sandbox();
    const old = container(box, "node1", name)?.id;
    endApiServer(box, "node1");
    const ended = await secondsUntil(box, () => container(box, "node1", name)?.id !== old);
    expect(ended).toBeGreaterThanOrEqual(10);
    expect(ended).toBeLessThanOrEqual(12);
    await box.site.clock.wait(1000);
    expect(attempts(box, "node1", name)).toBe("exited 0, running 1");
    await box.site.clock.wait(60_000);
    expect(leadsOn(box, name)).toBe("node2");
    expect(attempts(box, "node1", name)).toBe("exited 0, running 1");
    expect(attempts(box, "node2", name)).toBe("running 0");
  });

  test("is told as silent since its API server ended, and followed after 15 s", async () => {
    const box = sandbox();
    await box.site.clock.wait(5000);
    expect(silentMs(box, name)).toBeLessThan(2000);
    endApiServer(box, "node1");
    await box.site.clock.wait(9000);
    expect([leadsOn(box, name), silentMs(box, name) > 9000]).toEqual(["node1", true]);
    const passed = await secondsUntil(box, () => leadsOn(box, name) === "node2");
    expect(9 + passed).toBeGreaterThanOrEqual(14);
    expect(9 + passed).toBeLessThanOrEqual(16);
    expect(silentMs(box, name)).toBeLessThan(2000);
  });

  test("stays when its API server is back before that", async () => {
    const box = sandbox({ controlPlane: 1 });
    restartApiServer(box);
    await box.site.clock.wait(60_000);
    expect(attempts(box, "node1", name)).toBe("running 0");
    expect(silentMs(box, name)).toBeLessThan(2000);
  });

  test("ends whenever it starts with a kubeconfig that was cut off, and works once that is whole", async () => {
    const box = sandbox();
    const host = hostNamed(box.site.model, "node1");
    const path = `/etc/kubernetes/${name.replace("kube-", "")}.conf`;
    const { content = "" } = fileAt(host, path) ?? {};
    writeFile(box.site, host, path, { content: "" }, somebody);
    const one = container(box, "node1", name);
    if (one !== undefined) exitContainer(box.site, host, one, { by: cluster });
    await box.site.clock.wait(5000);
    expect(attempts(box, "node1", name)).toBe("exited 0, exited 1");
    writeFile(box.site, host, path, { content }, somebody);
    await box.site.clock.wait(60_000);
    expect(attempts(box, "node1", name)).toMatch(/, running \d$/);
  });

  test("stays where its kubeconfig names a balancer, behind which another one answers", async () => {
    const box = sandbox();
    Object.assign(container(box, "node1", name) ?? {}, { apiServer: box.site.model.balancer?.url });
    endApiServer(box, "node1");
    await box.site.clock.wait(60_000);
    expect([attempts(box, "node1", name), leadsOn(box, name)]).toEqual(["running 0", "node1"]);
  });

  test.each([
    {
      because: "etcd has no quorum",
      next: "node2",
      begin: ({ site }: Sandbox) => void loseQuorum(site),
      end: ({ site }: Sandbox) => startAll(site),
    },
    {
      because: "etcd has no space",
      // It can be read all the while: who has just been started has seen the lock, too.
      next: "node1",
      begin: ({ site }: Sandbox) => raiseAlarm(site),
      end: ({ site }: Sandbox) => disarm(site),
    },
  ])("ends while $because, and nobody leads until that is over", async ({ next, begin, end }) => {
    const box = sandbox();
    const { clock } = box.site;
    begin(box);
    await clock.wait(30_000);
    const all = () => ["node1", "node2", "node3"].map((node) => attempts(box, node, name));
    expect(all()).toEqual(["exited 0, running 1", "running 0", "running 0"]);
    expect(silentMs(box, name)).toBeGreaterThan(29_000);
    end(box);
    await clock.wait(5000);
    expect(silentMs(box, name)).toBeLessThan(2000);
    expect(leadsOn(box, name)).toBe(next);
    await clock.wait(60_000);
    expect(all()).toEqual(["exited 0, running 1", "running 0", "running 0"]);
  });

  test("that has ended on a single node leads again 15 s after it has seen the old lock", async () => {
    const box = sandbox({ controlPlane: 1 });
    slowComponent(box.site, { host: "node1", component: "kube-apiserver", lateMs: 20_000 });
    restartApiServer(box);
    const ready = await secondsUntil(box, () =>
      isReady(box.site.model, hostNamed(box.site.model, "node1")),
    );
    expect(ready).toBeGreaterThan(20);
    expect(attempts(box, "node1", name)).toBe("exited 0, running 1");
    const led = await secondsUntil(box, () => silentMs(box, name) < 2000);
    expect([led >= 14, led <= 16]).toEqual([true, true]);
  });

  test("ends when its certificate does, and is started again with the one in its file", async () => {
    const box = sandbox({ controlPlane: 1, residualDays: 1 });
    await box.site.clock.wait(dayMs + 5000);
    expect(attempts(box, "node1", name)).toBe("running 0");
    expect(silentMs(box, name)).toBeGreaterThan(5000);
    await box.site.clock.wait(10_000);
    expect(attempts(box, "node1", name)).toBe("exited 0, running 1");
    await box.site.clock.wait(dayMs);
    expect(attempts(box, "node1", name)).toBe("exited 0, running 1");
    expect(silentMs(box, name)).toBeGreaterThan(dayMs);
  });
});

describe("an API server", () => {
  /** For how many seconds it ran, and did not run, in turns. */
  async function turns(box: Sandbox, times: number): Promise<readonly number[]> {
    const lasted: number[] = [];
    for (let time = 0; time < times; time++) {
      const runs = container(box, "node1", apiServer) !== undefined;
      const changed = () => runs !== (container(box, "node1", apiServer) !== undefined);
      lasted.push(Math.round(await secondsUntil(box, changed)));
    }
    return lasted;
  }

  test("whose etcd is away is ended by its probe, and then ends and is held back again and again", async () => {
    const box = sandbox();
    loseQuorum(box.site);
    const [ended = 0, ...later] = await turns(box, 10);
    expect(ended).toBeGreaterThanOrEqual(105);
    expect(ended).toBeLessThanOrEqual(110);
    // What a probe has ended is not counted: the kubelet waits from the second end of its own on.
    expect(later).toEqual([1, 19, 1, 19, 11, 19, 22, 19, 48]);
    // And starts what it has ended at once, however long it held it back before.
    startAll(box.site);
    await box.site.clock.wait(20_000);
    loseQuorum(box.site);
    const [, paused] = await turns(box, 2);
    expect(paused).toBe(1);
  });

  test("is back when its etcd is, and refuses connections while it waits for it", async () => {
    const box = sandbox({ controlPlane: 1 });
    loseQuorum(box.site);
    const asked = () => readyz(box);
    await box.site.clock.wait(100_000);
    expect(await asked()).toBe(22);
    await box.site.clock.wait(15_000);
    expect(attempts(box, "node1", apiServer)).toBe("exited 0, running 1");
    expect(await asked()).toBe(7);
    startAll(box.site);
    await box.site.clock.wait(8500);
    expect(await asked()).toBe(0);
    await box.site.clock.wait(300_000);
    expect(attempts(box, "node1", apiServer)).toBe("exited 0, running 1");
  });

  test("whose etcd is back in time runs on, however often that happens", async () => {
    const box = sandbox();
    for (let time = 0; time < 4; time++) {
      loseQuorum(box.site);
      await box.site.clock.wait(90_000);
      startAll(box.site);
      await box.site.clock.wait(1000);
    }
    await box.site.clock.wait(300_000);
    expect(attempts(box, "node1", apiServer)).toBe("running 0");
  });
});

test("nothing of it is planned while all is well", async () => {
  const box = sandbox();
  await box.site.clock.wait(600_000);
  const soon = box.site.model.events.filter(({ at }) => at < box.site.model.now + dayMs);
  expect(soon).toEqual([]);
});
