import { describe, expect, test } from "vitest";
import type { RecordBody } from "../../core/journal.ts";
import { planned, planOf } from "../../core/lamps.testkit.ts";
import type { Plan } from "../../core/plan.ts";
import { foldJournal } from "../../core/window.ts";
import { healthyFacts, withNode2 } from "../../readiness/facts.testkit.ts";
import { certificate, cutOff, entry, read, today, year } from "../../steps/seen.testkit.ts";
import type { Ended } from "../open-window.ts";
import { halfRenewed, halfRenewedLines } from "./half-renewed.ts";
import { report } from "./report.ts";

const before = {
  name: "apiserver",
  serialHex: "A1B2C3D4E5F6",
  notAfter: today,
  subjectAltNames: [],
};
const key = "renew-certificates@node2";
const plan = planOf(
  planned(key, "", { goal: { certificates: [before], hasConfigFile: true } }),
  planned("stop-provider@node1", ""),
);

function ended(...bodies: readonly RecordBody[]): Ended {
  return endedWith(plan, ...bodies);
}

function endedWith(plan: Plan, ...bodies: readonly RecordBody[]): Ended {
  const all: readonly RecordBody[] = [{ kind: "planned", window: "w1", plan }, ...bodies];
  const state = foldJournal(all.map((body, i) => ({ seq: i + 1, at: today, ...body })));
  if (state === undefined) throw new Error("no plan");
  return { end: { kind: "completed", how: "completed" }, state, folder: "/state/w1" };
}

const settled: RecordBody = {
  kind: "settled",
  key,
  verdict: { kind: "satisfied", because: "1 certificates renewed" },
  ms: 61_500,
};
const after = withNode2((host) => ({
  ...host,
  certificates: read({
    entries: [entry(certificate("apiserver", "FFEEDDCCBBAA", today + year))],
    endpoints: [],
  }),
}));

describe("the report", () => {
  test("shows each certificate before and after, and the seconds of each step", () => {
    const text = report(ended(settled), after, false);
    expect(text).toContain("Window w1 is completed: 1 step, 1 min 2 s of work.");
    expect(text).toContain(
      "node2     apiserver  2026-11-22 00:00      2027-11-22 00:00      a1b2c3d4 -> ffeeddcc",
    );
    expect(text).toContain("   61.5   renew-certificates@node2: 1 certificates renewed");
    expect(text).toContain("Backups: /state/w1 (");
    expect(text).toMatch(/Different from the guide:\n- Components are restarted with crictl/);
  });

  test.each([
    ["apiserver", [], "kubeadm does not renew its certificates when it runs on the host"],
    ["etcd-server", [], "it reads its renewed certificates by itself"],
    ["etcd-server", ["restart-component:kube-scheduler@etcd-1"], "it reads its renewed"],
  ])("with %s renewed and %j tells why etcd was not restarted", (name, keys, because) => {
    const goal = { certificates: [{ ...before, name }], hasConfigFile: true };
    const made = planOf(planned(key, "", { goal }), ...keys.map((one) => planned(one, "")));
    const text = report(endedWith(made, settled), after, false);
    expect(text).toContain(`- etcd was not restarted: ${because}`);
  });

  test.each(["restart-etcd@node1", "restart-component:etcd@node1"])("with %s tells it", (one) => {
    const text = report(endedWith(planOf(planned(one, ""))), after, false);
    expect(text).toContain("- etcd was restarted too, one member after the other.");
  });

  test("says what could not be read instead of guessing it", () => {
    const unread = withNode2((host) => ({ ...host, certificates: cutOff }));
    expect(report(ended(settled), unread, false)).toMatch(/node2 .* not read {14}a1b2c3d4 -> \?/);
  });

  test.each([
    {},
    { certificates: {} },
    { certificates: [{ ...before, notAfter: "2026-11-22" }] },
    { certificates: ["apiserver"] },
  ])("names no certificate that a journal of another version has as %j", (goal) => {
    const made = planOf(planned(key, "", { goal }));
    expect(JSON.parse(report(endedWith(made, settled), after, true)).renewed).toEqual([]);
    const { state } = endedWith(made, { kind: "sending", key, act: "kubeadm" });
    expect(halfRenewed(state)).toEqual([{ host: "node2", until: null }]);
    expect(halfRenewedLines(state, "drydock run")).toEqual([
      expect.stringMatching(/^node2: .* goes on with the old ones\.$/),
      expect.stringMatching(/^Finish it, whatever .*: drydock run$/),
    ]);
  });

  test("says what somebody else undid", () => {
    const lost: RecordBody = { kind: "lost", key: "stop-provider@node1", because: "it wants 1" };
    const text = report(ended(lost, settled), healthyFacts, false);
    expect(text).toContain(
      "stop-provider@node1 was undone by somebody else, and restored: it wants 1",
    );
  });

  test("ends with what became of the leases, after the gates that were left out", () => {
    const detail = {
      kind: "kept",
      countedBy: "chain",
      lines: ["owner/1/1/1: closed by its tenant"],
    };
    const account: RecordBody = {
      kind: "settled",
      key: "account-for-leases@node1",
      verdict: { kind: "satisfied", because: "11 of 12 leases kept", detail },
      ms: 300,
    };
    const skipping: RecordBody = { kind: "skipping", gates: ["rpc", "inventory"] };
    const text = report(ended(settled, skipping, account), after, false);
    expect(text.trimEnd().split("\n").slice(-3)).toEqual([
      "Gates left out: rpc, inventory",
      "owner/1/1/1: closed by its tenant",
      "11 of 12 leases kept",
    ]);
    expect(JSON.parse(report(ended(settled, skipping, account), after, true))).toMatchObject({
      skipped: ["rpc", "inventory"],
      leases: { ...detail, sentence: "11 of 12 leases kept" },
    });
    expect(report(ended(settled), after, false)).toContain(
      "leases were not counted in this window",
    );
  });

  test("is one JSON object in a line, with the same facts", () => {
    const text = report(ended(settled), after, true);
    expect(text.indexOf("\n")).toBe(text.length - 1);
    const body: unknown = JSON.parse(text);
    expect(body).toMatchObject({
      kind: "report",
      window: "w1",
      backups: "/state/w1",
      renewed: [
        {
          node: "node2",
          name: "apiserver",
          before: { serial: "a1b2c3d4" },
          after: { serial: "ffeeddcc", until: "2027-11-22T00:00:00.000Z" },
        },
      ],
      steps: [{ key, ms: 61_500, because: "1 certificates renewed" }],
      lost: [],
    });
  });
});
