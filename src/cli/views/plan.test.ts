import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { planned, planOf } from "../../core/lamps.testkit.ts";
import { blocked, needed, satisfied } from "../../core/step.ts";
import { read, stoppedProvider } from "../../steps/seen.testkit.ts";
import { blockerLines, type PreviewedStep, previewLines, shortPlan, shownActs } from "./plan.ts";

const step: PreviewedStep = {
  planned: planned("stop-provider@node1", "x"),
  title: "Stop the provider",
  guide: "Stop the Provider",
  why: "It counts failures.",
  proof: "no pod of it exists",
  acts: ["kubectl scale", "kubectl wait"],
  verdict: needed("it runs"),
};

function text(lines: readonly string[]): string {
  return stripVTControlCharacters(lines.join("\n"));
}

describe("a plan, whole", () => {
  test("says of each step its commands, why, and how it is verified", () => {
    expect(text(previewLines([step]))).toBe(
      [
        "  1. stop-provider@node1  Stop the provider",
        "     guide:    Stop the Provider",
        "     now:      it runs",
        "     commands: kubectl scale",
        "               kubectl wait",
        "     why:      It counts failures.",
        "     verified: no pod of it exists",
        "",
      ].join("\n"),
    );
  });

  test("says what is already satisfied, and what can only be checked later", () => {
    const done = { ...step, acts: [], verdict: satisfied("it is at 0") };
    expect(text(previewLines([done]))).toContain("now:      already satisfied: it is at 0");
    const later = { ...step, acts: [], verdict: needed("not yet") };
    expect(text(previewLines([later]))).toContain("now:      checked at its time: not yet");
  });

  test("shows the exact commands of a step that is needed, and none of one that is not", () => {
    const stop = planned("stop-provider@node1", "", {
      goal: { namespace: "akash-services", name: "akash-provider" },
    });
    const seen = { provider: read(stoppedProvider), all: read([]) };
    expect(shownActs(stop, seen, needed("it runs"))).toEqual([
      "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s -n akash-services scale statefulset akash-provider --replicas=0",
    ]);
    expect(shownActs(stop, seen, satisfied("it is at 0"))).toEqual([]);
    expect(shownActs(planned("dance@node1", ""), seen, blocked("a", "b"))).toEqual([]);
  });
});

describe("a plan, in short", () => {
  test("is a line for each host in turn, and names what is restarted", () => {
    const plan = planOf(
      planned("stop-provider@node1", ""),
      planned("renew-certificates@node1", ""),
      planned("restart-component:kube-scheduler+kube-controller-manager@node1", ""),
      planned("check-cluster-health:before-start@node2", ""),
      planned("check-rpc:before-start@node2", ""),
    );
    expect(shortPlan(plan, 120)).toEqual([
      "  node1: stop the provider, renew all certificates, restart kube-scheduler and kube-controller-manager",
      "  node2: check the cluster's health, check the provider's RPC node",
    ]);
  });

  test("is folded to the terminal, between two steps", () => {
    const plan = planOf(
      planned("stop-provider@node1", ""),
      planned("renew-certificates@node1", ""),
      planned("update-kubeconfig@node1", ""),
    );
    expect(shortPlan(plan, 45)).toEqual([
      "  node1: stop the provider,",
      "         renew all certificates,",
      "         update root's kubeconfig",
    ]);
    expect(shortPlan(plan, 60)[0]).toBe("  node1: stop the provider, renew all certificates,");
  });
});

describe("blockers", () => {
  test("say where, why, and below it what to do", () => {
    const lines = blockerLines([
      { kind: "other", where: "node2", because: "the node is NotReady", remedy: "Mend it." },
    ]);
    expect(text(lines)).toBe("blocked  node2: the node is NotReady\n         Mend it.");
  });
});
