// A control plane node that is lost: the provider can be stopped and put back without it.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { lockFolder } from "../src/core/lock.ts";
import type { Fault } from "../src/simulator/faults.ts";
import { reboot } from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { lockHolders, providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, killedCode, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

const longMs = 30 * 24 * 3600 * 1000;

function lose({ site }: Sandbox, node: string): void {
  reboot(site, node, longMs);
}

/** All pods but the shadows of static ones: what is lost with a machine are those on it as well. */
function runsOn({ site }: Sandbox, nodeName: string): void {
  for (const [at, pod] of site.model.pods.entries()) {
    if (pod.owner.kind !== "Node") site.model.pods[at] = { ...pod, nodeName };
  }
}

/** What cannot hold without the node. */
const skips = ["health", "inventory", "workloads", "operators"].map((gate) => `--skip ${gate}`);
const abandonWithout = `abandon ${skips.join(" ")}`;

async function killedInRenewal(): Promise<{ readonly box: Sandbox; readonly window: string }> {
  const box = sandbox(swift);
  runsOn(box, "node3");
  const killed = await drydock(box, "run --yes", {
    told: (text) => (text.includes("renew-certificates@node2: kubeadm") ? "kill" : undefined),
  });
  expect(killed.code).toBe(killedCode);
  expect(providerReplicas(box.site.model)).toBe("0/0");
  const [window = ""] = box.desk.windows.keys();
  return { box, window };
}

describe("a window whose node is lost half-way", () => {
  for (const node of ["node1", "node2"]) {
    test(`is closed without ${node}, and the provider is put back`, async () => {
      const { box, window } = await killedInRenewal();
      lose(box, node);
      const waits = await drydock(box, "abandon");
      expect(waits.code).toBe(exitCodes.stopped);
      expect(waits.err).toContain("Look at what is named above (`kubectl get nodes`");
      expect(waits.err).toContain("--skip health leaves this out.");
      expect(providerReplicas(box.site.model)).toBe("0/0");

      const closed = await drydock(box, abandonWithout);
      expect(closed.code, closed.err).toBe(0);
      expect(providerReplicas(box.site.model)).toBe("1/1");
      expect(closed.err).toContain(`${node}: the lock could not be released there`);
      expect(closed.err).toContain(`drydock abandon --break-lock ${window}`);
      expect(closed.err.includes("node2 does what node1 was to do")).toBe(node === "node1");
      expect(lockHolders(box.site.model)).toEqual([expect.stringMatching(`^${window} `)]);
      expect(box.site.violations).toEqual([]);
    });
  }

  test("says how to close it, when it cannot be gone on with", async () => {
    const { box } = await killedInRenewal();
    lose(box, "node2");
    const ran = await drydock(box, "run --yes");
    expect(ran.code).toBe(exitCodes.timedOut);
    expect(ran.err).toMatch(
      /^node2: no answer\nIs it up\?\nWindow \S+ is still open\..*: drydock abandon \S+ \S+\nNothing was changed\.\n$/,
    );
  });

  test.each([
    [["node2", "node3"], "needs 2 of 3 control plane nodes, and 1 answered: bring one back"],
    [["node1", "node2", "node3"], "needs 2 of 3 control plane nodes, and none answered: bring 2"],
  ])(
    "is not told to be closed where abandon is refused as well: without %j",
    async (lost, says) => {
      const { box, window } = await killedInRenewal();
      for (const node of lost) lose(box, node);
      for (const words of ["run --yes", "abandon"]) {
        const ran = await drydock(box, words);
        expect(ran.code).toBe(exitCodes.timedOut);
        expect(ran.err).toContain(`Window ${window} is still open. \`drydock abandon\` ${says}`);
        expect(ran.err).toMatch(/first\. The provider stays as it is\.\nNothing was changed\.\n$/);
        expect(ran.err).not.toContain("close the window without it");
      }
      expect(providerReplicas(box.site.model)).toBe("0/0");
    },
  );

  test("is not closed where the only control plane node is lost", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const told = (text: string) => (text.includes("stop-provider@node1: ok") ? "kill" : undefined);
    expect((await drydock(box, "run --yes", { told })).code).toBe(killedCode);
    lose(box, "node1");
    for (const words of ["run --yes", "abandon"]) {
      expect((await drydock(box, words)).err).toContain(
        "needs 1 of 1 control plane node, and none",
      );
    }
  });

  test("is not spoken of where none was left", async () => {
    const box = sandbox(swift);
    for (const node of ["node1", "node2"]) lose(box, node);
    for (const words of ["run --yes", "abandon"]) {
      expect((await drydock(box, words)).err).not.toContain("Window");
    }
  });
});

