import { describe, expect, test } from "vitest";
import { componentNamed, components } from "./component.ts";

describe("the components", () => {
  test("are restarted in the guide's order", () => {
    const [first, second, third] = components.map(({ name }) => name);
    expect([first, second, third]).toEqual([
      "kube-apiserver",
      "kube-scheduler",
      "kube-controller-manager",
    ]);
  });

  test("that hold a kubeconfig do not reload: client-go reads an embedded certificate once", () => {
    const holders = components.filter(({ reads }) => reads.some((file) => file.endsWith(".conf")));
    expect(holders.map(({ name }) => name)).toContain("kube-scheduler");
    expect(holders.filter(({ reloads }) => reloads)).toEqual([]);
  });

  test("each read something that is renewed, and are found by their names", () => {
    for (const one of components) {
      expect(one.reads.length).toBeGreaterThan(0);
      expect(componentNamed(one.name)).toBe(one);
    }
    expect(componentNamed("kube-proxy")).toBeUndefined();
  });
});
