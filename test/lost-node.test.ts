// A control plane node that is lost: the provider can be stopped and put back without it.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { lockFolder } from "../src/core/lock.ts";
import { reboot } from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { lockHolders, providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, killedCode, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

const longMs = 30 * 24 * 3600 * 1000;

function lose({ site }: Sandbox, node: string): void {
  reboot(site, node, longMs);
}

/** What cannot hold without the node. */
const skips = ["health", "inventory", "workloads", "operators"].map((gate) => `--skip ${gate}`);
const abandonWithout = `abandon ${skips.join(" ")}`;

async function killedInRenewal(): Promise<{ readonly box: Sandbox; readonly window: string }> {
  const box = sandbox(swift);
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
    expect(ran.err).toContain("drydock abandon");
  });
});

describe("the provider of a cluster that lacks a node", () => {
  for (const node of ["node1", "node2"]) {
    test(`is seen, and stopped, without ${node}`, async () => {
      const box = sandbox(swift);
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
