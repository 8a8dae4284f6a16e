// A whole window where the cluster's Nodes are not called what the operator's inventory calls the hosts.

import { expect, test } from "vitest";
import { drydock, sandbox } from "./scenarios/simulated.ts";
import { seenBefore, wrongAfter } from "./simulate/verdict.ts";

test("a window asks each kubelet by its Node's name, not by the inventory's", async () => {
  const box = sandbox();
  const { model } = box.site;
  const nodes = model.nodes.map((node) => ({ ...node, name: `${node.name}.provider.example` }));
  model.nodes.splice(0, nodes.length, ...nodes);
  const before = seenBefore(box);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(wrongAfter(box, before, { renewed: true, replicas: 1 })).toEqual([]);
});
