// Whole windows where kube-vip holds the API's address: it reads its certificate only when it
// starts.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { textAt } from "../src/simulator/files.ts";
import { controlPlane, type Model, running } from "../src/simulator/model.ts";
import { clientPemOf } from "../src/simulator/nature/kubeconfig.ts";
import { exitContainer } from "../src/simulator/nature/kubelet.ts";
import { containers } from "./scenarios/cluster-seen.ts";
import { survivesEveryCrash } from "./scenarios/crashes.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

const wanted = { renewed: true, replicas: 1 };
const dayMs = 24 * 3_600_000;

/** By node, the container of kube-vip. */
function kubeVips(model: Model): readonly (string | undefined)[] {
  const all = containers(model);
  return controlPlane(model).map(({ name }) => all.get(`${name}/kube-vip`));
}

/** Of each node, whether its kube-vip works with what lies in that file now. */
function holdFile({ site: { model } }: Sandbox, file: string): readonly boolean[] {
  return controlPlane(model).map((host) => {
    const pem = clientPemOf(textAt(host, `/etc/kubernetes/${file}`));
    return running(host, "kube-vip")?.clientPem === pem;
  });
}

describe.each(["run --yes", "run --yes --restart needed"])("with kube-vip, drydock %s", (words) => {
  test("ends with another one on every node, which holds the renewed certificate", async () => {
    const box = sandbox({ kubeVip: true });
    const { model } = box.site;
    const before = seenBefore(box);
    const old = kubeVips(model);
    expect(old).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
    const ran = await drydock(box, words);
    expect(ran.code, ran.err).toBe(0);
    for (const [index, container] of kubeVips(model).entries()) {
      expect(container).toEqual(expect.any(String));
      expect(container).not.toBe(old[index]);
    }
    expect(holdFile(box, "super-admin.conf")).toEqual([true, false, false]);
    expect(holdFile(box, "admin.conf")).toEqual([false, true, true]);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
  });

  test("leaves the API's address in place when the old certificates have ended", async () => {
    const box = sandbox({ kubeVip: true, residualDays: 5 });
    expect((await drydock(box, words)).code).toBe(0);
    await box.site.clock.wait(6 * dayMs);
    const ran = await drydock(box, "plan");
    expect(ran.code, ran.err).toBe(0);
  });

  test(
    "is completed when it was killed at any of every fourth moment",
    () => survivesEveryCrash({ kubeVip: true }, words, 4),
    60_000,
  );

  test("survives being killed while a kube-vip is away", async () => {
    const box = sandbox({ kubeVip: true });
    const before = seenBefore(box);
    let restarts = false;
    const killed = await drydock(box, `${words} --json`, {
      told: (text) => {
        if (text.includes('"restart-component:kube-vip@node2"')) restarts = true;
        return restarts && text.includes("crictl --timeout 30s rm") ? "kill" : undefined;
      },
    });
    expect(killed.code).not.toBe(0);
    const again = await drydock(box, words);
    expect(again.code, again.err).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
  });
});

test("one that held the address has ended with its API server, and is not stopped once more", async () => {
  const box = sandbox({ kubeVip: true });
  const old = kubeVips(box.site.model);
  const { out, code } = await drydock(box, "run --yes --json");
  expect(code).toBe(0);
  const acts = (node: string) =>
    out
      .split("\n")
      .filter((line) => line.includes('"acting"') && line.includes(`:kube-vip@${node}"`));
  // The address goes from node1 to node2 and back, each time as the API server there is restarted.
  expect(["node1", "node2", "node3"].map((node) => acts(node).length)).toEqual([0, 0, 2]);
  const now = kubeVips(box.site.model);
  expect(now.filter((id) => old.includes(id))).toEqual([]);
});

test("a kube-vip that ends soon after each start stops the window before the next node", async () => {
  const box = sandbox({ kubeVip: true });
  const { model } = box.site;
  const old = kubeVips(model);
  const ran = await drydock(box, "run --yes --json", {
    told: (text) => {
      const [node1] = controlPlane(model);
      const container = node1 === undefined ? undefined : running(node1, "kube-vip");
      const isNew = text.includes('"restart-component:kube-vip@node1"') && container?.id !== old[0];
      if (node1 !== undefined && container !== undefined && isNew)
        exitContainer(box.site, node1, container, { by: { who: "cluster" } });
      return undefined;
    },
  });
  expect(ran.code).toBe(exitCodes.stopped);
  expect(ran.err).toContain("kube-vip");
  expect(kubeVips(model).slice(1)).toEqual(old.slice(1));
  expect(box.site.violations).toEqual([]);
});