describe("the provider of a cluster that lacks a node", () => {
  test("is told to stop, and not said to have stopped, where it ran on that node", async () => {
    const box = sandbox(swift);
    lose(box, "node1");
    const stopped = await drydock(box, "provider stop");
    expect(stopped.code).toBe(exitCodes.stopped);
    expect(stopped.err).toContain("akash-services/akash-provider-0 still exists");
    expect(stopped.err).toContain("The provider was told to stop");
    expect(stopped.err).toContain("A pod whose node does not answer stays until that is back");
    expect(providerReplicas(box.site.model)).toBe("0/0");
  });

  for (const node of ["node1", "node2"]) {
    test(`is seen, and stopped, without ${node}`, async () => {
      const box = sandbox(swift);
      runsOn(box, "node3");
      lose(box, node);
      const status = await drydock(box, "provider status");
      expect(status.out, status.err).toContain("1 wanted, 1 ready");
      const stopped = await drydock(box, "provider stop");
      expect(stopped.code, stopped.err).toBe(0);
      expect(stopped.err).toContain(`${node}: no answer\nGoing on without it.`);
      expect(providerReplicas(box.site.model)).toBe("0/0");
      expect(lockHolders(box.site.model)).toEqual([]);
      expect(hostNamed(box.site.model, node).files.has(`${lockFolder}/epoch`)).toBe(false);
    });
  }

  test("is not touched when most of the control plane does not answer", async () => {
    const box = sandbox(swift);
    lose(box, "node1");
    lose(box, "node2");
    const stopped = await drydock(box, "provider stop");
    expect(stopped.code).toBe(exitCodes.timedOut);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });
});

/** Of the look for the lock: the nodes are asked in their order, before anything else. */
function unread(...numbers: readonly number[]): readonly Fault[] {
  return numbers.map((number) => ({ at: "send", of: "read", number, what: "not-sent" }) as const);
}

describe("a lock that is taken away", () => {
  test("is said to lie where it could not be read, and is taken away there later", async () => {
    const { box, window } = await killedInRenewal();
    const broken = await drydock(box, `abandon --break-lock ${window}`, { faults: unread(2) });
    expect(broken.code, broken.err).toBe(exitCodes.unreachable);
    expect(broken.out).toContain(`The lock of window ${window} is taken away on node1, node3.`);
    expect(broken.err).toMatch(/^node2: could not read its lock: not sent: connect to host node2/);
    const [, again = ""] =
      /may still lie on node2\. When that answers again, run: drydock (.*)\n$/.exec(broken.err) ??
      [];
    expect(lockHolders(box.site.model)).toEqual([expect.stringMatching(`^${window} `)]);
    expect(again).toContain(`abandon --break-lock ${window} --inventory`);
    const rest = await drydock(box, again);
    expect([rest.code, rest.err]).toEqual([0, ""]);
    expect(rest.out).toContain("is taken away on node2.");
    expect(lockHolders(box.site.model)).toEqual([]);
  });

  test("is not said to be nowhere when no host could be read, or only hosts without it", async () => {
    const { box, window } = await killedInRenewal();
    const words = `abandon --break-lock ${window}`;
    const all = await drydock(box, words, { faults: unread(1, 2, 3, 4) });
    expect([all.code, all.out]).toEqual([exitCodes.unreachable, ""]);
    for (const node of ["node1", "node2", "node3"]) expect(all.err).toContain(`${node}: could not`);
    expect(all.err).not.toMatch(/no host|not locked/i);
    expect(all.err).toContain("may still lie on node1, node2, node3");
    await drydock(box, words, { faults: unread(2) });
    const one = await drydock(box, words, { faults: unread(2) });
    expect(one.code).toBe(exitCodes.unreachable);
    expect(one.err).not.toContain("no host");
    expect(one.err).toMatch(/^node2: could not .*\nNot locked by window \S+: node1, node3[.,]/);
  });

  test("is not said to be gone where that was not confirmed", async () => {
    const { box, window } = await killedInRenewal();
    const fault = { at: "send", of: "change", number: 1, what: "not-sent" } as const;
    const broken = await drydock(box, `abandon --break-lock ${window}`, { faults: [fault] });
    expect(broken.code).toBe(exitCodes.unreachable);
    expect(broken.out).toContain("is taken away on node2, node3.");
    expect(broken.err).toContain("node1: did not confirm that the lock is gone\n");
    expect(broken.err).toContain("may still lie on node1. When");
  });

  test("may lie on a node that was gone on without, which is named once", async () => {
    const { box, window } = await killedInRenewal();
    lose(box, "node2");
    const words = `abandon --break-lock ${window}`;
    const broken = await drydock(box, words);
    expect(broken.code, broken.err).toBe(0);
    expect(broken.out).toContain("is taken away on node1, node3.");
    expect(broken.err).toContain("may still lie on what was gone on without.");
    expect(broken.err.match(/node2/g)).toHaveLength(1);
    const vain = await drydock(box, words);
    expect(vain.code).toBe(exitCodes.usage);
    expect(vain.err).toContain(`locked by window ${window} (asked: node1, node3`);
    expect(vain.err).toContain("may still lie on what was gone on without.");
  });

  test("names in JSON the hosts on which nobody knows", async () => {
    const { box, window } = await killedInRenewal();
    lose(box, "node3");
    const words = `abandon --break-lock ${window} --json`;
    const broken = await drydock(box, words, { faults: unread(2) });
    expect(broken.code).toBe(exitCodes.unreachable);
    expect(JSON.parse(broken.out)).toMatchObject({
      kind: "lock-taken-away",
      hosts: ["node1"],
      unconfirmed: ["node2", "node3"],
    });
  });
});
