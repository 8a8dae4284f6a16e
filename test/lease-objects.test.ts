// The commands that read leases, answered by the simulated kubectl: its own reading of Go's
// templates.

import { describe, expect, test } from "vitest";
import { leaseReadings } from "../rig/recordings-leases.ts";
import type { ReadCommand } from "../src/core/command.ts";
import type { Outcome } from "../src/core/outcome.ts";
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
} from "../src/programs/lease-objects.ts";
import { parseProviderSettings, readProviderSettings } from "../src/programs/provider-settings.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { goTemplate } from "../src/simulator/programs/go-template.ts";
import { run } from "../src/simulator/programs/run.ts";
import { somebody } from "../src/simulator/transition.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

async function ask({ site }: Sandbox, { argv }: ReadCommand): Promise<Outcome> {
  // The usual kubeconfig of the node, as Drydock's commands name it themselves.
  const host = hostNamed(site.model, "node1");
  const answer = await run({ site, host, argv, by: somebody, boot: host.boots });
  return { kind: "exited", ...answer };
}

const box = sandbox();

describe("what the simulated kubectl prints for them", () => {
  test("has every lease with its services", async () => {
    const manifests = parseManifests(await ask(box, listManifests));
    expect(manifests).toMatchObject({ kind: "read" });
    if (manifests.kind !== "read") return;
    expect(manifests.value).toHaveLength(12);
    const names = manifests.value.map((one) => one.services.map((service) => service.name));
    expect(names.filter(([name]) => name === "db")).toHaveLength(3);
  });

  test("has every namespace with workloads, pods and volumes", async () => {
    const namespaces = withWorkloads(
      parseLeaseNamespaces(await ask(box, listLeaseNamespaces)),
      parseWorkloads(await ask(box, listWorkloads)),
    );
    expect(namespaces).toMatchObject({ kind: "read" });
    if (namespaces.kind !== "read") return;
    expect(namespaces.value).toHaveLength(12);
    const stateful = namespaces.value.filter((one) => one.claims.length > 0);
    expect(stateful).toHaveLength(3);
    expect(stateful[0]?.workloads).toMatchObject([
      { kind: "StatefulSet", name: "db", available: 1, ready: 1, current: 1 },
    ]);
    expect(stateful[0]?.pods.map((pod) => pod.phase)).toEqual(["Running"]);
  });

  test("holds no secret of a tenant, though the objects do", async () => {
    const secret = "tenant-secret-";
    const there = [...box.site.model.leases.values()].map((one) => one.environment);
    expect(there.filter((one) => one.includes(secret))).toHaveLength(12);
    for (const command of [listManifests, listLeaseNamespaces, listWorkloads, listNodeGpus]) {
      const outcome = await ask(box, command);
      expect(outcome.kind === "exited" && outcome.code === 0 && outcome.stdout).toBeTruthy();
      expect(JSON.stringify(outcome)).not.toContain(secret);
    }
  });

  test("has nodes without GPUs, and the provider's settings", async () => {
    const gpus = parseNodeGpus(await ask(box, listNodeGpus));
    expect(gpus).toMatchObject({ value: [{ name: "node1", ready: true, gpus: 0 }, {}, {}] });
    const provider = { namespace: "akash-services", name: "akash-provider" };
    const outcome = await ask(box, readProviderSettings(provider));
    const settings = parseProviderSettings(outcome, provider);
    expect(settings).toMatchObject({ value: { chart: "provider-18.0.0" } });
    if (settings.kind !== "read") return;
    expect(settings.value.variables.get("AKASH_MONITOR_MAX_RETRIES")).toBe("626");
    expect(JSON.stringify(outcome)).not.toContain("boot-keys");
  });
});

test("the rig records these very commands", () => {
  const provider = { namespace: "akash-services", name: "akash-provider" };
  expect(leaseReadings).toEqual({
    "lease-manifests": listManifests.argv,
    "lease-namespaces": listLeaseNamespaces.argv,
    "lease-workloads": listWorkloads.argv,
    "lease-node-gpus": listNodeGpus.argv,
    "provider-settings": readProviderSettings(provider).argv,
  });
});

// Printed by Go 1.24's text/template for the same texts and values.
describe("Go's templates, played", () => {
  const value = {
    items: [
      { kind: "Pod", name: "a b\n+%é", counts: [{ n: 3 }, { n: 0 }], labels: { x: "1" } },
      { kind: "Job", labels: {} },
    ],
  };
  test.each([
    ['{{range .items}}{{urlquery .name}}{{"\\n"}}{{end}}', "a+b%0A%2B%25%C3%A9\n%3Cno+value%3E\n"],
    ['{{range .items}}{{if eq .kind "Pod" "Node"}}p{{else}}o{{end}}{{end}}', "po"],
    [
      '{{range .items}}{{if eq .kind "A"}}a{{else if eq .kind "Job"}}j{{else}}o{{end}}{{end}}',
      "oj",
    ],
    ["{{range .items}}{{range .counts}}{{.n}},{{end}};{{end}}", "3,0,;;"],
    ['{{range .items}}{{with index .labels "x"}}{{.}}{{else}}0{{end}}{{end}}', "10"],
    ["{{range .items}}{{$k := .kind}}{{range .counts}}{{$k}}{{end}}{{end}}", "PodPod"],
    ["{{range $i, $one := .items}}{{$i}}{{$one.kind}}{{end}}", "0Pod1Job"],
    ["{{range .nothing}}x{{else}}none{{end}}", "none"],
  ])("%s", (template, printed) => {
    expect(goTemplate(template)(value)).toBe(printed);
  });
});
