// The gates around a window that look at what works beside the provider, and at the provider
// itself.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import {
  breakOperator,
  lagRpc,
  mendOperator,
  scaleOperator,
} from "../src/simulator/interference.ts";
import { lookAtLease } from "../src/simulator/nature/provider.ts";
import type { Site } from "../src/simulator/site.ts";
import { lockHolders, providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, type Ran, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

const minute = 60_000;
const small = { ...swift, controlPlane: 1 };

/** Once, when the step `key` is settled. */
function after(box: Sandbox, key: string, does: (site: Site) => void): RecordFault {
  let done = false;
  return {
    at: "record",
    number: "each",
    moment: "after",
    does: ({ site }) => {
      const record = [...box.desk.windows.values()].at(-1)?.records.at(-1);
      if (done || record?.kind !== "settled" || record.key !== key) return;
      done = true;
      does(site);
    },
  };
}

function settled(box: Sandbox): ReadonlyMap<string, string> {
  const records = [...box.desk.windows.values()].flatMap((one) => one.records);
  return new Map(
    records.flatMap((one) =>
      one.kind === "settled" ? [[one.key, one.verdict.because] as const] : [],
    ),
  );
}

/** It has stopped at that step with the provider as it is, and the lock held. */
function stoppedAt(box: Sandbox, ran: Ran, key: string, replicas: string): void {
  expect(ran.code).toBe(exitCodes.stopped);
  expect(ran.err).toContain(key);
  expect(providerReplicas(box.site.model)).toBe(replicas);
  expect(lockHolders(box.site.model)).toHaveLength(1);
}

function completed(box: Sandbox, ran: Ran): void {
  expect(ran.code, ran.err).toBe(0);
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect(lockHolders(box.site.model)).toEqual([]);
  expect(box.site.violations).toEqual([]);
}

describe("a window whose RPC node", () => {
  test("catches up at its end waits for it, and goes on", async () => {
    const box = sandbox(small);
    const lags = after(box, "verify-renewal@node1", (site) => lagRpc(site, 5 * minute));
    const from = box.site.model.now;
    completed(box, await drydock(box, "run --yes", { faults: [lags] }));
    expect(box.site.model.now - from).toBeGreaterThan(5 * minute);
    expect(settled(box).get("check-rpc:before-start@node1")).toMatch(
      /^RPC node akash-node-1.*synced/,
    );
  });

  test("stays behind does not begin, and says how to go on without it", async () => {
    const box = sandbox(small);
    lagRpc(box.site, 60 * minute);
    const ran = await drydock(box, "run --yes");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toContain("check-rpc:before-window@node1: ");
    expect(ran.err).toContain("is catching up: its newest block is 20 min old");
    expect(ran.err).toContain("--skip rpc leaves this out");
    expect(ran.err).toContain("The provider was not stopped.");
    // Nothing was sent: there is nothing to go on with, and nobody is kept out.
    expect(lockHolders(box.site.model)).toEqual([]);
    completed(box, await drydock(box, "run --yes --skip rpc"));
  });

  test("falls behind while another gate waits does not see the provider started beside it", async () => {
    const box = sandbox(small);
    const told = (text: string) => {
      if (text.includes("check-inventory@node1: ok")) lagRpc(box.site, 20 * minute);
      return undefined;
    };
    const ran = await drydock(box, "run --yes", { told });
    stoppedAt(box, ran, "check-rpc:before-start@node1", "0/0");
  });

  test("is behind does not keep a window from being gone on with, once the provider is stopped", async () => {
    const box = sandbox(small);
    const told = (text: string) =>
      text.includes("restart-component:kube-apiserver@node1: crictl --timeout 30s stop")
        ? "kill"
        : undefined;
    await drydock(box, "run --yes", { told });
    lagRpc(box.site, 60 * minute);
    stoppedAt(box, await drydock(box, "run --yes"), "check-rpc:before-start@node1", "0/0");
    expect(settled(box).has("verify-renewal@node1")).toBe(true);
  });

  test("is not needed by a provider that is to stay stopped", async () => {
    const box = sandbox({ ...small, replicas: 0 });
    lagRpc(box.site, 60 * minute);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    const keys = [...settled(box).keys()].filter((key) => /rpc|check-provider/.test(key));
    expect(keys).toEqual([]);
  });
});

describe("the inventory", () => {
  test("that is lost with the API server is brought back by one restart of its operator", async () => {
    const box = sandbox(small);
    completed(box, await drydock(box, "run --yes"));
    const operator = box.site.model.deployments.find((one) => one.name === "operator-inventory");
    expect([operator?.generation, box.site.model.inventory.lost]).toEqual([2, false]);
    expect(settled(box).get("check-inventory@node1")).toBe(
      "operator-inventory shows 1 node, 0 GPUs",
    );
  });

  test("that is not lost is left alone", async () => {
    const box = sandbox(small);
    completed(box, await drydock(box, "run --yes --restart needed"));
    expect(box.site.model.deployments.map((one) => one.generation)).toEqual([1, 1]);
  });

  test("whose operator does not start again leaves the provider stopped", async () => {
    const box = sandbox(small);
    for (const one of box.site.model.deployments) one.broken = one.name === "operator-inventory";
    const ran = await drydock(box, "run --yes");
    stoppedAt(box, ran, "check-inventory@node1", "0/0");
    expect(ran.err).toContain("kubectl -n akash-services logs deployment/operator-inventory");
    mendOperator(box.site, "operator-inventory");
    completed(box, await drydock(box, "run --yes"));
  });
});

describe("an operator that is not ready", () => {
  test("leaves the provider stopped, until somebody mends it", async () => {
    const box = sandbox(small);
    const breaks = after(box, "verify-renewal@node1", (site) =>
      breakOperator(site, "operator-hostname"),
    );
    const ran = await drydock(box, "run --yes", { faults: [breaks] });
    stoppedAt(box, ran, "check-operators@node1: operator-hostname: 0 of 1 ready", "0/0");
    expect(ran.err).toContain("--skip operators leaves this out");
    mendOperator(box.site, "operator-hostname");
    completed(box, await drydock(box, "run --yes"));
  });
});

describe("an operator that is not ready before a window", () => {
  test("is named in the plan, and not waited for at the end of it", async () => {
    const box = sandbox(small);
    breakOperator(box.site, "operator-hostname");
    await box.site.clock.wait(minute);
    const { beware } = JSON.parse((await drydock(box, "plan --json")).out);
    expect(beware).toEqual([
      expect.stringMatching(
        /^operator-hostname: 0 of 1 ready already now: the operators' gate excuses that/,
      ),
    ]);
    completed(box, await drydock(box, "run --yes"));
    expect(settled(box).get("check-operators@node1")).toContain(
      "as before operator-hostname: 0 of 1 ready",
    );
  });

  test("is remembered by provider stop for provider start", async () => {
    const box = sandbox(small);
    breakOperator(box.site, "operator-hostname");
    await box.site.clock.wait(minute);
    expect((await drydock(box, "provider stop")).code).toBe(0);
    completed(box, await drydock(box, "provider start"));
  });
});

describe("an operator that ran before, and was stopped in the window,", () => {
  test("leaves the provider stopped, until somebody starts it again", async () => {
    const box = sandbox(small);
    const name = "operator-hostname";
    const scales = after(box, "verify-renewal@node1", (site) => scaleOperator(site, name, 0));
    const ran = await drydock(box, "run --yes", { faults: [scales] });
    const wants = `check-operators@node1: ${name} wants 0 replicas, and 1 before`;
    stoppedAt(box, ran, wants, "0/0");
    expect(ran.err).toContain("--skip operators leaves this out");
    scaleOperator(box.site, name, 1);
    completed(box, await drydock(box, "run --yes"));
  });

  test("is not missed where it was stopped before", async () => {
    const box = sandbox(small);
    scaleOperator(box.site, "operator-hostname", 0);
    completed(box, await drydock(box, "run --yes"));
    expect(settled(box).get("check-operators@node1")).toBe(
      "ready: operator-inventory, akash-node-1",
    );
  });
});

describe("a provider in a namespace of its own", () => {
  function apart(): Sandbox {
    const box = sandbox(small);
    const { model } = box.site;
    const namespace = "own";
    for (const one of model.sets) Object.assign(one, { namespace });
    for (const one of model.releases) Object.assign(one, { namespace });
    for (const one of model.pods) {
      if (one.owner.kind === "StatefulSet" && one.namespace === "akash-services") {
        Object.assign(one, { namespace });
      }
    }
    return box;
  }

  test("has its operators in akash-services: they are looked at there", async () => {
    const box = apart();
    const ran = await drydock(box, "run --yes --skip rpc");
    expect(ran.code, ran.err).toBe(0);
    expect(settled(box).get("check-operators@node1")).toBe(
      "ready: akash-node-1, akash-services/operator-hostname, akash-services/operator-inventory",
    );
    expect(settled(box).get("check-inventory@node1")).toBe(
      "operator-inventory shows 1 node, 0 GPUs",
    );
    expect(box.site.model.inventory.lost).toBe(false);
  });

  test("waits for one of them that is not ready", async () => {
    const box = apart();
    const breaks = after(box, "verify-renewal@node1", (site) =>
      breakOperator(site, "operator-hostname"),
    );
    const ran = await drydock(box, "run --yes --skip rpc", { faults: [breaks] });
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toContain("akash-services/operator-hostname: 0 of 1 ready");
    expect(ran.err).toContain("kubectl -n akash-services get deployments");
  });
});

describe("a provider that was started", () => {
  /** A tenant's only pod ends, and the Deployment's controller does not mend it. */
  function fallsIll({ model }: Site): string {
    const [key, lease] = [...model.leases][0] ?? [];
    if (key === undefined || lease === undefined) throw new Error("there is no lease");
    for (const pod of model.pods) if (pod.namespace === lease.namespace) pod.ready = false;
    return key;
  }

  test("is watched until none of its checks has failed for a while", async () => {
    const box = sandbox(small);
    const from = box.site.model.now;
    completed(box, await drydock(box, "run --yes --watch 120"));
    expect(box.site.model.now - from).toBeGreaterThan(2 * minute);
    expect(settled(box).get("check-provider@node1")).toBe(
      "it answers, works for 12 leases, and no check failed in 120 s",
    );
  });

  test("is not watched where that was said", async () => {
    const box = sandbox(small);
    completed(box, await drydock(box, "run --yes --watch 0"));
    expect(settled(box).get("check-provider@node1")).toContain("its log was not read");
  });

  test("and counts failures stops the window with the lease's name and the time that is left", async () => {
    const box = sandbox(small);
    let key = "";
    const ill = after(box, "start-provider@node1", (site) => {
      key = fallsIll(site);
      lookAtLease(site, key);
    });
    const ran = await drydock(box, "run --yes", { faults: [ill] });
    stoppedAt(box, ran, `check-provider@node1: checks fail of ${key} (attempt `, "1/1");
    for (const pod of box.site.model.pods) pod.ready = true;
    lookAtLease(box.site, key);
    completed(box, await drydock(box, "run --yes"));
  });
});

describe("gates that are left out", () => {
  test("are not planned, whoever asks", async () => {
    const skip = "--skip rpc --skip operators --skip inventory --skip provider";
    const box = sandbox(small);
    completed(box, await drydock(box, `run --yes ${skip}`));
    completed(box, await drydock(box, `hold ${skip} -- true`));
    const looked = [...settled(box).keys()].filter((key) =>
      /check-(rpc|operators|inventory|provider)/.test(key),
    );
    expect(looked).toEqual([]);
  });

  test("are looked at by hold and by provider start", async () => {
    const box = sandbox(small);
    completed(box, await drydock(box, "hold -- true"));
    const own = /^check-(rpc|operators|inventory|provider)/;
    expect([...settled(box).keys()].filter((key) => own.test(key))).toEqual([
      "check-rpc:before-window@node1",
      "check-operators@node1",
      "check-inventory@node1",
      "check-rpc:before-start@node1",
      "check-provider@node1",
    ]);
    expect((await drydock(box, "provider stop")).code).toBe(0);
    completed(box, await drydock(box, "provider start"));
    const last = [...box.desk.windows.values()].at(-1)?.records ?? [];
    const keys = last.flatMap((one) => (one.kind === "settled" ? [one.key] : []));
    expect(keys).toContain("check-provider@node1");
  });
});
