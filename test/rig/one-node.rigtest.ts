// A cluster of a single control plane node: while its API server is away nobody can look at
// anything. These tests have a rig of their own.

import { beforeEach, describe, expect, test } from "vitest";
import { poll } from "../../rig/command.ts";
import { ownRig } from "./rig-command.ts";

ownRig("--control-plane", "1");
// What they know of the rig they learn when they are loaded.
const { codeOn, containers, leaves, mended, on, providerReplicas, tenants } = await import(
  "./cluster.ts"
);
const { drydock, freshState } = await import("./drydock.ts");
const { everythingRenewed } = await import("./renewed.ts");

beforeEach(mended);

const node = "node1";
const pki = "/etc/kubernetes/ssl";

/**
 * What a power loss leaves behind: of one pair the key is new and the certificate is not, of
 * another the new key never reached the disk. The archive has what was there before.
 */
function halves(archive: string): string {
  const old = ["apiserver.crt", "front-proxy-client.key"].map((file) => `${pki.slice(1)}/${file}`);
  return `openssl genrsa 2048 2>/dev/null >${pki}/apiserver.key; tar -xzpf ${archive} -C / ${old.join(" ")}`;
}

/** As after a start of the machine: another process, which reads what lies on the disk. */
async function startAnew(): Promise<void> {
  await on(
    node,
    "id=$(crictl ps -q --name '^kube-apiserver$'); crictl stop --timeout 1 $id && crictl rm $id",
  );
  const ended = "crictl ps -a --state exited -q --name '^kube-apiserver$'";
  await poll("an API server that ends at once", { timeoutMs: 120_000, everyMs: 500 }, async () =>
    (await on(node, ended)) === "" ? undefined : true,
  );
}

async function killedAfterRenewal(state: string): Promise<string> {
  const killed = await drydock(state, ["run", "--yes", "--json"], (event, { child }) => {
    if (event.kind === "acted" && event.key === `renew-certificates@${node}`) child.kill("SIGKILL");
  });
  expect(killed.code, killed.stderr).toBeNull();
  const [window = ""] = (await on(node, "cat /var/lib/drydock/lock/holder")).split(" ");
  return `/var/backups/drydock/${window}/${node}.tar.gz`;
}

describe("with one control plane node, a window", () => {
  test("goes on after a power loss that cut two of its pairs off", async () => {
    const state = freshState();
    const before = {
      leaves: await leaves(),
      containers: await containers(),
      tenants: await tenants(),
    };
    const archive = await killedAfterRenewal(state);
    await on(node, halves(archive));
    await startAnew();
    expect(await codeOn(node, "kubectl --request-timeout=5s get --raw /readyz")).not.toBe(0);

    const ran = await drydock(state, ["run", "--yes", "--json"]);
    expect(ran.code, ran.stderr).toBe(0);
    const settled = ran.events.filter(({ kind }) => kind === "settled").map(({ key }) => key);
    expect(settled[0]).toBe(`finish-renewal@${node}`);
    await everythingRenewed(before.leaves);
    const now = await containers();
    for (const [name, { id }] of before.containers) {
      if (/kube-(apiserver|scheduler|controller-manager)$/.test(name)) {
        expect(now.get(name)?.id).not.toBe(id);
      }
    }
    expect(await tenants()).toBe(before.tenants);
    expect(await providerReplicas()).toBe("1/1");
  });
});
