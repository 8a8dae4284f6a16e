import { expect, test } from "vitest";
import type { NodeFacts } from "../cluster/facts.ts";
import { cutOff, read } from "../steps/seen.testkit.ts";
import { healthyFacts, hostFacts } from "./facts.testkit.ts";
import { unsettled } from "./unsettled.ts";

const nodes = healthyFacts.nodes.kind === "read" ? healthyFacts.nodes.value : [];

function node3(change: Partial<NodeFacts>) {
  const changed = nodes.map((one) => (one.name === "node3" ? { ...one, ...change } : one));
  return { ...healthyFacts, nodes: read(changed) };
}

test("nothing is said of a cluster at rest, nor of one whose Nodes nobody could read", () => {
  expect(unsettled(healthyFacts)).toEqual([]);
  expect(unsettled({ ...healthyFacts, nodes: cutOff })).toEqual([]);
});

test("a node that is cordoned, or has another kubelet, is named", () => {
  expect(unsettled(node3({ unschedulable: true }))).toEqual(["node3 is cordoned"]);
  expect(unsettled(node3({ kubeletVersion: "v1.32.9" }))).toEqual([
    "the nodes' kubelets are of different versions (v1.32.9, v1.33.5): is an upgrade under way?",
  ]);
});

test("kubeadms of different versions are named", () => {
  const hosts = [hostFacts("node1", { kubeadmVersion: "v1.34.1" }), hostFacts("node2")];
  expect(unsettled({ ...healthyFacts, hosts })).toEqual([
    expect.stringMatching(/^the control plane nodes' kubeadms .* \(v1\.33\.5, v1\.34\.1\)/),
  ]);
});

test("a worker of the inventory that is no Node is named, unless it does not answer", () => {
  const roles = { controlPlane: false, etcd: false, worker: true };
  const stranger = { ...hostFacts("gone9"), roles };
  const hosts = [...healthyFacts.hosts, stranger];
  expect(unsettled({ ...healthyFacts, hosts })).toEqual([
    "gone9: the inventory has it as a worker, and none of the cluster's Nodes is it",
  ]);
  const silent = [...healthyFacts.hosts, { ...stranger, basics: cutOff }];
  expect(unsettled({ ...healthyFacts, hosts: silent })).toEqual([]);
});
