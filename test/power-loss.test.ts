// A machine that loses its power while kubeadm writes a pair: the key is new, the certificate is
// not, and what is started with them ends at once. Running the window again must mend that, however
// few nodes there are.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { leafRows } from "../src/simulator/build/certificates.ts";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { realPath, textAt } from "../src/simulator/files.ts";
import {
  fillDisk,
  losePowerWithin,
  putBack,
  reboot,
  scaleProvider,
} from "../src/simulator/interference.ts";
import { hostNamed, running } from "../src/simulator/model.ts";
import { isPair } from "../src/simulator/x509.ts";
import {
  drydock,
  killedCode,
  type Ran,
  type Sandbox,
  sandbox,
  swift,
} from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

const settings = [
  { controlPlane: 1, topology: "host-etcd" },
  { controlPlane: 1, topology: "static-pod-etcd" },
  { controlPlane: 3, topology: "host-etcd" },
  { controlPlane: 3, topology: "static-pod-etcd" },
] as const;

const wanted = { renewed: true, replicas: 1 };

function rowsOf({ topology }: Pick<Shape, "topology">): readonly string[] {
  return leafRows
    .filter(({ kind, stacked }) => kind === "pair" && (!stacked || topology === "static-pod-etcd"))
    .map(({ name }) => name);
}

/** A run that ends somewhere behind the power loss, and the machine is up again. */
async function cutOff(box: Sandbox, row: string, words: string): Promise<Ran> {
  losePowerWithin(box.site, "node1", { row, downMs: 600_000 });
  const ran = await drydock(box, words);
  expect(ran.code).not.toBe(0);
  expect(hostNamed(box.site.model, "node1").losesPower).toBeUndefined();
  await box.site.clock.wait(1_200_000);
  return ran;
}

for (const setting of settings) {
  const title = `${setting.controlPlane} control plane node(s), ${setting.topology}`;
  describe.each(["run --yes", "run --yes --restart needed"])(`${title}: drydock %s`, (words) => {
    test.each(rowsOf(setting))("goes on after a power loss within %s", async (row) => {
      const box = sandbox({ ...swift, ...setting });
      const before = seenBefore(box);
      await cutOff(box, row, words);
      const ran = await drydock(box, words);
      expect(ran.code, ran.err).toBe(0);
      expect(wrongAfter(box, before, wanted)).toEqual([]);
    });
  });
}

/** kubeadm syncs nothing: what it wrote last may be gone, although the run has seen it. */
async function lostWrites(box: Sandbox, path: string, words: string): Promise<void> {
  const node = hostNamed(box.site.model, "node1");
  const real = realPath(node, path);
  const old = node.files.get(real);
  const killed = await drydock(box, words, {
    told: (text) => (text.includes("update-kubeconfig@node1") ? "kill" : undefined),
  });
  expect(killed.code).toBe(killedCode);
  expect(node.files.get(real)?.content).not.toBe(old?.content);
  if (old !== undefined) node.files.set(real, old);
  reboot(box.site, "node1");
  await box.site.clock.wait(1_200_000);
}

describe.each([1, 3])("with %d control plane node(s) a window goes on", (controlPlane) => {
  const pki = "/etc/kubernetes/pki";
  test.each([
    "apiserver.key",
    "apiserver.crt",
    "apiserver-kubelet-client.key",
    "front-proxy-client.key",
    "front-proxy-client.crt",
  ])("after a power loss in which the new %s was not on the disk yet", async (file) => {
    const box = sandbox({ ...swift, controlPlane });
    const before = seenBefore(box);
    await lostWrites(box, `${pki}/${file}`, "run --yes");
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(0);
    expect(wrongAfter(box, before, wanted)).toEqual([]);
  });
});

test("a disk that is full is found before kubeadm empties a file", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const full = await drydock(box, "run --yes", {
    told: (text) => {
      if (text.includes("check-cluster-health:before-renewal@node1"))
        fillDisk(box.site, "node1", 0, "/etc/kubernetes");
      return undefined;
    },
  });
  expect(full.code).toBe(exitCodes.stopped);
  expect(full.err).toContain("only 0 KiB are free in /etc/kubernetes");
  expect(full.err).toContain("Make room on that node's disk");
  fillDisk(box.site, "node1", 20e9, "/etc/kubernetes");
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, wanted)).toEqual([]);
});

