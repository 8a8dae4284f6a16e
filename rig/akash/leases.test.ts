import { expect, it } from "vitest";
import { unavailable } from "./apply.ts";
import { leaseNamespace } from "./lease.ts";
import { sampleLeases } from "./leases.ts";

it("every lease has a namespace of its own", () => {
  const names = sampleLeases(12).map((lease) => leaseNamespace(lease.id));
  expect(new Set(names).size).toBe(12);
});

it("there are Deployments, StatefulSets, and services with more than one pod", () => {
  const services = sampleLeases(12).flatMap((lease) => lease.services);
  expect(services.some((one) => one.persistent)).toBe(true);
  expect(services.some((one) => !one.persistent && one.count > 1)).toBe(true);
});

it("a workload without an availableReplicas field is not available", () => {
  expect(unavailable("a/web 1 1\nb/db 1 <no value>\nc/web 2 1\n")).toEqual(["b/db", "c/web"]);
});
