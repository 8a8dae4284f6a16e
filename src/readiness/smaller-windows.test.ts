// What is in the way of less than a rotation, and whose lock is in the way of anything.

import { describe, expect, test } from "vitest";
import type { AutomationSeen } from "../akash/automation.ts";
import type { ClusterFacts } from "../cluster/facts.ts";
import {
  backupBlockers,
  holdBlockers,
  providerOnlyBlockers,
  providerStartBlockers,
  rotationBlockers,
} from "../readiness.ts";
import { cutOff, provider, read } from "../steps/seen.testkit.ts";
import type { Blocker, Wanted } from "./blocker.ts";
import { healthyFacts, heldLock, notReady, withNode2 } from "./facts.testkit.ts";

const wanted: Wanted = { isRemnant: () => false, freeBytesHere: 900 * 2 ** 20 };
const locked = withNode2((host) => ({ ...host, lock: read(heldLock) }));

/** `kind where` of each. */
function said(blockers: readonly Blocker[]): readonly string[] {
  return blockers.map(({ kind, where }) => `${kind} ${where}`);
}

describe("stopping the provider for a hold, only stopping it, and only starting it", () => {
  const name = "akash-services/akash-provider";
  const upgrade: AutomationSeen = {
    release: { name, status: "pending-upgrade", revision: 4 },
    ...{ scalers: [], owners: [], instance: undefined, cronJobs: [], nodeTools: read([]) },
  };
  const withProviders = (...seen: readonly ReturnType<typeof provider>[]) => ({
    ...healthyFacts,
    providers: read(seen),
  });
  const destroying = withProviders(provider({ image: "ghcr.io/akash-network/provider:0.6.9" }));

  test.each<[string, ClusterFacts, Record<"hold" | "stop" | "start", readonly string[]>]>([
    ["nothing on a healthy cluster", healthyFacts, { hold: [], stop: [], start: [] }],
    [
      "somebody's lock",
      locked,
      { hold: ["locked node2"], stop: ["locked node2"], start: ["locked node2"] },
    ],
    [
      "a release that destroys leases when it starts",
      destroying,
      { hold: [`provider-version ${name}`], stop: [], start: [`provider-version ${name}`] },
    ],
    [
      "a second provider",
      withProviders(provider(), provider({ namespace: "b" })),
      {
        hold: ["several-providers prod"],
        stop: ["several-providers prod"],
        start: ["several-providers prod"],
      },
    ],
    [
      "the lack of a provider",
      withProviders(),
      { hold: ["no-provider prod"], stop: ["no-provider prod"], start: ["no-provider prod"] },
    ],
    [
      "an API that does not answer, of a hold",
      { ...healthyFacts, nodes: cutOff, providers: cutOff },
      { hold: ["other node1"], stop: [], start: [] },
    ],
    [
      "a Helm upgrade under way, of a hold",
      { ...healthyFacts, automation: read(upgrade) },
      { hold: [`other ${name}`], stop: [], start: [] },
    ],
    [
      "nothing that the maintenance may be for",
      { ...notReady("node3"), etcd: cutOff },
      { hold: [], stop: [], start: [] },
    ],
  ])("are hindered by %s", (_, facts, expected) => {
    expect({
      hold: said(holdBlockers(facts, wanted)),
      stop: said(providerOnlyBlockers(facts, wanted)),
      start: said(providerStartBlockers(facts, wanted)),
    }).toEqual(expected);
  });
});

test("a backup is hindered by somebody's lock and by a host that does not answer; only a snapshot by etcd", () => {
  expect(said(backupBlockers(locked, "certs", wanted))).toEqual(["locked node2"]);
  const silent = withNode2((host) => ({ ...host, basics: cutOff }));
  expect(said(backupBlockers(silent, "certs", wanted))).toEqual(["unreachable node2"]);
  const withoutEtcd = { ...healthyFacts, etcd: cutOff };
  expect(said(backupBlockers(withoutEtcd, "etcd", wanted))).toEqual(["etcd etcd"]);
  expect(said(backupBlockers(withoutEtcd, "certs", wanted))).toEqual([]);
});

describe("the lock", () => {
  const own = {
    ...wanted,
    own: [{ kind: "locked", window: "w1", because: "window w1 is open", remedy: "Finish it." }],
  } as const;

  test("of a window that is open here is told once, also where hosts show it", () => {
    expect(said(rotationBlockers(healthyFacts, own))).toEqual(["locked prod"]);
    const ours = withNode2((host) => ({ ...host, lock: read({ ...heldLock, window: "w1" }) }));
    expect(said(rotationBlockers(ours, own))).toEqual(["locked prod"]);
  });

  test("of somebody else is told beside one's own", () => {
    expect(said(rotationBlockers(locked, own))).toEqual(["locked prod", "locked node2"]);
  });

  test("that could not be read is in nobody's way: taking it will tell", () => {
    const unread = withNode2((host) => ({ ...host, lock: cutOff }));
    expect(said(rotationBlockers(unread, wanted))).toEqual([]);
  });
});

describe("hosts that do not answer", () => {
  test("are all that is told where no control plane node does: the rest would be guesses", () => {
    const hosts = healthyFacts.hosts.map((host) => ({
      ...host,
      ...{ basics: cutOff, certificates: cutOff },
    }));
    const gone = { ...healthyFacts, nodes: cutOff, etcd: cutOff, providers: cutOff, hosts };
    expect(said(rotationBlockers(gone, wanted))).toEqual([
      "unreachable node1",
      "unreachable node2",
      "unreachable node3",
    ]);
  });

  test("hide nothing else where other control plane nodes do", () => {
    const one = { ...withNode2((host) => ({ ...host, basics: cutOff })), etcd: cutOff };
    expect(said(rotationBlockers(one, wanted))).toEqual(["unreachable node2", "etcd etcd"]);
  });
});
