// The simulated provider closes leases as akash-network/provider does, and only when it runs.

import { describe, expect, test } from "vitest";
import { parseRelease, rulesOf } from "../src/akash/release.ts";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { scaleProvider } from "../src/simulator/interference.ts";
import type { LeaseModel } from "../src/simulator/lease-model.ts";
import { hostNamed, running } from "../src/simulator/model.ts";
import { exitContainer } from "../src/simulator/nature/kubelet.ts";
import { closeLease, lookAtLease } from "../src/simulator/nature/provider.ts";
import { cluster } from "../src/simulator/transition.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";

const minute = 60_000;

function single(shape: Partial<Shape> = {}): Sandbox {
  return sandbox({ controlPlane: 1, ...shape });
}

/** The only API server ends, and does not come back by itself. */
function apiDown({ site }: Sandbox): void {
  const host = hostNamed(site.model, "node1");
  host.kubeletRuns = false;
  const container = running(host, "kube-apiserver");
  if (container !== undefined) exitContainer(site, host, container, { by: cluster });
}

function apiUp({ site }: Sandbox): void {
  const host = hostNamed(site.model, "node1");
  host.kubeletRuns = true;
  site.model.events.push({
    at: site.model.now,
    kind: "kubelet-starts",
    host: "node1",
    component: "kube-apiserver",
  });
}

function states({ site }: Sandbox): readonly LeaseModel["state"][] {
  return [...site.model.leases.values()].map((lease) => lease.state);
}

function active(box: Sandbox): number {
  return states(box).filter((one) => one === "active").length;
}

const usual = {
  maxRetries: 40,
  retryPeriodMs: 4000,
  retryJitterMs: 15_000,
  checkPeriodMs: 10_000,
  checkJitterMs: 5000,
};

describe("a provider that runs while the API is away", () => {
  test("closes no lease before, and all leases soon after its time", async () => {
    const box = single({ monitor: usual });
    apiDown(box);
    await box.site.clock.wait(5 * minute);
    expect(active(box)).toBe(12);
    await box.site.clock.wait(8 * minute);
    expect(active(box)).toBe(0);
    expect(new Set([...box.site.model.leases.values()].map((one) => one.reason))).toEqual(
      new Set([10_000]),
    );
  });

  test("begins to count anew when one check was good", async () => {
    const box = single({ monitor: usual });
    apiDown(box);
    await box.site.clock.wait(5 * minute);
    apiUp(box);
    await box.site.clock.wait(minute);
    apiDown(box);
    await box.site.clock.wait(5 * minute);
    expect(active(box)).toBe(12);
  });

  test("waits two hours with the settings of chart 18.0.0", async () => {
    const box = single();
    apiDown(box);
    await box.site.clock.wait(100 * minute);
    expect(active(box)).toBe(12);
    await box.site.clock.wait(40 * minute);
    expect(active(box)).toBe(0);
  });
});

describe("a provider that is stopped", () => {
  test("closes nothing, however long it takes", async () => {
    const box = single({ monitor: usual });
    scaleProvider(box.site, 0);
    await box.site.clock.wait(minute);
    apiDown(box);
    await box.site.clock.wait(24 * 60 * minute);
    expect(active(box)).toBe(12);
  });

  test("does not hear of a tenant who closes: the workload leaks", async () => {
    const box = single();
    scaleProvider(box.site, 0);
    await box.site.clock.wait(minute);
    const [key = ""] = [...box.site.model.leases.keys()];
    closeLease(box.site, key, 1);
    scaleProvider(box.site, 1);
    await box.site.clock.wait(5 * minute);
    expect(box.site.model.leases.get(key)).toMatchObject({ state: "closed", hasNamespace: true });
  });

  test("withdraws when it is back: a lease without funds is closed for that, a minute later", async () => {
    const box = single();
    scaleProvider(box.site, 0);
    await box.site.clock.wait(minute);
    const [[key, lease] = []] = [...box.site.model.leases];
    if (key === undefined || lease === undefined) throw new Error("there is no lease");
    box.site.model.leases.set(key, { ...lease, overdrawn: true });
    await box.site.clock.wait(60 * minute);
    expect(active(box)).toBe(12);
    scaleProvider(box.site, 1);
    await box.site.clock.wait(5 * minute);
    expect(box.site.model.leases.get(key)).toMatchObject({ reason: 20_000 });
  });
});

