// Whole windows as functions of a rig: each says what it does, and what must be true at its end.

import { expect } from "vitest";
import type { Ran, Rig, Scenario, Seen } from "./rig.ts";

function completed(ran: Ran): void {
  expect(ran.err).toBe("");
  expect(ran.code).toBe(0);
}

function renewedEverywhere(before: Seen, after: Seen): void {
  expect(after.serials.size).toBe(before.serials.size);
  const same = [...after.serials].filter(([key, serial]) => before.serials.get(key) === serial);
  expect(same.map(([key]) => key)).toEqual([]);
  expect(after.servingOld).toEqual([]);
  expect(after.seeingOld).toEqual([]);
}

function restarted(before: Seen, after: Seen): readonly string[] {
  return [...after.containers]
    .filter(([key, id]) => before.containers.get(key) !== id)
    .map(([key]) => key)
    .sort();
}

/**
 * What a node's components are must be looked away from while its etcd member is down: where its
 * API server knows no other one, that ends after a while, and so does, sooner, a leader beside it.
 * Who leads, and how long a look takes, is chance on a real cluster.
 */
function elsewhere(seen: Seen, than: string): Seen {
  const isElsewhere = (key: string) => !key.startsWith(`${than}/`);
  const containers = new Map([...seen.containers].filter(([key]) => isElsewhere(key)));
  return { ...seen, containers, seeingOld: seen.seeingOld.filter(isElsewhere) };
}

function everywhere(rig: Rig, components: readonly string[]): readonly string[] {
  return rig.nodes.flatMap((node) => components.map((name) => `${node}/${name}`)).sort();
}

function leftAsItWas(before: Seen, after: Seen): void {
  expect(after.provider).toBe(before.provider);
  expect(after.tenants).toBe(before.tenants);
  expect(after.lockedNodes).toEqual([]);
}

const gentle = ["kube-controller-manager", "kube-scheduler"];
const components = ["kube-apiserver", ...gentle];
/** Where it is no matter what is restarted: a real API server takes its time. */
const gently = "run --yes --restart needed";

/** As a static pod etcd is restarted too: kubeadm renews its certificates. */
function withoutEtcd(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => !key.endsWith("/etcd"));
}

export const windows: readonly Scenario[] = [
  {
    title:
      "renews everything, restarts the three components and leaves etcd alone, and so does the next one",
    nodesMin: 1,
    run: async (rig) => {
      let before = await rig.see();
      for (let windows = 1; windows <= 2; windows++) {
        const ran = await rig.drydock("run --yes");
        completed(ran);
        const after = await rig.see();
        renewedEverywhere(before, after);
        leftAsItWas(before, after);
        expect(withoutEtcd(restarted(before, after))).toEqual(everywhere(rig, components));
        expect(after.etcdInvocations).toEqual(before.etcdInvocations);
        expect(ran.out).toContain("is completed");
        before = after;
      }
    },
  },
  {
    title: "that restarts only what is needed leaves every API server running",
    nodesMin: 1,
    run: async (rig) => {
      const before = await rig.see();
      completed(await rig.drydock("run --yes --restart needed"));
      const after = await rig.see();
      renewedEverywhere(before, after);
      leftAsItWas(before, after);
      expect(restarted(before, after)).toEqual(everywhere(rig, gentle));
    },
  },
  {
    title: "that was killed in the middle of a renewal is completed by running it again",
    nodesMin: 1,
    run: (rig) =>
      killedAt(rig, (act) => act.includes("kubeadm certs renew") && !act.includes("crictl")),
  },
  {
    title: "that was killed while an API server was down is completed by running it again",
    nodesMin: 1,
    run: (rig) => killedAt(rig, (act) => act.includes("crictl --timeout 30s rm")),
  },
  {
    title: "restarts those that look at a file somebody has replaced by another one",
    nodesMin: 1,
    run: async (rig) => {
      const [first = ""] = rig.nodes;
      await rig.replaceFile(first, "/etc/kubernetes/scheduler.conf");
      expect((await rig.see()).seeingOld).toEqual([`${first}/kube-scheduler`]);
      completed(await rig.drydock("run --yes --restart needed"));
      expect((await rig.see()).seeingOld).toEqual([]);
    },
  },
  {
    title: "leaves a provider at 0 that it found at 0",
    nodesMin: 1,
    run: async (rig) => {
      completed(await rig.drydock("provider stop"));
      const before = await rig.see();
      expect(before.provider).toBe("0/0");
      completed(await rig.drydock(gently));
      expect((await rig.see()).provider).toBe("0/0");
      completed(await rig.drydock("provider start"));
      expect((await rig.see()).provider).toBe("1/1");
    },
  },
  {
    title: "stops a provider again that somebody else has started meanwhile",
    nodesMin: 1,
    run: async (rig) => {
      const before = await rig.see();
      let scaled: Promise<void> | undefined;
      const ran = await rig.drydock(`${gently} --json`, (event) => {
        if (event.kind === "settled" && event.key?.startsWith("renew-certificates")) {
          scaled ??= rig.scaleProvider(1);
        }
        return undefined;
      });
      await scaled;
      completed(ran);
      expect(ran.out).toContain('"kind":"lost","key":"stop-provider@');
      leftAsItWas(before, await rig.see());
    },
  },
  {
    title: "does not begin while an etcd member is down",
    nodesMin: 3,
    run: async (rig) => {
      const last = rig.nodes.at(-1) ?? "";
      await rig.stopEtcd(last);
      const before = await rig.see();
      expect((await rig.drydock("plan")).code).toBe(36);
      const ran = await rig.drydock("run --yes");
      expect(ran.code).toBe(36);
      expect(ran.err).toContain("Nothing was changed.");
      expect(elsewhere(await rig.see(), last)).toEqual(elsewhere(before, last));
      await rig.startEtcd(last);
      completed(await rig.drydock(gently));
    },
  },
  {
    title: "of hold leaves the provider stopped when its command fails, and abandon starts it",
    nodesMin: 1,
    run: async (rig) => {
      const failed = await rig.drydock("hold -- false");
      expect(failed.code).toBe(41);
      expect(failed.err.trim().split("\n").at(-1)).toContain("drydock abandon");
      expect((await rig.see()).provider).toBe("0/0");
      expect((await rig.drydock("status")).code).toBe(4);
      completed(await rig.drydock("abandon"));
      expect((await rig.see()).provider).toBe("1/1");
    },
  },
];

async function killedAt(rig: Rig, isPlace: (act: string) => boolean): Promise<void> {
  const before = await rig.see();
  const killed = await rig.drydock("run --yes --json", (event) =>
    event.kind === "acting" && isPlace(event.act ?? "") ? "kill" : undefined,
  );
  expect(killed.code).not.toBe(0);
  expect((await rig.see()).provider.split("/")[0]).toBe("0");
  const again = await rig.drydock("run --yes --json");
  expect(again.code, again.err).toBe(0);
  expect(again.err).toContain("; going on with it.");
  expect(JSON.parse(again.out.split("\n")[0] ?? "")).toMatchObject({
    kind: "opened",
    resumed: true,
  });
  const after = await rig.see();
  renewedEverywhere(before, after);
  leftAsItWas(before, after);
}
