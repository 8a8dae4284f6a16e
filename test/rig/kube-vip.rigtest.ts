// The whole window where kube-vip holds the API's address, which every kubeconfig names. It reads its own
// kubeconfig when it starts. These tests have a rig of their own, and leave the usual one behind.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ready } from "../../rig/cluster/join.ts";
import { endpointAddress } from "../../rig/settings.ts";
import { savedSettings } from "../../rig/status.ts";
import { rig } from "./rig-command.ts";

rig("up", "--endpoint", "kube-vip");
// What they know of the rig they learn when they are loaded.
const { containers, controlPlane, leaves, mended, nodeNames, on, providerReplicas, tenants } =
  await import("./cluster.ts");
const { drydock, freshState } = await import("./drydock.ts");
const { everythingRenewed } = await import("./renewed.ts");
const { seeingOld } = await import("./seeing-old.ts");
const address = endpointAddress(await savedSettings(process.env));

beforeEach(mended);
afterAll(() => rig("up"));

/** The names of the nodes that hold the address. */
async function holders(): Promise<readonly string[]> {
  const shown = await Promise.all(
    nodeNames.map((node) => on(node, "ip -brief address show dev host0")),
  );
  return nodeNames.filter((_, index) => shown[index]?.includes(` ${address}/`) === true);
}

async function kubeVips(): Promise<readonly { readonly id: string; readonly createdAt: number }[]> {
  const all = await containers();
  return nodeNames.map(
    (node) => all.get(`${node}/kube-vip`) ?? { id: `none on ${node}`, createdAt: 0 },
  );
}

async function inUse(): Promise<void> {
  expect(await seeingOld(["kube-vip", "kube-scheduler", "kube-controller-manager"])).toEqual([]);
  expect(await holders()).toHaveLength(1);
  expect(await ready(address)).toBe(true);
  expect(await providerReplicas()).toBe("1/1");
}

describe("where kube-vip holds the API's address, a window", () => {
  test("has it restarted node by node, and goes on once the address answers", async () => {
    const before = { leaves: await leaves(), vips: await kubeVips(), tenants: await tenants() };
    const answered: Promise<boolean>[] = [];
    const ran = await drydock(freshState(), ["run", "--yes", "--json"], ({ kind, key = "" }) => {
      const isHealth = kind === "settled" && key.startsWith("check-cluster-health@");
      if (isHealth) answered.push(ready(address));
    });
    expect(ran.code, ran.stderr).toBe(0);
    await everythingRenewed(before.leaves);
    expect(await Promise.all(answered)).toEqual(nodeNames.map(() => true));
    const after = await kubeVips();
    const old = new Set(before.vips.map(({ id }) => id));
    expect(after.filter(({ id }) => old.has(id))).toEqual([]);
    // Where it held the address it ended with its node's API server, and did not wait for its turn.
    const all = await containers();
    const created = nodeNames.flatMap((node) => {
      const here = [...controlPlane, "kube-vip"].map(
        (name) => all.get(`${node}/${name}`)?.createdAt,
      );
      const instants = here.map((at) => at ?? 0);
      return [Math.min(...instants), Math.max(...instants)];
    });
    expect(created).toEqual([...created].sort((one, other) => one - other));
    expect(await tenants()).toBe(before.tenants);
    await inUse();
  });

  test("that was killed while a kube-vip was away is completed by running it again", async () => {
    const state = freshState();
    const words = ["run", "--yes", "--json", "--restart", "needed"];
    const before = { leaves: await leaves(), vips: await kubeVips() };
    const killed = await drydock(state, words, (event, { child }) => {
      const isPlace = event.key === "restart-component:kube-vip@node2";
      if (event.kind === "acting" && isPlace && event.act?.includes(" rm ") === true) {
        child.kill("SIGKILL");
      }
    });
    expect(killed.code).toBeNull();
    const resumed = await drydock(state, words);
    expect(resumed.code, resumed.stderr).toBe(0);
    await everythingRenewed(before.leaves);
    const old = new Set(before.vips.map(({ id }) => id));
    expect((await kubeVips()).filter(({ id }) => old.has(id))).toEqual([]);
    await inUse();
  });
});