describe("one lease", () => {
  test("whose Deployment has no pod is closed; a StatefulSet that is not ready is not seen", async () => {
    const box = single({ monitor: usual });
    const { model } = box.site;
    const named = (name: string) =>
      [...model.leases].find(([, one]) => one.services.some((service) => service.name === name));
    const [web, database] = [named("web"), named("db")];
    for (const [key, lease] of [web, database].flatMap((one) => (one === undefined ? [] : [one]))) {
      for (const pod of model.pods) if (pod.namespace === lease.namespace) pod.ready = false;
      lookAtLease(box.site, key);
    }
    await box.site.clock.wait(15 * minute);
    expect(model.leases.get(web?.[0] ?? "")?.state).toBe("closed");
    expect(model.leases.get(database?.[0] ?? "")?.state).toBe("active");
  });
});

describe("at its start, with the chain's node behind,", () => {
  test.each([
    ["0.6.4", 0],
    ["0.6.5", 12],
    ["0.6.9", 0],
    ["0.6.10", 12],
    ["0.14.0", 12],
  ])("release %s leaves %i workloads, and all leases on the chain", async (release, left) => {
    const box = single({ release });
    box.site.model.rpcSynced = false;
    scaleProvider(box.site, 0);
    await box.site.clock.wait(minute);
    scaleProvider(box.site, 1);
    await box.site.clock.wait(minute);
    const here = [...box.site.model.leases.values()].filter((one) => one.hasNamespace);
    expect([here.length, active(box)]).toEqual([left, 12]);
  });
});

describe("the version table is the same as Drydock's own, which was read by somebody else", () => {
  const releases = ["0.5.0", "0.6.4", "0.6.5", "0.6.6", "0.6.9", "0.6.10", "0.8.1", "0.14.0"];

  test.each(releases)("of %s", async (release) => {
    const parsed = parseRelease(release);
    if (parsed === undefined) throw new Error(release);
    const rules = rulesOf(parsed).map((rule) => rule.id);
    expect([
      workloads(await startedWhileBehind(release)) < 12,
      workloads(await stoppedWhileDeploying(release)) < 12,
    ]).toEqual([rules.includes("tears-down-on-start"), rules.includes("tears-down-on-stop")]);
    // 0.6.5 had no teardown either; that it leaks was seen by nobody, so it is no rule.
    if (release === "0.6.5") return;
    const leaks = workloads(await closedWhileStopped(release)) === 12;
    expect(leaks).toBe(rules.includes("leaks-after-restart"));
  });

  function workloads({ site }: Sandbox): number {
    return [...site.model.leases.values()].filter((one) => one.hasNamespace).length;
  }

  async function scaled(box: Sandbox, replicas: number, ms = minute): Promise<Sandbox> {
    scaleProvider(box.site, replicas);
    await box.site.clock.wait(ms);
    return box;
  }

  async function startedWhileBehind(release: string): Promise<Sandbox> {
    const box = single({ release });
    box.site.model.rpcSynced = false;
    return scaled(await scaled(box, 0), 1);
  }

  async function stoppedWhileDeploying(release: string): Promise<Sandbox> {
    const box = await scaled(single({ release }), 0);
    const { providerMs } = box.site.model.paces;
    return scaled(await scaled(box, 1, providerMs + 2000), 0);
  }

  async function closedWhileStopped(release: string): Promise<Sandbox> {
    const box = await scaled(single({ release }), 0);
    closeLease(box.site, [...box.site.model.leases.keys()][0] ?? "", 1);
    return scaled(box, 1);
  }
});

describe("a provider that tears a workload down while a window is open", () => {
  test.each([
    ["0.6.9", 12],
    ["0.6.10", 0],
  ])("of release %s is found %i times by the checker", async (release, times) => {
    const box = single({ release });
    const { site } = box;
    const found = () => site.violations.filter((one) => one.checker === "no-lease-closed");
    const startedByMistake = async () => {
      site.model.rpcSynced = false;
      scaleProvider(site, 1);
      await site.clock.wait(minute);
      return 1;
    };
    // While the command works it is stopped again before it has started.
    await drydock(box, `hold --accept-provider-version ${release} -- mend`, {
      terminal: { runHere: startedByMistake },
    });
    expect(found()).toEqual([]);
    // Once the command has failed the window is open, and nobody looks.
    await startedByMistake();
    expect(found()).toHaveLength(times);
  });
});
