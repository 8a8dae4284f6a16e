// The rig's stand-in provider closes leases on the stand-in chain as the real one does; beside it a
// window keeps them, and says so.

import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { putBack } from "../../rig/akash/apply.ts";
import { leaseNamespace } from "../../rig/akash/lease.ts";
import { sampleLeases } from "../../rig/akash/leases.ts";
import { openRigChain, type RigChain } from "../../rig/akash/rig-chain.ts";
import { usualPace } from "../../rig/akash/services.ts";
import { poll } from "../../rig/command.ts";
import { savedSettings } from "../../rig/status.ts";
import { kubectl, mended } from "./cluster.ts";
import { drydock, freshState } from "./drydock.ts";

const settings = await savedSettings(process.env);
let chain: RigChain;

beforeEach(async () => {
  await mended();
  chain = await openRigChain();
});

afterEach(async () => {
  chain.renew();
  await putBack(settings, usualPace).finally(() => chain.close());
});

test("the stand-in provider closes the lease that fails its checks, at check number maxRetries + 1, and no other", async () => {
  await putBack(settings, { maxRetries: 3, clock: 0.1 });
  const lease = sampleLeases(12).find(({ services }) => services.every((s) => !s.persistent));
  if (lease === undefined) throw new Error("every lease has a StatefulSet");
  const namespace = leaseNamespace(lease.id);
  await kubectl(`-n ${namespace} scale deployment web --replicas=0`);
  await poll("a closed lease", { timeoutMs: 60_000, everyMs: 500 }, async () =>
    closed().length > 0 ? true : undefined,
  );
  expect(closed()).toEqual([[lease.id.dseq, "lease_closed_reason_unstable"]]);
  const log = stripVTControlCharacters(await kubectl("-n akash-services logs akash-provider-0"));
  const saying = (text: string) =>
    log.split("\n").filter((line) => line.includes(`/${lease.id.dseq}/`) && line.includes(text));
  const failed = saying("check result").filter((line) => line.includes("ok=false"));
  expect(failed.map(attemptOf)).toEqual([1, 2, 3, 4]);
  expect(saying("deployment failed.  closing lease.")).toHaveLength(1);
  await poll("the namespace is gone", { timeoutMs: 90_000, everyMs: 1000 }, async () =>
    (await kubectl(`get namespace ${namespace} --ignore-not-found -o name`)) === ""
      ? true
      : undefined,
  );
});

test("a window ends its report with the leases' verdict: all kept, no tenant's pod restarted", async () => {
  await advertiseGpus(2);
  const endpoints = chain.urls.flatMap((url) => ["--chain", url]);
  const before = await drydock(freshState(), ["leases", ...endpoints]);
  expect(before.stdout).toContain("GPUs: node1 2\n");
  const ran = await drydock(freshState(), ["run", "--yes", ...endpoints]);
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(
    /check-inventory@node1: ok .*: operator-inventory shows 3 nodes, 2 GPUs/,
  );
  expect(ran.stdout).toContain("12 of 12 leases kept, no tenant pod restarted");
  expect(closed()).toEqual([]);
});

/**
 * As a device plugin does it, until the kubelet is restarted; the inventory operator has seen them.
 */
async function advertiseGpus(count: number): Promise<void> {
  const path = "/status/capacity/nvidia.com~1gpu";
  const patch = JSON.stringify([{ op: "add", path, value: String(count) }]);
  await kubectl(`patch node node1 --subresource=status --type=json -p '${patch}'`);
  await poll("allocatable GPUs", { timeoutMs: 60_000, everyMs: 500 }, async () => {
    const allocatable = "{.status.allocatable.nvidia\\.com/gpu}";
    const gpus = await kubectl(`get node node1 -o jsonpath='${allocatable}'`);
    return gpus === String(count) ? true : undefined;
  });
  await kubectl("-n akash-services rollout restart deployment/operator-inventory");
  await kubectl("-n akash-services rollout status deployment/operator-inventory --timeout=60s");
}

function attemptOf(line: string): number {
  return Number(/ attempt=(\d+) /.exec(line)?.[1]);
}

function closed(): readonly (readonly [dseq: string, reason: string])[] {
  return chain.entries
    .filter(({ state }) => state !== "active")
    .map(({ id, reason }) => [id.dseq, reason]);
}
