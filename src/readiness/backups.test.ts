import { expect, test } from "vitest";
import type { HostFacts, HostRoles } from "../cluster/facts.ts";
import { cutOff } from "../steps/seen.testkit.ts";
import { archiveBlockers, copiesHere } from "./backups.ts";
import { healthyFacts, hostFacts } from "./facts.testkit.ts";

const worker = { controlPlane: false, etcd: false, worker: true };
const etcdOnly = { controlPlane: false, etcd: true, worker: false };

function withHost(host: HostFacts) {
  return { ...healthyFacts, hosts: [...healthyFacts.hosts, host] };
}

test("every host of a healthy cluster has something to archive", () => {
  expect(archiveBlockers(healthyFacts)).toEqual([]);
});

test.each<[string, HostRoles, object, readonly string[]]>([
  ["a worker that has not joined", worker, { kubeletConf: false }, ["kubelet.conf"]],
  ["a worker that has", worker, { etcdEnv: false }, []],
  ["an etcd host without kubespray's etcd", etcdOnly, { etcdEnv: false }, ["etcd.env"]],
  ["an etcd host that is no node", etcdOnly, { kubeletConf: false }, []],
])("%s is in the way only where its archive would be empty", (_, roles, basics, missing) => {
  const seen = archiveBlockers(withHost({ ...hostFacts("node4", basics), roles }));
  expect(seen.map(({ where }) => where)).toEqual(missing.map(() => "node4"));
  for (const file of missing) expect(seen[0]?.because).toContain(file);
});

test("a host that does not answer is not said to lack anything", () => {
  const silent = { ...hostFacts("node4"), roles: worker, basics: cutOff };
  expect(archiveBlockers(withHost(silent))).toEqual([]);
});

test("copies lie on a node where Drydock runs on one", () => {
  expect(copiesHere(healthyFacts)).toEqual([]);
  expect(copiesHere({ ...healthyFacts, here: "node1" })).toEqual([
    expect.stringMatching(/^this machine is node1: .* Copy them to another machine/),
  ]);
});
