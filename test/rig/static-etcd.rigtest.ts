// The whole window where etcd is kubeadm's static pod: kubeadm renews its certificates, and a
// window restarts it, one member at a time. These tests have a rig of their own.

import { beforeEach, describe, expect, test } from "vitest";
import { ownRig } from "./rig-command.ts";

ownRig("--etcd-as", "static-pod");
// What they know of the rig they learn when they are loaded.
const { containers, leaves, mended, nodeNames, on, providerReplicas, stopEtcd, tenants } =
  await import("./cluster.ts");
const { drydock, freshState } = await import("./drydock.ts");
const { everythingRenewed } = await import("./renewed.ts");

beforeEach(mended);

/** `node/listener` to whether it shows the certificate in its file. */
async function servesItsFile(): Promise<ReadonlyMap<string, boolean>> {
  const seen = new Map<string, boolean>();
  const shown = "openssl x509 -noout -fingerprint -sha256";
  for (const node of nodeNames) {
    for (const [name, port] of Object.entries({ server: 2379, peer: 2380 })) {
      const script = `openssl s_client -connect $(hostname -I | cut -d' ' -f1):${port} </dev/null 2>/dev/null | ${shown}; ${shown} -in /etc/kubernetes/pki/etcd/${name}.crt`;
      const [served, file] = (await on(node, script)).split("\n");
      seen.set(`${node}/${name}`, served === file);
    }
  }
  return seen;
}

async function etcdServesItsFiles(): Promise<void> {
  expect([...(await servesItsFile())].filter(([, does]) => !does)).toEqual([]);
}

describe("with etcd as static pods, a window", () => {
  test("renews etcd's certificates too, and restarts one member after the other", async () => {
    const before = {
      leaves: await leaves(),
      containers: await containers(),
      tenants: await tenants(),
    };
    expect(before.leaves.size).toBe(nodeNames.length * 10);
    const ran = await drydock(freshState(), ["run", "--yes", "--json"]);
    expect(ran.code, ran.stderr).toBe(0);
    await everythingRenewed(before.leaves);
    await etcdServesItsFiles();
    const after = await containers();
    const created = nodeNames.map((node) => {
      expect(after.get(`${node}/etcd`)?.id).not.toBe(before.containers.get(`${node}/etcd`)?.id);
      return after.get(`${node}/etcd`)?.createdAt ?? 0;
    });
    expect(created).toEqual([...created].sort((one, other) => one - other));
    const stepsAt = (kind: string) =>
      ran.events.filter((event) => event.kind === kind).map(({ key }) => key);
    const health = nodeNames.map((node) => `check-cluster-health:before-etcd@${node}`);
    expect(stepsAt("settled")).toEqual(expect.arrayContaining(health));
    expect(await tenants()).toBe(before.tenants);
    expect(await providerReplicas()).toBe("1/1");
  });

  test("that was killed while an etcd member was away is completed by running it again", async () => {
    const state = freshState();
    const before = await leaves();
    const killed = await drydock(state, ["run", "--yes", "--json"], (event, { child }) => {
      const isPlace = event.key === "restart-component:etcd@node2";
      if (event.kind === "acting" && isPlace && event.act?.includes(" rm ") === true) {
        child.kill("SIGKILL");
      }
    });
    expect(killed.code).toBeNull();
    const resumed = await drydock(state, ["run", "--yes", "--json"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    await everythingRenewed(before);
    await etcdServesItsFiles();
    expect(await providerReplicas()).toBe("1/1");
  });

  test("is not planned while an etcd member is down", async () => {
    const last = nodeNames.at(-1) ?? "";
    await stopEtcd(last);
    const ran = await drydock(freshState(), ["plan"]);
    expect(ran.code, ran.stdout).toBe(36);
    expect(ran.stdout).toContain(last);
    // The last of them: this rig is replaced in a moment, and what it settles to is waited for by
    // nobody.
  });
});
