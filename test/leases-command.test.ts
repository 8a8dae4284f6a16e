// `drydock leases` on the simulated cluster: what agrees, what does not, and its exit codes.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { scaleProvider } from "../src/simulator/interference.ts";
import type { LeaseModel } from "../src/simulator/lease-model.ts";
import { closeLease } from "../src/simulator/nature/provider.ts";
import { everything } from "./scenarios/cluster-seen.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";

/** Changes lease `number` of the model, from 0. */
function change({ site }: Sandbox, number: number, to: Partial<LeaseModel>): LeaseModel {
  const [key, lease] = [...site.model.leases][number] ?? [];
  if (key === undefined || lease === undefined) throw new Error(`there is no lease ${number}`);
  const changed = { ...lease, ...to };
  site.model.leases.set(key, changed);
  return changed;
}

describe("drydock leases", () => {
  test("shows every lease, the clock and a verdict, and changes nothing", async () => {
    const box = sandbox();
    const before = everything(box.site.model);
    const ran = await drydock(box, "leases");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out.match(/ agrees$/gm)).toHaveLength(12);
    expect(ran.out).toContain("provider: akash-services/akash-provider 0.14.0 (provider-18.0.0)");
    expect(ran.out).toContain("after 41.7 min at the earliest, 2 h 0 min on average");
    expect(ran.out).toContain("12 leases, 0 open bids");
    expect(ran.out.trimEnd()).toMatch(/sandbox: 12 of 12 leases agree in all three sets$/);
    expect(everything(box.site.model)).toBe(before);
    expect(box.site.violations).toEqual([]);
  });

  test("names what is in flight, dangling, leaked and unhealthy, and exits with a code of its own", async () => {
    const box = sandbox();
    const { site } = box;
    const none = { hasManifest: false, hasNamespace: false };
    change(box, 0, { ...none, createdAt: site.model.now - 30_000 });
    change(box, 1, none);
    change(box, 3, { state: "closed", reason: 1 });
    const ill = change(box, 4, {});
    for (const pod of site.model.pods) if (pod.namespace === ill.namespace) pod.ready = false;
    change(box, 5, { ...none, state: "open" });
    const ran = await drydock(box, "leases");
    expect(ran.code).toBe(exitCodes.leasesDiffer);
    for (const text of [
      /in-flight: won 3\d s ago, no manifest yet/,
      /dangling: on the chain, without Manifest object and namespace/,
      /leaked: not on the chain, and a Manifest object is here/,
      /unhealthy: web 0 of 1 ready/,
      /10 leases, 1 open bid/,
      /COUNTING DOWN NOW: 1 not well/,
      /7 of 11 leases agree in all three sets, 1 in flight, 1 dangling, 1 leaked, 1 unhealthy\n$/,
    ]) {
      expect(ran.out).toMatch(text);
    }
  });

  test("does not speak of a countdown while the provider is stopped", async () => {
    const box = sandbox({ replicas: 0 });
    const ill = change(box, 4, {});
    for (const pod of box.site.model.pods) if (pod.namespace === ill.namespace) pod.ready = false;
    const ran = await drydock(box, "leases");
    expect(ran.out).toContain("not running: it closes nothing");
    expect(ran.out).not.toContain("COUNTING DOWN");
  });

  test("does not take a provider for stopped whose pod is not ready, and keeps the countdown", async () => {
    const box = sandbox();
    const ill = change(box, 4, {});
    for (const pod of box.site.model.pods) {
      if (pod.namespace === ill.namespace || pod.owner.name === "akash-provider") pod.ready = false;
    }
    const ran = await drydock(box, "leases");
    expect(ran.out).toContain("not ready; its process may be counting");
    expect(ran.out).toContain("COUNTING DOWN NOW: 1 not well");
  });

  test("warns of a release that may destroy leases when it starts, with the source", async () => {
    const { out } = await drydock(sandbox({ release: "0.6.9" }), "leases");
    expect(out).toMatch(/DANGER: started while the API .* \(akash-network\/provider/);
  });

  test("finds what leaked while the provider was stopped", async () => {
    const box = sandbox();
    scaleProvider(box.site, 0);
    await box.site.clock.wait(60_000);
    closeLease(box.site, [...box.site.model.leases.keys()][2] ?? "", 1);
    expect((await drydock(box, "leases")).out).toContain("1 leaked");
  });

  test("as JSON has the whole identity of each lease, and no secret", async () => {
    const { out } = await drydock(sandbox(), "leases --json");
    const seen: { leases: { id: { owner: string }; standing: string }[]; verdict: string } =
      JSON.parse(out);
    expect(seen.leases).toHaveLength(12);
    expect(seen.leases[0]).toMatchObject({
      id: { owner: expect.stringMatching(/^akash1\w{38}$/), gseq: 1, oseq: 1 },
      standing: "agrees",
    });
    expect(seen.verdict).toContain("12 of 12");
    expect(out).not.toContain("tenant-secret-");
  });

  test("of a cluster whose API is down says that nothing could be counted", async () => {
    const box = sandbox({ residualDays: -1 });
    const ran = await drydock(box, "leases");
    expect(ran.code).toBe(exitCodes.leasesUnknown);
    expect(ran.out).toContain("not read: Manifest objects: ");
    expect(ran.out).toContain("lease clock: not read");
    expect(ran.out).toContain("leases could not be counted");
  });
});
