import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { read, unreadable } from "../core/outcome.ts";
import { decoded } from "./go-template.ts";
import {
  listLeaseNamespaces,
  listManifests,
  listNodeGpus,
  listWorkloads,
  parseLeaseNamespaces,
  parseManifests,
  parseNodeGpus,
  parseWorkloads,
  withWorkloads,
} from "./lease-objects.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const owner = "akash1mbjfrljq67b56v5eov1dtl02ch0n9bfus6ta1q";
const provider = "akash1qo476of0trtkm08pfrr048orq8a0jbpastffne";
const id = { owner, dseq: "18205484", gseq: 1, oseq: 1, provider };
const words = `${owner} 18205484 1 1 ${provider}`;

describe("what leaves the node", () => {
  const commands = [listManifests, listLeaseNamespaces, listWorkloads, listNodeGpus];

  test("is named field by field, and no field of a tenant's secrets is among them", () => {
    for (const { argv } of commands) {
      const template = argv.at(-1) ?? "";
      expect(template).toMatch(/^go-template=\{\{range/);
      expect(template).not.toMatch(/env|args|command|credentials|image|params/);
    }
  });

  test("is shown shortly, for nobody reads a template", () => {
    expect(listManifests.shown).toBe(
      "kubectl get -n lease manifests.akash.network (named fields only)",
    );
  });
});

describe("of a real cluster", () => {
  const real = <T>(reading: { readonly kind: string; readonly value?: T }): T => {
    if (reading.kind !== "read" || reading.value === undefined) throw new Error("unreadable");
    return reading.value;
  };
  const namespaces = () => parseLeaseNamespaces(transcript("kubectl", "lease-namespaces"));
  const workloads = () => parseWorkloads(transcript("kubectl", "lease-workloads"));

  test("every lease has its Manifest object, its namespace, and all that was ordered", () => {
    const manifests = real(parseManifests(transcript("kubectl", "lease-manifests")));
    const found = real(withWorkloads(namespaces(), workloads()));
    expect(found.map((one) => one.name)).toEqual(manifests.map((one) => one.name));
    expect(manifests).toHaveLength(12);
    for (const [index, { id, services }] of manifests.entries()) {
      const there = found[index];
      expect(there?.id).toEqual(id);
      const ordered = services.map(({ name, count }) => `${name} ${count}`).sort();
      expect(there?.workloads.map(({ name, desired }) => `${name} ${desired}`).sort()).toEqual(
        ordered,
      );
      expect(there?.workloads.filter(({ desired, ready }) => desired !== ready)).toEqual([]);
      expect(there?.pods.length).toBe(services.reduce((sum, { count }) => sum + count, 0));
    }
  });

  test("nodes without a GPU have none, and are ready", () => {
    const nodes = real(parseNodeGpus(transcript("kubectl", "lease-node-gpus")));
    expect(nodes).toEqual(
      ["node1", "node2", "node3"].map((name) => ({ name, ready: true, gpus: 0 })),
    );
  });
});

// The lines here are what Go's text/template prints for these templates.
describe("Manifest objects", () => {
  test("have their lease and the number of replicas of each service", () => {
    const lines = `ns1 ${words} web 2 db 1\nns2 ${words}\n`;
    expect(parseManifests(printed(lines))).toEqual(
      read([
        {
          name: "ns1",
          id,
          services: [
            { name: "web", count: 2 },
            { name: "db", count: 1 },
          ],
        },
        { name: "ns2", id, services: [] },
      ]),
    );
  });

  test("with control characters, newlines or equal signs in a name stay one line each", () => {
    const line = `ns1 ${words} a%0Ans2+b%1B%5B2J%3D9%2C 2\n`;
    expect(parseManifests(printed(line))).toMatchObject({
      value: [{ services: [{ name: "a\nns2 b\u001b[2J=9,", count: 2 }] }],
    });
  });

  test.each([
    ["a lease without an owner", `ns1 %3Cno+value%3E 18205484 1 1 ${provider} web 1`],
    ["a count that is no number", `ns1 ${words} web many`],
    ["a count that is not there", `ns1 ${words} web <no value>`],
    ["what urlquery never writes", `ns1 ${words} %zz 1`],
    ["a missing line end", ""],
  ])("with %s are unreadable, and not fewer", (_, line) => {
    const text = line === "" ? `ns1 ${words}` : `ns2 ${words} web 1\n${line}\n`;
    expect(parseManifests(printed(text)).kind).toBe("unreadable");
  });

  test("of a cluster that has none are none; of one that does not let us in, unreadable", () => {
    expect(parseManifests(printed(""))).toEqual(read([]));
    expect(parseManifests(transcript("kubectl", "get-unauthorized")).kind).toBe("unreadable");
  });
});

describe("lease namespaces", () => {
  const namespaces = parseLeaseNamespaces(
    printed(`ns1 ${words} Active\nns2 ${words} Terminating\n`),
  );

  test("have their lease from their labels", () => {
    expect(namespaces).toMatchObject({ value: [{ name: "ns1", id }, { phase: "Terminating" }] });
  });

  test("hold what is in them, and nothing of others", () => {
    const found = parseWorkloads(
      printed(
        "Deployment ns1 web 2 1 0 0 2\n" +
          "StatefulSet ns1 db 1 0 0 1 1\n" +
          "Pod ns1 web-1 u1 node1 Running 3,1,\n" +
          "Pod ns1 web-2 u2 %3Cno+value%3E Pending \n" +
          "PersistentVolumeClaim ns1 data-db-0 Bound\n" +
          "Deployment other web 1 1 1 0 1\n",
      ),
    );
    expect(withWorkloads(namespaces, found)).toMatchObject({
      value: [
        {
          workloads: [
            { kind: "Deployment", name: "web", desired: 2, available: 1, ready: 0, current: 2 },
            { kind: "StatefulSet", name: "db", desired: 1, available: 0, ready: 0, current: 1 },
          ],
          pods: [
            { name: "web-1", uid: "u1", node: "node1", phase: "Running", restarts: 4 },
            { name: "web-2", uid: "u2", node: "", phase: "Pending", restarts: 0 },
          ],
          claims: [{ name: "data-db-0", phase: "Bound" }],
        },
        { workloads: [], pods: [], claims: [] },
      ],
    });
  });

  test("are unreadable when their workloads are: nothing is called unhealthy for that", () => {
    expect(withWorkloads(namespaces, unreadable("no answer"))).toEqual(unreadable("no answer"));
  });

  test.each(["Job ns1 a 1", "Deployment ns1 web 2 1", "Pod ns1 web-1 u1 node1 Running x,"])(
    "are unreadable with the line %j",
    (line) => {
      expect(parseWorkloads(printed(`${line}\n`)).kind).toBe("unreadable");
    },
  );
});

test("GPUs of all vendors are added up", () => {
  expect(parseNodeGpus(printed("node1 True 4 0\nnode2 Unknown 0 2\nnode3  0 0\n"))).toEqual(
    read([
      { name: "node1", ready: true, gpus: 4 },
      { name: "node2", ready: false, gpus: 2 },
      { name: "node3", ready: false, gpus: 0 },
    ]),
  );
});

test("what urlquery writes is read as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const escaped = encodeURIComponent(text).replaceAll("%20", "+");
      expect(decoded(escaped)).toBe(text);
    }),
  );
});
