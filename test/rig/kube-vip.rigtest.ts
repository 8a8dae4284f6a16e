// The whole window where kube-vip holds the API's address, which every kubeconfig names. It reads
// its own kubeconfig when it starts. This test has a rig of its own.

import { beforeEach, expect, test } from "vitest";
import { ready } from "../../rig/cluster/join.ts";
import { endpointAddress } from "../../rig/settings.ts";
import { savedSettings } from "../../rig/status.ts";
import { ownRig } from "./rig-command.ts";

ownRig("--endpoint", "kube-vip");
// What they know of the rig they learn when they are loaded.
const { containers, controlPlane, leaves, mended, nodeNames, on, providerReplicas, tenants } =
  await import("./cluster.ts");
const { drydock, freshState } = await import("./drydock.ts");
const { everythingRenewed } = await import("./renewed.ts");
const { seeingOld } = await import("./seeing-old.ts");
const address = endpointAddress(await savedSettings(process.env));

beforeEach(mended);

/** The names of the nodes that hold the address. */
async function holders(): Promise<readonly string[]> {
  const shown = await Promise.all(
    nodeNames.map((node) => on(node, "ip -brief address show dev host0")),
  );
  return nodeNames.filter((_, index) => shown[index]?.includes(` ${address}/`) === true);
}

/** The container's id on each node; every node must have one. */
async function kubeVips(): Promise<readonly string[]> {
  const all = await containers();
  const ids = nodeNames.map((node) => all.get(`${node}/kube-vip`)?.id);
  expect(ids).not.toContain(undefined);
  return ids.flatMap((id) => id ?? []);
}

test("where kube-vip holds the API's address, a window that was killed as it moved is completed", async () => {
  const before = { leaves: await leaves(), vips: await kubeVips(), tenants: await tenants() };
  const state = freshState();
  const words = ["run", "--yes", "--json"];
  const killed = await drydock(state, words, ({ kind, key, act }, { child }) => {
    // The address has left node1 with its API server, and may be here by now.
    const isPlace = key === "restart-component:kube-apiserver@node2";
    if (kind === "acting" && isPlace && act?.includes(" rm ") === true) child.kill("SIGKILL");
  });
  expect(killed.code).toBeNull();
  const answered: Promise<boolean>[] = [];
  const resumed = await drydock(state, words, ({ kind, key = "" }) => {
    const isHealth = kind === "settled" && key.startsWith("check-cluster-health@");
    if (isHealth) answered.push(ready(address));
  });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(answered.length).toBeGreaterThanOrEqual(2);
  expect(await Promise.all(answered)).not.toContain(false);
  await everythingRenewed(before.leaves);

  expect((await kubeVips()).filter((id) => before.vips.includes(id))).toEqual([]);
  // Where it held the address it ended with its node's API server, and did not wait for its turn.
  const all = await containers();
  const created = nodeNames.flatMap((node) => {
    const here = [...controlPlane, "kube-vip"].map((name) => all.get(`${node}/${name}`)?.createdAt);
    const instants = here.map((at) => at ?? 0);
    return [Math.min(...instants), Math.max(...instants)];
  });
  expect(created).toEqual([...created].sort((one, other) => one - other));
  expect(await seeingOld(["kube-vip", "kube-scheduler", "kube-controller-manager"])).toEqual([]);
  expect(await holders()).toHaveLength(1);
  expect(await tenants()).toBe(before.tenants);
  expect(await providerReplicas()).toBe("1/1");
});
