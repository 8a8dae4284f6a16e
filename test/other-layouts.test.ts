// Whole windows on clusters that are laid out in another way than the rig.

import { expect, test } from "vitest";
import { textAt, writeFile } from "../src/simulator/files.ts";
import { controlPlane, running } from "../src/simulator/model.ts";
import { somebody } from "../src/simulator/transition.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

async function expectWindow(box: Sandbox, words = "run --yes"): Promise<string> {
  const before = seenBefore(box);
  const ran = await drydock(box, words);
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
  return ran.out;
}

test("a window asks each kubelet by its Node's name, not by the inventory's", async () => {
  const box = sandbox();
  const { model } = box.site;
  const nodes = model.nodes.map((node) => ({ ...node, name: `${node.name}.provider.example` }));
  model.nodes.splice(0, nodes.length, ...nodes);
  await expectWindow(box);
});

test("a window asks a scheduler and a controller-manager for their health where their manifests bind them", async () => {
  const box = sandbox();
  for (const host of controlPlane(box.site.model)) {
    for (const name of ["kube-scheduler", "kube-controller-manager"]) {
      const path = `/etc/kubernetes/manifests/${name}.yaml`;
      const text = textAt(host, path).replace("127.0.0.1", host.address);
      expect(text).toContain(`--bind-address=${host.address}`);
      writeFile(box.site, host, path, { content: text }, somebody);
    }
  }
  await expectWindow(box);
});

test("a window brings a snapshot off the node that needs longer than the usual half hour", async () => {
  const box = sandbox({ etcd: { revision: 1520, sizeBytes: 672_514_048, version: "3.5.22" } });
  await expectWindow(box);
});

test("a window leaves a static pod of others alone, and names what it reads before and after", async () => {
  const box = sandbox();
  const [first] = controlPlane(box.site.model);
  if (first === undefined) throw new Error("no node");
  const content = `kind: Pod
# --old=/etc/kubernetes/scheduler.conf
    - --kubeconfig=/etc/kubernetes/admin.conf
    - --ca=/etc/kubernetes/pki/ca.crt
`;
  writeFile(box.site, first, "/etc/kubernetes/manifests/watcher.yaml", { content }, somebody);
  const says = "watcher reads /etc/kubernetes/admin.conf";
  expect((await drydock(box, "plan")).out).toContain(`the static pod ${says}, which`);
  expect(await expectWindow(box)).toContain(`\n- on node1: ${says}\n`);
});

test.each([
  ["", "- etcd was not restarted: it reads its renewed certificates by itself"],
  [" --restart-etcd", "- etcd was restarted too, one member after the other."],
])("the gentle way%s tells what became of etcd as a static pod", async (option, says) => {
  const box = sandbox({ topology: "static-pod-etcd" });
  const ids = () => controlPlane(box.site.model).flatMap((host) => running(host, "etcd")?.id ?? []);
  const before = ids();
  expect(before).toHaveLength(3);
  const out = await expectWindow(box, `run --yes --restart needed${option}`);
  expect(out).toContain(says);
  const kept = ids().filter((id) => before.includes(id));
  expect(kept).toEqual(option === "" ? before : []);
});
