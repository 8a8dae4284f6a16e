import { expect, test } from "vitest";
import { type BeforeStop, nothingRemembered, parseBeforeStop } from "./stop-memory.ts";

const whole: BeforeStop = {
  leases: { "owner/1/1/1": { web: 1, db: 2 } },
  ill: ["owner/2/1/1"],
  failing: ["owner/2/1/1"],
  inventory: { nodes: [{ name: "node1", gpus: 8 }], pod: "operator-inventory-0" },
  operators: [
    { name: "operator-hostname", replicas: 1 },
    { name: "operator-ip", replicas: 1, notReady: "operator-ip: 0 of 1 ready" },
  ],
};

test.each([whole, nothingRemembered])("is the same when it comes back from a journal", (before) => {
  expect(parseBeforeStop(JSON.parse(JSON.stringify(before)))).toEqual(before);
});

test.each([
  ["an older journal's goal", undefined],
  ["no object", [1]],
  ["a count that is none", { ...whole, leases: { "owner/1/1/1": { web: "1" } } }],
  ["a lease that is none", { ...whole, ill: [1] }],
  ["no word of what failed", { leases: {}, ill: [] }],
])("is nothing where there is %s", (_, value) => {
  expect(parseBeforeStop(value)).toBeUndefined();
});

test("keeps the leases where the rest cannot be read", () => {
  const odd = { ...whole, inventory: { nodes: [{ name: "node1" }] }, operators: ["hostname"] };
  expect(parseBeforeStop(odd)).toEqual({ ...whole, inventory: null, operators: null });
});