test("a kubeconfig that a full disk has emptied after all is put back from the archive, as it is told", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  const node = hostNamed(box.site.model, "node1");
  const full = await drydock(box, "run --yes", {
    told: (text) => {
      if (text.includes("kubeadm certs renew")) fillDisk(box.site, "node1", 0, "/etc/kubernetes");
      return undefined;
    },
  });
  expect(full.code).toBe(exitCodes.stopped);
  expect(textAt(node, "/etc/kubernetes/admin.conf")).toBe("");
  fillDisk(box.site, "node1", 20e9, "/etc/kubernetes");
  const damaged = await drydock(box, "run --yes");
  expect(damaged.code).toBe(exitCodes.stopped);
  const [, archive = ""] = /tar -xzpf (\S+) -C \//.exec(damaged.err) ?? [];
  expect(node.files.get(archive)?.form).toBe("archive");
  putBack(box.site, "node1", archive);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, wanted)).toEqual([]);
});

test("an API server with a key that is not its certificate's does not come up", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  await cutOff(box, "apiserver", "run --yes");
  expect(running(hostNamed(box.site.model, "node1"), "kube-apiserver")).toBeUndefined();
  const status = await drydock(box, "provider status");
  expect(status.err + status.out).toContain("refused");
});

test.each([1, 3])(
  "with %d node(s) a provider that was started meanwhile is stopped again before that is mended",
  async (controlPlane) => {
    const box = sandbox({ ...swift, controlPlane });
    const before = seenBefore(box);
    await cutOff(box, "apiserver", "run --yes");
    scaleProvider(box.site, 1);
    await box.site.clock.wait(60_000);
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(0);
    const wrong = wrongAfter(box, before, wanted);
    // Nobody can see it where no API server answers.
    expect(wrong.filter((line) => controlPlane > 1 || !line.startsWith("provider-stays"))).toEqual(
      [],
    );
  },
);

test("a pair that was cut off while its API server ran on is made anew before the provider is given back", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const node = hostNamed(box.site.model, "node1");
  const killed = await drydock(box, "run --yes", {
    told: (text) => (text.includes("update-kubeconfig@node1") ? "kill" : undefined),
  });
  expect(killed.code).toBe(killedCode);
  const key = realPath(node, "/etc/kubernetes/pki/apiserver.key");
  const was = node.files.get(key);
  if (was !== undefined) node.files.set(key, { ...was, content: "" });
  const ran = await drydock(box, "abandon");
  expect(ran.code, ran.err).toBe(0);
  reboot(box.site, "node1");
  await box.site.clock.wait(300_000);
  expect(running(node, "kube-apiserver")).toBeDefined();
  expect(box.site.violations).toEqual([]);
  expect(isPair(textAt(node, "/etc/kubernetes/pki/apiserver.crt"), textAt(node, key))).toBe(true);
});

test("a window that was left with nothing cut off goes on although there is no room for a renewal", async () => {
  const box = sandbox(swift);
  const before = seenBefore(box);
  const killed = await drydock(box, "run --yes", {
    told: (text) => (text.includes("restart-component:kube-apiserver@node1") ? "kill" : undefined),
  });
  expect(killed.code).toBe(killedCode);
  fillDisk(box.site, "node1", 4_000_000, "/etc/kubernetes");
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, wanted)).toEqual([]);
});

test("nothing is mended once the provider was given back", async () => {
  const box = sandbox(swift);
  await cutOff(box, "apiserver", "run --yes");
  const abandoned = await drydock(box, "abandon", {
    told: (text) => (text.includes("check-provider@node1") ? "kill" : undefined),
  });
  expect(abandoned.code).toBe(killedCode);
  const node = hostNamed(box.site.model, "node1");
  const key = realPath(node, "/etc/kubernetes/pki/apiserver.key");
  const was = node.files.get(key);
  if (was !== undefined) node.files.set(key, { ...was, content: "" });
  const again = await drydock(box, "abandon");
  expect(again.code, again.err).toBe(0);
  expect(again.out).not.toContain("finish-renewal");
  expect(textAt(node, key)).toBe("");
  expect(box.site.violations).toEqual([]);
});

test("what is mended is told by status", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  await cutOff(box, "apiserver", "run --yes");
  fillDisk(box.site, "node1", 0, "/etc/kubernetes");
  expect((await drydock(box, "run --yes")).code).toBe(exitCodes.stopped);
  const status = await drydock(box, "status");
  expect(status.out).toContain("  at     finish-renewal@node1");
  expect(status.out).toContain("Stopped at finish-renewal@node1: only 0 KiB are free");
  expect(status.out).toContain("--skip mending leaves this out.");
});

test("also a window that is given up mends what keeps everybody from the provider", async () => {
  const box = sandbox({ ...swift, controlPlane: 1 });
  const before = seenBefore(box);
  await cutOff(box, "apiserver", "run --yes");
  const ran = await drydock(box, "abandon");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { ...wanted, renewed: false })).toEqual([]);
});
