// The gates that look at leases: what a tenant begins just before the stop, and workloads before
// the start.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { keyOf, leaseNumber, tenantPods } from "../src/simulator/build/leases.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import { scaleProvider } from "../src/simulator/interference.ts";
import type { LeaseModel } from "../src/simulator/lease-model.ts";
import type { Model, Pod } from "../src/simulator/model.ts";
import { providerReplicas, serials } from "./scenarios/cluster-seen.ts";
import { drydock, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

/** A lease that is being made: a bid, or one that was won a moment ago. */
function whenBegun(box: Sandbox, key: string, does: (model: Model) => void): RecordFault {
  return whenRecorded(box, "began", key, () => does(box.site.model));
}

function newLease(model: Model, more: Partial<LeaseModel>): LeaseModel {
  const lease = leaseNumber(99, model.providerAddress, model.now);
  const made = { ...lease, hasManifest: false, hasNamespace: false, ...more };
  model.leases.set(keyOf(lease.id), made);
  return made;
}

function change(model: Model, lease: LeaseModel, more: Partial<LeaseModel>): void {
  model.leases.set(keyOf(lease.id), { ...lease, ...more });
  if (more.hasManifest === true) model.pods.push(...tenantPods(lease, 99));
}

function later(box: Sandbox, ms: number, does: () => void): void {
  void box.site.clock.wait(ms).then(does);
}

function anyPod(model: Model): Pod {
  const pod = model.pods.find((one) => "akash.network/manifest-service" in one.labels);
  if (pod === undefined) throw new Error("there is no tenant");
  return pod;
}

describe("a lease that is in flight, or a bid that is open,", () => {
  test.each([
    ["won", { state: "active" } as const, { hasManifest: true, hasNamespace: true }],
    ["bid", { state: "open" } as const, { state: "closed" } as const],
  ])("is waited for before the provider is stopped: %s", async (_, before, after) => {
    const box = sandbox(swift);
    const lease = newLease(box.site.model, before);
    const startedAt = box.site.model.now;
    later(box, 60_000, () => change(box.site.model, lease, after));
    const ran = await drydock(box, "run --yes --json");
    expect(ran.code, ran.err).toBe(0);
    const stop = ran.out
      .split("\n")
      .find((line) => line.includes('"began"') && /stop-prov/.test(line));
    expect(Date.parse(JSON.parse(stop ?? "{}").at)).toBeGreaterThan(startedAt + 60_000);
    expect(box.site.violations).toEqual([]);
  });

  test("that stays stops the window before anything is changed, and can be left out then", async () => {
    const box = sandbox(swift);
    const { model } = box.site;
    const before = serials(model);
    newLease(model, { state: "open" });
    const ran = await drydock(box, "run --yes");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toMatch(
      /^check-leases-settled@node1: bid on akash1\S+ is open\n.*\n--skip leases-settled leaves/,
    );
    expect([providerReplicas(model), serials(model)]).toEqual(["1/1", before]);
    const again = await drydock(box, "run --yes --skip leases-settled");
    expect(again.code, again.err).toBe(0);
    expect(JSON.parse((await drydock(box, "status --json")).out).skipped).toEqual([
      "leases-settled",
    ]);
    expect(box.site.violations).toEqual([]);
  });

  test("is waited for as long as --settle says", async () => {
    const box = sandbox(swift);
    newLease(box.site.model, { state: "open" });
    const startedAt = box.site.model.now;
    const ran = await drydock(box, "hold --skip rpc --settle 30 --watch 0 -- mend it");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err.trimEnd().split("\n").at(-1)).toBe(
      "When it is mended, run: drydock hold --inventory inventory.ini --watch 0 --settle 30 --skip rpc -- mend it",
    );
    expect(box.site.model.now - startedAt).toBeLessThan(60_000);
    expect((await drydock(box, "abandon")).code).toBe(0);
  });

  test("does not keep a window from being gone on with, once the provider is stopped", async () => {
    const box = sandbox(swift);
    const interrupted = { at: "record", number: 60, moment: "after" } as const;
    const does: RecordFault["does"] = ({ tool }) => void Object.assign(tool, { interrupted: true });
    const first = await drydock(box, "run --yes", { faults: [{ ...interrupted, does }] });
    expect(first.code).toBe(exitCodes.interrupted);
    newLease(box.site.model, { state: "open" });
    const again = await drydock(box, "run --yes");
    expect(again.code, again.err).toBe(0);
  });
});

