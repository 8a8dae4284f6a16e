// What others do in the middle of a window: it notices, stops or mends it, and never makes it
// worse.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import {
  deleteMirrorPods,
  fillDisk,
  mendComponents,
  removeLock,
  renewByHand,
  scaleProvider,
  slowComponent,
  startMember,
  stopMember,
} from "../src/simulator/interference.ts";
import { hostNamed, running } from "../src/simulator/model.ts";
import type { Site } from "../src/simulator/site.ts";
import { containers, lockHolders, providerReplicas, serials } from "./scenarios/cluster-seen.ts";
import { drydock, type Ran, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

/** `does` it once, when the journal says that `kind` of `key` was written. */
function when(
  kind: string,
  key: string,
  box: Sandbox,
  does: (site: Site) => void | Promise<void>,
): RecordFault {
  let done = false;
  return {
    at: "record",
    number: "each",
    moment: "after",
    does: async ({ site }) => {
      const record = [...box.desk.windows.values()].at(-1)?.records.at(-1);
      if (done || record?.kind !== kind || !("key" in record) || record.key !== key) return;
      done = true;
      await does(site);
    },
  };
}

function at(number: number, does: RecordFault["does"]): RecordFault {
  return { at: "record", number, moment: "after", does };
}

function killedAt(text: string): (told: string) => "kill" | undefined {
  return (told) => (told.includes(text) ? "kill" : undefined);
}

function stoppedAt(ran: Ran, key: string): void {
  expect(ran.code).toBe(exitCodes.stopped);
  expect(ran.err).toContain(key);
  expect(ran.err.trimEnd().split("\n").at(-1)).toContain("drydock run --inventory inventory.ini");
}

async function completes(box: Sandbox, words = "run --yes"): Promise<void> {
  const ran = await drydock(box, words);
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toMatch(/^Window \S+ was left at (?!its beginning).*; going on with it.\n$/);
  expect(providerReplicas(box.site.model)).toBe("1/1");
  expect(lockHolders(box.site.model)).toEqual([]);
  expect(box.site.violations).toEqual([]);
}

describe("a provider started by hand", () => {
  test("at any record is stopped again before anything else happens", async () => {
    const { counted } = await drydock(sandbox({ ...swift, controlPlane: 1 }), "run --yes");
    for (let number = 1; number <= counted.records; number++) {
      const box = sandbox({ ...swift, controlPlane: 1 });
      const faults = [at(number, ({ site }) => scaleProvider(site, 3))];
      const first = await drydock(box, "run --yes", { faults });
      // Before the lock was held it makes the plan a stale one. In the very moment in which it was
      // stopped or started: whose will counts is for people to say.
      if (first.code === exitCodes.blocked) expect(first.err).toContain("since the plan was made");
      else if (first.code !== 0)
        stoppedAt(first, "provider@node1: akash-services/akash-provider wants 3");
      const again = first.code === 0 ? first : await drydock(box, "run --yes");
      expect([number, again.code]).toEqual([number, 0]);
      expect([number, box.site.violations]).toEqual([number, []]);
    }
  }, 300_000);

  test("during an interruption is stopped again before anything else happens", async () => {
    const box = sandbox(swift);
    const faults = [at(60, ({ tool }) => void Object.assign(tool, { interrupted: true }))];
    const first = await drydock(box, "run --yes", { faults });
    expect(first.code).toBe(exitCodes.interrupted);
    scaleProvider(box.site, 1);
    await box.site.clock.wait(300_000);
    await completes(box);
  });

  test("during an interruption is stopped again although the cluster is not healthy then", async () => {
    const box = sandbox(swift);
    await drydock(box, "run --yes", { told: killedAt("renew-certificates@node1: ok") });
    scaleProvider(box.site, 1);
    stopMember(box.site, "node3");
    await box.site.clock.wait(300_000);
    const again = await drydock(box, "run --yes");
    stoppedAt(again, "check-cluster-health:before-window@node1");
    expect(again.err).toContain("The provider stays stopped.");
    expect(providerReplicas(box.site.model)).toBe("0/0");
    startMember(box.site, "node3");
    await completes(box);
  });

  test("again and again stops the window where that is, and nothing else is said of it", async () => {
    const box = sandbox(swift);
    let fights = false;
    const starts = when("settled", "check-expiration@node3", box, (site) => {
      fights = true;
      return scaleProvider(site, 3);
    });
    const again: RecordFault = {
      at: "record",
      number: "each",
      moment: "after",
      does: ({ site }) => {
        if (fights) scaleProvider(site, 3);
      },
    };
    const ran = await drydock(box, "run --yes", { faults: [starts, again] });
    stoppedAt(ran, "stop-provider@node1: akash-services/akash-provider wants 3 replicas");
    expect(ran.err).toContain("Somebody has started the provider meanwhile. To see how it is: ");
    expect(ran.err).not.toContain("The provider stays stopped.");
    fights = false;
    const status = (await drydock(box, "status")).out;
    expect(status).toContain("Somebody has started the provider meanwhile.");
    await completes(box);
  });
});

test("a window that was cut off while the provider starts does not stop it again", async () => {
  const box = sandbox(swift);
  await drydock(box, "run --yes", { told: killedAt("start-provider@node1: kubectl") });
  // What was sent may arrive without us.
  scaleProvider(box.site, 1);
  await box.site.clock.wait(300_000);
  expect(providerReplicas(box.site.model)).toBe("1/1");
  const seen = new Set<string>();
  const looking: RecordFault = {
    at: "record",
    number: "each",
    moment: "after",
    does: ({ site }) => void seen.add(providerReplicas(site.model)),
  };
  expect((await drydock(box, "run --yes", { faults: [looking] })).code).toBe(0);
  expect([...seen]).toEqual(["1/1"]);
  expect(box.site.violations).toEqual([]);
});

describe("an etcd member that dies", () => {
  test("at any record stops the window before the next node, and it goes on when it is back", async () => {
    const { counted } = await drydock(sandbox(swift), "run --yes --restart-etcd");
    for (let number = 1; number < counted.records; number += 3) {
      const box = sandbox(swift);
      const faults = [at(number, ({ site }) => stopMember(site, "node2"))];
      const first = await drydock(box, "run --yes --restart-etcd", { faults });
      if (first.code !== 0) startMember(box.site, "node2");
      const again = first.code === 0 ? first : await drydock(box, "run --yes");
      expect([number, again.code], again.err).toEqual([number, 0]);
      expect([number, box.site.violations]).toEqual([number, []]);
      expect([number, providerReplicas(box.site.model)]).toEqual([number, "1/1"]);
    }
  }, 300_000);

  test("while node1 is renewed leaves node2 and node3 as they are", async () => {
    const box = sandbox(swift);
    const before = { serials: serials(box.site.model), containers: containers(box.site.model) };
    const faults = [
      when("settled", "renew-certificates@node1", box, (site) => stopMember(site, "node3")),
    ];
    const ran = await drydock(box, "run --yes", { faults });
    stoppedAt(ran, "check-cluster-health@node1");
    expect(ran.err).toContain("https://10.0.0.3:2379 is unhealthy");
    expect(providerReplicas(box.site.model)).toBe("0/0");
    const touched = [...serials(box.site.model)]
      .filter(([key, serial]) => before.serials.get(key) !== serial)
      .map(([key]) => key.split("/")[0]);
    expect([...new Set(touched)]).toEqual(["node1"]);
    startMember(box.site, "node3");
    await completes(box);
  });
});

describe("a component that does not come back", () => {
  test("stops the window on its node; mended, the window goes on from there", async () => {
    const box = sandbox(swift);
    slowComponent(box.site, { host: "node1", component: "kube-apiserver" });
    const before = containers(box.site.model);
    const ran = await drydock(box, "run --yes");
    stoppedAt(ran, "restart-component:kube-apiserver@node1");
    expect(ran.err).toContain("readyz");
    const after = containers(box.site.model);
    // On node1 the leaders have ended by themselves.
    const others = [...before].filter(([key]) => !key.startsWith("node1/"));
    expect([...after].filter(([key]) => !key.startsWith("node1/"))).toEqual(others);
    const records = [...box.desk.windows.values()].flatMap((window) => window.records);
    const sent = records.flatMap((one) => (one.kind === "sending" ? [one.key] : []));
    expect(sent).toContain("restart-component:kube-apiserver@node1");
    expect(sent.filter((key) => key.includes("kube-scheduler"))).toEqual([]);
    mendComponents(box.site, "node1");
    await completes(box);
  });
});

describe("a disk that fills up after the survey", () => {
  test.each([
    ["node1", "backup-etcd@node1"],
    ["node3", "backup-certificates@node3"],
  ])("on %s stops the window at %s, before anything is renewed", async (node, key) => {
    const box = sandbox(swift);
    const before = serials(box.site.model);
    const faults = [when("settled", "stop-provider@node1", box, (site) => fillDisk(site, node))];
    const ran = await drydock(box, "run --yes", { faults });
    stoppedAt(ran, key);
    expect(ran.err).toMatch(/no space left on device/i);
    expect(serials(box.site.model)).toEqual(before);
    fillDisk(box.site, node, 20e9);
    await completes(box);
  });

  test("here stops the window too, and says which file", async () => {
    const box = sandbox(swift);
    const fill = () => {
      box.desk.freeBytes = 1000;
    };
    const faults = [when("settled", "backup-etcd@node1", box, fill)];
    const ran = await drydock(box, "run --yes", { faults });
    stoppedAt(ran, "bring-snapshot@node1");
    expect(ran.err).toContain("etcd-snapshot.db");
    box.desk.freeBytes = 50e9;
    await completes(box);
  });
});

describe("somebody else", () => {
  test("who renews a node's certificates meanwhile has done that step's work", async () => {
    const box = sandbox(swift);
    const faults = [
      when("settled", "renew-certificates@node1", box, (site) => renewByHand(site, "node2")),
    ];
    const ran = await drydock(box, "run --yes --json", { faults });
    expect(ran.code).toBe(0);
    expect(ran.out).not.toContain('"kind":"acting","key":"renew-certificates@node2"');
    expect(ran.out).toContain(
      '"kind":"acting","key":"restart-component:kube-scheduler+kube-controller-manager@node2"',
    );
    expect(box.site.violations).toEqual([]);
  });

  test("who takes the lock away ends the window; nothing more is changed", async () => {
    const box = sandbox(swift);
    const faults = [
      when("settled", "renew-certificates@node1", box, (site) => removeLock(site, "node1")),
    ];
    const before = containers(box.site.model);
    const ran = await drydock(box, "run --yes", { faults });
    expect(ran.code).toBe(exitCodes.locked);
    expect(ran.err).toContain("the lock is held by: nobody");
    expect(ran.err.trim().split("\n").at(-1)).toContain("go on with: drydock run");
    expect(containers(box.site.model)).toEqual(before);
    await completes(box);
  });

  test("who deletes mirror pods, as the guide says, has restarted nothing", async () => {
    const box = sandbox(swift);
    const { model } = box.site;
    const before = containers(model);
    const ages = model.pods.filter((pod) => pod.owner.kind === "Node").map((pod) => pod.uid);
    await deleteMirrorPods(box.site, "kube-scheduler");
    const after = model.pods.filter((pod) => pod.owner.kind === "Node").map((pod) => pod.uid);
    expect(after).not.toEqual(ages);
    expect(containers(model)).toEqual(before);
    expect(running(hostNamed(model, "node1"), "kube-scheduler")).toBeDefined();
  });
});

describe("one of two that start side by side and does not come back", () => {
  test.each(["kube-scheduler", "kube-controller-manager"])(
    "stops the window before the next node: %s",
    async (component) => {
      const box = sandbox(swift);
      slowComponent(box.site, { host: "node2", component });
      const before = containers(box.site.model);
      const ran = await drydock(box, "run --yes");
      stoppedAt(ran, "restart-component:kube-scheduler+kube-controller-manager@node2");
      expect(ran.err).toContain(`${component}: `);
      const after = containers(box.site.model);
      expect(after.get("node3/kube-scheduler")).toBe(before.get("node3/kube-scheduler"));
      mendComponents(box.site, "node2");
      await completes(box);
    },
  );
});

describe("Ctrl-C", () => {
  test("at any record stops the window there, and running it again completes it", async () => {
    const { counted } = await drydock(sandbox({ ...swift, controlPlane: 1 }), "run --yes");
    for (let number = 1; number < counted.records; number++) {
      const box = sandbox({ ...swift, controlPlane: 1 });
      const faults = [at(number, ({ tool }) => void Object.assign(tool, { interrupted: true }))];
      const first = await drydock(box, "run --yes", { faults });
      // The last step only looks: once it has begun, nothing is left to stop.
      if (number < counted.records - 2) expect([number, first.code]).toEqual([number, 130]);
      const again = first.code === 0 ? first : await drydock(box, "run --yes");
      expect([number, again.code, box.site.violations]).toEqual([number, 0, []]);
    }
  }, 300_000);
});
