// The demo, in this process and as fast as it can: what it shows is what happened in the model.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { demoFaults } from "../src/cli/simulated-names.ts";
import { untouched, workloadsOf } from "../src/demo/workloads.ts";
import { buildModel } from "../src/simulator/build/cluster.ts";
import { tell } from "./scenarios/person.ts";

let state = "";

beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), "drydock-demo-"));
});

afterAll(() => rmSync(state, { recursive: true, force: true }));

function demo(...words: readonly string[]) {
  return tell(["demo", "--speed", "1e9", ...words]);
}

const whole = "12 of 12 leases' workloads untouched";

describe("drydock demo", () => {
  test("shows 12 leases, the plan, a whole window and its report, and says what it is", async () => {
    const { code, out, err } = await demo();
    expect([code, err]).toEqual([0, ""]);
    expect(out.startsWith("SIMULATED: ")).toBe(true);
    const steps = out.match(/opened window \S+, (\d+) steps/)?.[1];
    const places = [
      "12 leases, with what runs for them:",
      `The plan in short: ${steps} steps`,
      "$ drydock run --yes --simulated",
      "renew-certificates@node3: ok in",
      `is completed: ${steps} steps`,
      `${whole}: active, the same pods`,
      "Try next:",
    ].map((part) => [out.indexOf(part) >= 0, out.indexOf(part)] as const);
    expect(places.map(([found]) => found)).toEqual(places.map(() => true));
    expect(places.map(([, at]) => at)).toEqual(places.map(([, at]) => at).sort((a, b) => a - b));
    expect(
      out.match(/^ {2}dseq \d+ {2}active .*(\d) of \1 pods ready, 0 restarts$/gm),
    ).toHaveLength(12);
  });

  test("in JSON keeps its words off stdout", async () => {
    const { code, out, err } = await demo("--json");
    const events = out.trimEnd().split("\n");
    const kinds = events.map((line) => JSON.parse(line).kind);
    expect([code, kinds[0], kinds.at(-1)]).toEqual([0, "opened", "workloads"]);
    expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({ leases: 12, untouched: 12 });
    expect(err).toContain("SIMULATED");
  });

  test("counts what the model says: another pod, a restart, one that is not ready, a closed lease", () => {
    const before = buildModel();
    const after = buildModel();
    const same = () => untouched(workloadsOf(before), workloadsOf(after)).length;
    const tenants = [...after.leases.values()].map(({ namespace }) => {
      return after.pods.filter((pod) => pod.namespace === namespace);
    });
    const [first, second, third] = tenants.map(([pod]) => pod);
    expect([tenants.length, same()]).toEqual([12, 12]);
    if (first !== undefined) first.restarts += 1;
    if (second !== undefined) second.ready = false;
    if (third !== undefined)
      after.pods.splice(after.pods.indexOf(third), 1, { ...third, uid: "x" });
    expect(same()).toBe(9);
    const [key, lease] = [...after.leases].at(-1) ?? [];
    if (key !== undefined && lease !== undefined)
      after.leases.set(key, { ...lease, state: "closed" });
    expect(same()).toBe(8);
  });
});

describe("drydock demo --fault", () => {
  const ends: Readonly<Record<keyof typeof demoFaults, readonly string[]>> = {
    kill: ["Exit code 137.", "going on with window"],
    "answer-lost": ["was closed", "renew-certificates@node2: ok in"],
    "provider-scaled-up": ["stop-provider@node1 was undone by somebody else, and restored"],
    "etcd-member-down": ["https://10.0.0.3:2379 is unhealthy", "Nothing was changed (compared)."],
    "etcd-member-ends": ["Exit code 4.", "going on with window"],
    "disk-full": ["no space left on device", "Exit code 4.", "going on with window"],
    "api-server-stays-down": ["Exit code 4.", "going on with window"],
    "lock-lost": ["the lock is held by: nobody", "Exit code 34.", "going on with window"],
  };

  test.each(Object.entries(ends))("%s is shown, and survived", async (fault, parts) => {
    const { code, both } = await demo("--fault", fault);
    expect(code, both).toBe(0);
    expect(both.match(/>>> SIMULATED FAULT: /g)).toHaveLength(1);
    for (const part of [...parts, whole, "and found nothing."]) expect(both).toContain(part);
    const refused = fault === "etcd-member-down";
    expect(both.includes("window completed")).toBe(!refused);
  });

  test("without such a name lists all of them", async () => {
    const { code, out, err } = await demo("--fault", "flood");
    expect([code, out]).toEqual([exitCodes.usage, ""]);
    expect(err).toContain('there is no fault "flood"');
    // Long ones go on in the next line.
    const words = err.replaceAll(/\s+/g, " ");
    for (const [name, what] of Object.entries(demoFaults)) {
      expect(words).toContain(`${name} ${what}`);
    }
  });

  test.each([
    [["--speed", "0"], "--speed is more than 0"],
    [["--speed", "fast"], "--speed is more than 0"],
    [["--kill", "--guide"], "demos of their own"],
  ])("%j is refused", async (words, because) => {
    const { code, err } = await demo(...words, "--state", state);
    expect(code).toBe(exitCodes.usage);
    expect(err).toContain(because);
  });
});

describe("drydock demo --guide", () => {
  test("says what the guide's commands left behind, beside Drydock", async () => {
    const { code, out, err } = await demo("--guide", "--json");
    expect(code).toBe(0);
    const { guide, drydock } = JSON.parse(out);
    expect(guide).toMatchObject({
      "certificates renewed": "19 of 19",
      "components restarted": "0 of 9",
      "working with an old certificate":
        "6 of 6 schedulers and controller-managers, until 2027-01-01",
      "etcd restarted": "3 of 3",
      "etcd snapshot": "on node1, mode 0600; copies here: 0",
      "archive of /etc/kubernetes": "on node1, mode 0644; copies here: 0",
    });
    expect(drydock).toMatchObject({
      "certificates renewed": "19 of 19",
      "components restarted": "9 of 9",
      "working with an old certificate": "0 of 6 schedulers and controller-managers",
      "old certificates to go back to": "19 of 19",
      "etcd restarted": "0 of 3",
      "etcd snapshot": "on node1, mode 0600; copies here: 1",
      "archive of /etc/kubernetes": "on node1, node2, node3, mode 0600; copies here: 3",
      provider: "1 wanted, 1 ready",
      "leases' workloads untouched": "12 of 12",
    });
    expect(err).toContain("node1# export $(grep -v '^#' /etc/etcd.env | xargs -d");
    expect(err.match(/^ {2}exit code/gm)).toBeNull();
  });

  test("types every command of the guide that docs/guide.md names", async () => {
    const { err } = await demo("--guide", "--json");
    const typed = err.split("\n").flatMap((line) => /^node\d# (.*)$/.exec(line)?.[1] ?? []);
    for (const part of [
      "kubeadm certs check-expiration",
      "etcdctl snapshot save node1.etcd.backup",
      "tar czf etc_kubernetes_ssl_etcd_bkp.tar.gz /etc/kubernetes /etc/ssl/etcd",
      "kubeadm certs renew all",
      "systemctl restart etcd.service",
    ]) {
      expect(typed).toContain(part);
      expect(readFileSync(new URL("../docs/guide.md", import.meta.url), "utf8")).toContain(part);
    }
  });
});
