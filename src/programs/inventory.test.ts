import { describe, expect, test } from "vitest";
import { parseInventory, parseInventoryOperator } from "./inventory.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const { stdout } = transcript("kubectl", "inventory-operator");

interface Item {
  kind: string;
  metadata: { name: string; creationTimestamp: string; deletionTimestamp?: string };
  spec: { replicas?: number };
}

/** What was recorded, changed, at a clock some seconds after its pod was made. */
function changed(change: (items: Item[]) => void, later = 300) {
  const list: { items: Item[] } = JSON.parse(stdout);
  const pod = list.items.find((item) => item.kind === "Pod");
  const clock = Date.parse(pod?.metadata.creationTimestamp ?? "") / 1000 + later;
  change(list.items);
  return parseInventoryOperator(printed(`${clock}\n${JSON.stringify(list)}`));
}

describe("the inventory operator", () => {
  test("of a real cluster is found with its pod, and how old that is", () => {
    expect(changed(() => undefined, 77)).toMatchObject({
      kind: "read",
      value: {
        name: "operator-inventory",
        notReady: undefined,
        pod: { name: expect.stringMatching(/^operator-inventory-/), ageSeconds: 77 },
      },
    });
  });

  test("is told from the pods that discover the hardware, which have its label too", () => {
    const seen = changed((items) => {
      const pod = structuredClone(items.find((item) => item.kind === "Pod"));
      if (pod === undefined) throw new Error("no pod was recorded");
      const labels = {
        "app.kubernetes.io/name": "inventory",
        "app.kubernetes.io/instance": "inventory-hardware-discovery",
      };
      const later = "2099-01-01T00:00:00Z";
      const metadata = { name: "operator-inventory-hardware-discovery-node1", labels };
      items.push({ ...pod, metadata: { ...metadata, creationTimestamp: later } });
    });
    expect(JSON.stringify(seen)).not.toContain("hardware-discovery");
  });

  test("has no pod to ask while the only one ends", () => {
    const seen = changed((items) => {
      for (const { kind, metadata } of items) {
        if (kind === "Pod") metadata.deletionTimestamp = "2026-11-22T00:00:00Z";
      }
    });
    expect(seen).toMatchObject({ value: { pod: undefined } });
  });

  test("is not there, or not known", () => {
    expect(changed((items) => items.splice(0))).toEqual({ kind: "read", value: undefined });
    expect(parseInventoryOperator(printed(stdout)).kind).toBe("unreadable");
    expect(parseInventoryOperator(transcript("kubectl", "get-unauthorized")).kind).toBe(
      "unreadable",
    );
  });
});

describe("the inventory", () => {
  test("that was recorded shows three nodes without GPUs", () => {
    expect(parseInventory(transcript("kubectl", "inventory"))).toEqual({
      kind: "read",
      value: ["node1", "node2", "node3"].map((name) => ({ name, gpus: 0 })),
    });
  });

  test("counts GPUs, and is empty as after a restart of the API server", () => {
    const gpu = { quantity: { capacity: "8", allocatable: "8", allocated: "3" }, info: [] };
    const text = JSON.stringify({ nodes: [{ name: "gpu1", resources: { gpu } }], storage: [] });
    expect(parseInventory(printed(text))).toMatchObject({ value: [{ name: "gpu1", gpus: 8 }] });
    for (const empty of ['{"nodes":[],"storage":[]}', '{"nodes":null}', "{}"]) {
      expect(parseInventory(printed(empty))).toEqual({ kind: "read", value: [] });
    }
  });

  test("is not known when its pod does not answer", () => {
    expect(parseInventory(transcript("kubectl", "proxy-refused"))).toMatchObject({
      because: expect.stringContaining("connection refused"),
    });
    expect(parseInventory(printed("<html>")).kind).toBe("unreadable");
  });
});
