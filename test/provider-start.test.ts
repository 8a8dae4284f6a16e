// What `drydock provider start` compares with: the moment before the provider was stopped, never
// what the maintenance left.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { scaleOperator, scaleProvider } from "../src/simulator/interference.ts";
import { lookAtLease } from "../src/simulator/nature/provider.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, type Ran, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

const small = { ...swift, controlPlane: 1 };

/** So many of the tenants' pods end, and nothing brings them back. */
function breakTenants({ site }: Sandbox, count: number): void {
  const pods = site.model.pods.filter((one) => "akash.network/manifest-service" in one.labels);
  for (const pod of pods.slice(0, count)) pod.ready = false;
}

function mendTenants({ site }: Sandbox): void {
  for (const pod of site.model.pods) pod.ready = true;
  for (const key of site.model.leases.keys()) lookAtLease(site, key);
}

function stoppedAtWorkloads(box: Sandbox, ran: Ran): void {
  expect(ran.code, ran.err).toBe(exitCodes.stopped);
  expect(ran.err).toMatch(/^check-workloads@node1: akash1\S+: \w+ has 0 of 1/);
  expect(ran.err).toContain("--skip workloads");
  expect(providerReplicas(box.site.model)).toBe("0/0");
}

function started(box: Sandbox, ran: Ran): void {
  expect(ran.code, ran.err).toBe(0);
  expect(providerReplicas(box.site.model)).toBe("1/1");
}

function because(box: Sandbox, key: string): string | undefined {
  const records = [...box.desk.windows.values()].at(-1)?.records ?? [];
  const found = records.find((one) => one.kind === "settled" && one.key === key);
  return found?.kind === "settled" ? found.verdict.because : undefined;
}

/** The same cluster, from a machine that has had no window. */
function elsewhere({ site }: Sandbox): Sandbox {
  return { site, desk: sandbox(small).desk };
}

async function stopped(box: Sandbox): Promise<Sandbox> {
  expect((await drydock(box, "provider stop")).code).toBe(0);
  return box;
}

describe("provider start, after a maintenance", () => {
  test("that half of the tenants did not survive, leaves it stopped until they are back", async () => {
    const box = await stopped(sandbox(small));
    breakTenants(box, 6);
    const ran = await drydock(box, "provider start");
    stoppedAtWorkloads(box, ran);
    expect(ran.err).toContain("and of 1 more leases");
    // The first attempt's survey has seen the same, and must not become what is compared with.
    stoppedAtWorkloads(box, await drydock(box, "provider start"));
    mendTenants(box);
    started(box, await drydock(box, "provider start"));
    expect(because(box, "check-workloads@node1")).toBe(
      "12 of 12 leases have all replicas that they want",
    );
  });

  test("is not content with a lease that fails once the provider runs, however often it is run", async () => {
    const box = await stopped(sandbox(small));
    const ill = whenRecorded(box, "settled", "check-workloads@node1", () => breakTenants(box, 1));
    const first = await drydock(box, "provider start", { faults: [ill] });
    expect([first.code, first.err]).toEqual([4, expect.stringMatching(/^check-provider@node1: /)]);
    const again = await drydock(box, "provider start");
    expect(again.code).toBe(exitCodes.stopped);
    expect(again.err).toMatch(/^check-workloads@node1: akash1\S+: \w+ has 0 of 1/);
    mendTenants(box);
    started(box, await drydock(box, "provider start"));
    // From here on it runs, and what is ill is so without us.
    breakTenants(box, 1);
    started(box, await drydock(box, "provider start"));
  });

  test("does not wait for what was ill before the stop, even when it was stopped twice", async () => {
    const box = sandbox(small);
    breakTenants(box, 2);
    await stopped(await stopped(box));
    started(box, await drydock(box, "provider start"));
    expect(because(box, "check-workloads@node1")).toContain("2 had not all before");
    expect(because(box, "check-provider@node1")).toMatch(/ but of 2 ill before$/);
  });

  test("waits for one that fell ill beside those that were ill before the stop", async () => {
    const box = sandbox(small);
    breakTenants(box, 2);
    await stopped(box);
    breakTenants(box, 3);
    const ran = await drydock(box, "provider start");
    stoppedAtWorkloads(box, ran);
    expect(ran.err.match(/has 0 of 1/g)).toHaveLength(1);
  });

  test("misses an operator that ran before the stop", async () => {
    const box = await stopped(sandbox(small));
    scaleOperator(box.site, "operator-hostname", 0);
    const ran = await drydock(box, "provider start");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toContain("operator-hostname wants 0 replicas, and 1 before");
  });
});

describe("provider start, where nothing is remembered,", () => {
  test("excuses no lease from another machine, unless the operator says so", async () => {
    const box = sandbox(small);
    breakTenants(box, 2);
    const there = elsewhere(await stopped(box));
    const ran = await drydock(there, "provider start");
    stoppedAtWorkloads(there, ran);
    expect(ran.err).toContain("known to have been ill before");
    started(there, await drydock(there, "provider start --skip workloads --skip provider"));
  });

  test("excuses no lease when it has run since then, and was stopped by hand", async () => {
    const box = sandbox(small);
    breakTenants(box, 2);
    await stopped(box);
    started(box, await drydock(box, "provider start"));
    scaleProvider(box.site, 0);
    await box.site.clock.wait(60_000);
    stoppedAtWorkloads(box, await drydock(box, "provider start --replicas 1"));
  });

  test("wants the inventory to show every node, where it has lost all", async () => {
    const box = sandbox(small);
    scaleProvider(box.site, 0);
    box.site.model.inventory.lost = true;
    await box.site.clock.wait(60_000);
    started(box, await drydock(box, "provider start --replicas 1"));
    expect(because(box, "check-inventory@node1")).toBe("operator-inventory shows 1 node, 0 GPUs");
    expect(because(box, "check-operators@node1")).toContain("what ran before is not known");
  });
});
