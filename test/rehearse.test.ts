// A rehearsal: the plan for a cluster that was only looked at, played on a likeness of it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import type { ClusterFacts } from "../src/cluster/facts.ts";
import { likenessOf } from "../src/demo/likeness.ts";
import { differences } from "../src/demo/rehearse.ts";
import { planRotation } from "../src/runbook.ts";
import { buildModel, type Shape } from "../src/simulator/build/cluster.ts";
import { hostOf } from "../src/simulator/host.ts";
import { fillDisk } from "../src/simulator/interference.ts";
import { newTool } from "../src/simulator/tool.ts";
import { survey } from "../src/survey.ts";
import { tell } from "./scenarios/person.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

let state = "";
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "drydock-rehearse-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** The simulated cluster stands for a real one: it is only looked at. */
const rehearsed = (words: string, scenario: string) =>
  tell([...`rehearse ${words}`.trim().split(" "), "--simulated", scenario, "--state", state]);

function seen({ site, desk }: Sandbox) {
  const acting = { site, desk, tool: newTool([]) };
  const hosts = [...site.model.hosts.values()].map(({ name, address, roles }) => ({
    host: hostOf(acting, name),
    address,
    roles,
  }));
  return survey({ cluster: "theirs", hosts, clock: site.clock });
}

describe("drydock rehearse", () => {
  test.each([
    ["healthy", 3],
    ["one-node", 1],
    ["static-etcd", 3],
    ["kube-vip", 3],
    ["workers", 3],
    ["expiring", 3],
  ])(
    "plays the very plan of %s, changes nothing, and says how long it took",
    async (scenario, nodes) => {
      const ran = await rehearsed("--json", scenario);
      expect(ran.code, ran.both).toBe(0);
      const said = JSON.parse(ran.out);
      expect(said).toMatchObject({ differences: [], violations: [], code: 0 });
      const keys = said.steps.map(({ key }: { key: string }) => key);
      expect(keys.filter((key: string) => key.startsWith("renew-certificates@"))).toHaveLength(
        nodes,
      );
      expect(said.ms).toBeGreaterThan(nodes * 5000);
      const after = await tell(["status", "--simulated", scenario, "--state", state]);
      expect(after.out).toContain("no window yet");
    },
  );

  test.each(["one-node", "healthy"])(
    "of a refusal that was to be ends well on %s",
    async (name) => {
      const ran = await rehearsed("--fault etcd-member-down", name);
      expect(ran.code, ran.both).toBe(0);
      expect(ran.out).toContain("It was to be refused, and was: nothing of the likeness");
    },
  );

  test("says why it was not carried out", async () => {
    const words = "--fault etcd-member-down";
    const ran = await rehearsed(words, "one-node");
    expect(ran.out).toMatch(/Ended with exit code \d+.*\n {2}node1: .*Client\.Timeout exceeded/);
    expect(ran.out).toContain("The window was not begun there");
    expect(ran.out.trimEnd().split("\n").at(-1)).toBe("Nothing was changed.");
    const { said } = JSON.parse((await rehearsed(`--json ${words}`, "one-node")).out);
    expect(said.at(-1)).toBe("Nothing was changed.");
  });

  test("tells people each step, and what it could not model", async () => {
    const { code, out } = await rehearsed("--restart needed", "healthy");
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}verify-renewal@node3 +\d+\.\d s$/m);
    expect(out).not.toContain("restart-component:kube-apiserver@");
    expect(out).toContain("Not modelled:\n");
    expect(out.trim().split("\n").at(-1)).toMatch(/: drydock run .+ --restart needed$/);
  });

  test("with a fault says what befell it, and that it was survived", async () => {
    const { code, out } = await rehearsed("--fault kill", "workers");
    expect(code, out).toBe(0);
    const [first, second] = out.split("Befell it: Drydock is killed (kill -9) while node2 renews");
    expect(first).not.toContain("start-provider@node1");
    expect(out).toContain("\nThen: Nothing is repaired: the same command is run again.\n");
    expect(out.match(/^Befell it: /gm)).toHaveLength(1);
    expect(second).toContain("start-provider@node1");
    expect(out).toContain("Every checker watched, and found nothing.");
  });

  test("with an unknown fault lists them", async () => {
    const { code, err } = await rehearsed("--fault earthquake", "healthy");
    expect(code).toBe(exitCodes.usage);
    expect(err).toContain("answer-lost");
  });

  test("of a cluster that is not fit for a window says why, as a plan does", async () => {
    const { code, out } = await rehearsed("", "member-down");
    expect(code).toBe(exitCodes.etcd);
    expect(out).toContain("https://10.0.0.3:2379");
  });
});

