import { describe, expect, test } from "vitest";
import { isPending } from "../akash/automation.ts";
import { read } from "../core/outcome.ts";
import { parseAutomation } from "./automation-objects.ts";
import { printed, transcript } from "./transcript.testkit.ts";

const provider = { namespace: "akash-services", name: "akash-provider" };
const scalers = transcript("kubectl", "automation-scalers");
const releases = transcript("kubectl", "automation-releases");
const daemonSets = printed("kube-system kube-proxy\n");
const plans = transcript("kubectl", "automation-upgrade-plans");
const nodes = { daemonSets, plans };
const none = printed("");
const nothing = { instance: undefined, cronJobs: [], nodeTools: read([]) };

describe("what else acts on the provider", () => {
  test("is its autoscaler, the mark of git, and the newest revision of its release", () => {
    const seen = parseAutomation({ scalers, releases, ...nodes }, provider);
    expect(seen).toEqual({
      kind: "read",
      value: {
        release: { name: "akash-provider", status: "pending-upgrade", revision: 2 },
        scalers: ["akash-provider"],
        owners: ["argocd.argoproj.io/instance=akash-provider"],
        ...nothing,
      },
    });
    expect(seen.kind === "read" && isPending(seen.value)).toBe(true);
  });

  test("of another StatefulSet is not the provider's", () => {
    const seen = parseAutomation(
      { scalers, releases, ...nodes },
      { ...provider, name: "akash-node-1" },
    );
    expect(seen).toMatchObject({ value: { scalers: [], owners: [] } });
  });

  test("is nothing where there is nothing", () => {
    const seen = parseAutomation({ scalers: none, releases: none, ...nodes }, provider);
    const value = { release: undefined, scalers: [], owners: [], ...nothing };
    expect(seen).toEqual({ kind: "read", value });
  });

  test("is not known where a line cannot be read", () => {
    const odd = printed("a b c\n");
    expect(parseAutomation({ scalers, releases: odd, ...nodes }, provider).kind).toBe("unreadable");
  });

  test.each([
    ["no Helm release, no other mark", "- - - akash - -", none, "akash"],
    ["a Helm release of that name", "- - - akash-provider - -", releases, undefined],
    ["Helm's annotation", "- - - akash - other", none, undefined],
    ["Argo CD's own mark", "akash - - akash - -", none, undefined],
    ["no label", "- - - - - -", none, undefined],
  ])("is perhaps Argo CD 2 by the chart's label: %s", (_, marks, helms, instance) => {
    const set = printed(`StatefulSet akash-provider ${marks}\n`);
    const seen = parseAutomation({ scalers: set, releases: helms, ...nodes }, provider);
    expect(seen.kind === "read" && seen.value.instance).toBe(instance);
  });

  test("is a CronJob beside it that is not suspended", () => {
    const jobs = printed("CronJob akash-provider-restart false\nCronJob old true\n");
    const seen = parseAutomation({ scalers: jobs, releases: none, ...nodes }, provider);
    expect(seen).toMatchObject({ value: { cronJobs: ["akash-provider-restart"], scalers: [] } });
  });

  test("is what reboots and upgrades nodes", () => {
    const sets = printed("kube-system my-kured\nkube-system kuredish\n");
    const outcomes = { scalers: none, releases: none, daemonSets: sets };
    const known = { ...outcomes, plans: printed("system-upgrade server-plan\n") };
    expect(parseAutomation(known, provider)).toMatchObject({
      value: {
        nodeTools: read([
          "DaemonSet kube-system/my-kured (kured) reboots nodes",
          "Plan system-upgrade/server-plan of the system-upgrade-controller changes nodes",
        ]),
      },
    });
    // What is not known of the nodes takes nothing from what is known of the provider.
    const cut = { ...printed(""), code: 1, stderr: "the connection was refused\n" };
    expect(parseAutomation({ ...outcomes, plans: cut }, provider)).toMatchObject({
      kind: "read",
      value: { nodeTools: { kind: "unreadable" } },
    });
  });
});
