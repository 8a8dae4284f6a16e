import { describe, expect, test } from "vitest";
import { healthyFacts, withNode2 } from "../readiness/facts.testkit.ts";
import { certificate, entry, read, today, year } from "../steps/seen.testkit.ts";
import type { ClusterFacts, HostFacts } from "./facts.ts";
import { nodeOf, unmatched } from "./kubernetes-node.ts";

/** An operator's own name and address for node2, beside what node2 says of itself. */
function alias(more: Partial<HostFacts>, hostname = "elsewhere"): ClusterFacts {
  return withNode2((host) => ({
    ...host,
    ...{ name: "second", address: "203.0.113.7" },
    basics: host.basics.kind === "read" ? read({ ...host.basics.value, hostname }) : host.basics,
    ...more,
  }));
}

function kubelet(subject: string) {
  const client = certificate("kubelet-client", "K1", today + year, { subject });
  return read({ entries: [entry(client, "others")], endpoints: [] });
}

function found(facts: ClusterFacts): string | undefined {
  const host = facts.hosts.find((one) => one.name === "second");
  return host === undefined ? undefined : nodeOf(facts, host)?.name;
}

describe("a host with a name of the operator's", () => {
  test.each<[string, ClusterFacts, string | undefined]>([
    [
      "is the Node that its kubelet's certificate names, whatever its address is",
      alias({ certificates: kubelet("O=system:nodes, CN=system:node:node2"), address: "10.0.0.3" }),
      "node2",
    ],
    [
      "is not a Node that there is none of",
      alias({ certificates: kubelet("O=system:nodes, CN=system:node:gone") }),
      undefined,
    ],
    ["is the Node with its address", alias({ address: "10.0.0.2" }), "node2"],
    ["is the Node with its own hostname", alias({}, "NODE2"), "node2"],
    ["is none of them", alias({}), undefined],
  ])("%s", (_, facts, name) => {
    expect(found(facts)).toBe(name);
  });

  test("is missed where it is no Node, as is the Node that nobody is", () => {
    const { hosts, nodes } = unmatched(alias({}));
    expect(hosts.map(({ name }) => name)).toEqual(["second"]);
    expect(nodes.map(({ name }) => name)).toEqual(["node2"]);
    expect(unmatched(healthyFacts)).toEqual({ hosts: [], nodes: [] });
  });
});