describe("a likeness", () => {
  const theirs: Partial<Shape> = {
    controlPlane: 1,
    replicas: 2,
    release: "0.10.4",
    authorityDays: 700,
    etcdLeader: "cp-a",
    etcd: { revision: 98_765, sizeBytes: 123_456_789, version: "3.5.22" },
    machines: [
      {
        name: "cp-a",
        address: "192.0.2.7",
        controlPlane: true,
        notAfter: { apiserver: Date.UTC(2026, 11, 1), "admin.conf": Date.UTC(2026, 11, 24) },
        validityPeriod: "17520h0m0s",
        clockOffsetMs: 700,
        freeBytes: { "/var/backups": 2 ** 33 },
      },
      {
        name: "w-1",
        address: "192.0.2.8",
        controlPlane: false,
        notAfter: {},
        clockOffsetMs: 0,
        freeBytes: {},
      },
    ],
  };

  test("has the names, dates, clocks, disks, etcd and provider that were seen", async () => {
    const box = sandbox(theirs);
    const { shape } = likenessOf(await seen(box));
    expect(shape).toMatchObject({
      ...{ controlPlane: 1, workers: 1, topology: "host-etcd", replicas: 2, release: "0.10.4" },
      etcdLeader: "cp-a",
      etcd: { revision: 98_765, sizeBytes: 123_456_789 },
      machines: [
        { name: "cp-a", address: "192.0.2.7", validityPeriod: "17520h0m0s" },
        { name: "w-1", controlPlane: false },
      ],
    });
    const [machine] = shape.machines ?? [];
    expect(machine?.notAfter).toMatchObject({
      apiserver: Date.UTC(2026, 11, 1),
      "admin.conf": Date.UTC(2026, 11, 24),
    });
    expect(machine?.freeBytes["/var/backups"]).toBe(2 ** 33);
    expect(Math.abs((machine?.clockOffsetMs ?? 0) - 700)).toBeLessThan(300);
    expect(shape.authorityDays).toBeCloseTo(700, 1);
  });

  test("of a cluster whose etcd is led by the first node takes the snapshot elsewhere too", async () => {
    const box = sandbox({ etcdLeader: "node1" });
    const facts = await seen(box);
    const keys = planRotation(facts, { window: "w", restart: "all", restartEtcd: false, skip: [] });
    const again = await seen(sandbox(likenessOf(facts).shape));
    const played = planRotation(again, {
      window: "w",
      restart: "all",
      restartEtcd: false,
      skip: [],
    });
    expect(keys.steps.map(({ key }) => key)).toContain("backup-etcd@node2");
    expect(played.steps.map(({ key }) => key)).toEqual(keys.steps.map(({ key }) => key));
  });

  test("tells steps that are missing, and steps in another order", () => {
    expect(differences(["a", "b", "c"], ["a", "b", "c"])).toEqual([]);
    expect(differences(["a", "b", "c"], ["a", "c", "d"])).toEqual([
      "b is not played",
      "d is played, and not planned",
    ]);
    expect(differences(["a", "b", "c"], ["a", "c", "b"])).toEqual([
      "c is played where b is planned",
    ]);
  });

  test("of an inventory that names a worker first is planned and played in the same order", async () => {
    const { machines = [] } = likenessOf(
      await seen(sandbox({ controlPlane: 3, workers: 1 })),
    ).shape;
    const workerFirst = [...machines].reverse();
    const facts = await seen(sandbox({ machines: workerFirst, controlPlane: 3 }));
    const keys = (of: ClusterFacts) =>
      planRotation(of, { window: "w", restart: "all", restartEtcd: true, skip: [] }).steps.map(
        ({ key }) => key,
      );
    const played = await seen(sandbox(likenessOf(facts).shape));
    expect(differences(keys(facts), keys(played))).toEqual([]);
    expect(keys(facts)[0]).toContain("node3");
  });

  test("seen again is the same likeness", async () => {
    const first = likenessOf(await seen(sandbox(theirs))).shape;
    const again = likenessOf(await seen({ ...sandbox(first) })).shape;
    const times = (shape: Partial<Shape>) => shape.machines?.map(({ notAfter }) => notAfter);
    expect(times(again)).toEqual(times(first));
    expect(again.machines?.map(({ name }) => name)).toEqual(["cp-a", "w-1"]);
  });

  test("names what it leaves out", async () => {
    const box = sandbox({ controlPlane: 1 });
    const [host] = box.site.model.hosts.values();
    if (host === undefined) throw new Error("no host");
    host.renewTimer = "enabled/active";
    fillDisk(box.site, host.name, 2 ** 34);
    const { notModelled, shape } = likenessOf(await seen(box));
    expect(notModelled.join("\n")).toContain("k8s-certs-renew.timer on node1");
    expect(shape.machines?.[0]?.freeBytes["/var/backups"]).toBe(2 ** 34);
    expect(buildModel(shape).hosts.get("node1")?.renewTimer).toBe("");
  });
});