describe("a workload that is missing before the start", () => {
  test("is waited for, and the provider is only started when it is back", async () => {
    const box = sandbox(swift);
    const fault = whenBegun(box, "check-cluster-health:before-start@node1", (model) => {
      const pod = anyPod(model);
      pod.ready = false;
      later(box, 120_000, () => {
        pod.ready = true;
      });
    });
    const ran = await drydock(box, "run --yes --json", { faults: [fault] });
    expect(ran.code, ran.err).toBe(0);
    const waited = ran.out
      .split("\n")
      .filter((line) => line.includes('"settled"'))
      .map((line) => JSON.parse(line))
      .find(({ key }) => key === "check-workloads@node1");
    // Of the 120 s some pass while the check before it waits for leaders.
    expect(waited.ms).toBeGreaterThan(90_000);
    expect(waited.verdict.because).toBe("12 of 12 leases have all replicas that they had");
  });

  test("and stays so leaves the provider stopped; it can be left out, also by abandon", async () => {
    const box = sandbox(swift);
    const fault = whenBegun(box, "check-cluster-health:before-start@node1", (model) => {
      anyPod(model).ready = false;
    });
    const ran = await drydock(box, "run --yes", { faults: [fault] });
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toMatch(
      /^check-workloads@node1: akash1\S+\/1\/1: \w+ has 0 of 1\n`drydock leases --inventory inventory.ini` shows them\./,
    );
    for (const words of ["status", "status --json"]) {
      const shown = await drydock(box, words);
      expect(shown.out).toContain("`drydock leases --inventory inventory.ini` shows them.");
    }
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect((await drydock(box, "abandon")).code).toBe(exitCodes.stopped);
    // Then the provider's own check fails, which the gate after the start sees.
    const failing = await drydock(box, "abandon --skip workloads");
    expect(failing.err).toMatch(/^check-provider@node1: checks fail of akash1/);
    const left = await drydock(box, "abandon --skip workloads --skip provider");
    expect(left.code, left.err).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(box.site.violations).toEqual([]);
  });

  test("because its tenant closed the lease meanwhile is not waited for", async () => {
    const box = sandbox(swift);
    const fault = whenBegun(box, "check-cluster-health:before-start@node1", (model) => {
      const [lease] = model.leases.values();
      if (lease === undefined) throw new Error("there is no lease");
      const gone = { hasManifest: false, hasNamespace: false };
      change(model, lease, { state: "closed", reason: 1, ...gone });
    });
    const ran = await drydock(box, "run --yes --json", { faults: [fault] });
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain(
      "11 of 12 leases have all replicas that they had, 1 closed meanwhile",
    );
  });

  test("that was missing before the window is not waited for either", async () => {
    const box = sandbox(swift);
    anyPod(box.site.model).ready = false;
    const ran = await drydock(box, "run --yes --json");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain(
      "11 of 11 leases have all replicas that they had, 1 had not all before",
    );
  });
});

test("a provider that is started while a workload is waited for is stopped again within seconds", async () => {
  const box = sandbox(swift);
  let at = 0;
  const fault = whenBegun(box, "check-workloads@node1", (model) => {
    const pod = anyPod(model);
    pod.ready = false;
    later(box, 60_000, () => {
      scaleProvider(box.site, 1);
      at = model.now;
    });
    later(box, 120_000, () => {
      pod.ready = true;
    });
  });
  const ran = await drydock(box, "run --yes --json", { faults: [fault] });
  expect(ran.code, ran.err).toBe(0);
  const lost = ran.out
    .split("\n")
    .filter((line) => line.startsWith('{"kind":"lost"'))
    .map((line) => JSON.parse(line));
  expect(lost).toMatchObject([{ key: "stop-provider@node1" }]);
  expect(Date.parse(lost[0].at) - at).toBeLessThan(12_000);
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect(box.site.violations).toEqual([]);
});
