// The simulator may not lie: its programs answer as the real ones were recorded to do in the same
// state. Same exit code, same words on stderr, no field that the real answer does not have, and
// every field of it that Drydock reads.

import { describe, expect, test } from "vitest";
import type { Outcome } from "../src/core/outcome.ts";
import { parseContainers, removeContainers, stopContainers } from "../src/programs/crictl.ts";
import { parseHealth, parseMembers, parseStatus } from "../src/programs/etcdctl.ts";
import { parseInventoryOperator } from "../src/programs/inventory.ts";
import { parseValidityPeriod } from "../src/programs/kubeadm.ts";
import { parseApiEndpoints, parseList } from "../src/programs/kubectl.ts";
import { parseLeaderLocks } from "../src/programs/leader-locks.ts";
import { parseOperators } from "../src/programs/operator-objects.ts";
import { parseProviderStatus } from "../src/programs/provider-health.ts";
import { parseProvider, parseProviders } from "../src/programs/provider-objects.ts";
import { parseRpcStatus } from "../src/programs/rpc-status.ts";
import { printed } from "../src/programs/transcript.testkit.ts";
import { lagRpc, stopMember } from "../src/simulator/interference.ts";
import { type HostModel, hostNamed } from "../src/simulator/model.ts";
import { run } from "../src/simulator/programs/run.ts";
import { somebody } from "../src/simulator/transition.ts";
import { etcdFlags, lastLine, played, transcript } from "./conformance/played.ts";
import { invented, lineShapes } from "./conformance/shapes.ts";
import { putForeignClient } from "./scenarios/foreign-client.ts";
import { sandbox } from "./scenarios/simulated.ts";

/** Without what is read of other kinds than nodes and pods of the control plane. */
function objects(outcome: Outcome): unknown {
  const list = parseList(outcome, "objects");
  if (list.kind === "unreadable") return list;
  return list.value.map(({ kind, metadata, spec, status }) => {
    const { name, labels, namespace } = metadata;
    return { kind, name, labels, namespace, spec, status };
  });
}

const provider = (outcome: Outcome) =>
  parseProvider(outcome, { namespace: "akash-services", name: "akash-provider" });

function rpcStatus(outcome: Outcome & { readonly kind: "exited" }): unknown {
  const service = { scheme: "http", namespace: "akash-services", name: "akash-node-1" } as const;
  const stdout = `1795000000\n${outcome.stdout}`;
  return parseRpcStatus(
    { ...outcome, stdout },
    { kind: "service", port: 26657, path: "", ...service },
  );
}

describe("a simulated program answers as the real one did", () => {
  test.each([
    ["crictl/ps-all", [], parseContainers],
    ["etcdctl/endpoint-health", etcdFlags, parseHealth],
    ["etcdctl/endpoint-status", etcdFlags, parseStatus],
    ["etcdctl/member-list", etcdFlags, parseMembers],
    ["etcdctl/member-list-hex", etcdFlags, parseMembers],
    ["kubectl/get-nodes", [], objects],
    ["kubectl/get-kubeadm-config", [], parseValidityPeriod],
    ["kubectl/get-leader-leases", [], parseLeaderLocks],
    ["kubectl/get-api-endpoints", [], parseApiEndpoints],
    ["kubectl/get-provider-by-label", [], parseProviders],
    ["kubectl/get-akash-services", [], provider],
    ["kubectl/get-kube-system-pods", [], objects],
    ["kubectl/inventory-operator", [], parseInventoryOperator],
    ["kubectl/operators", [], parseOperators],
    ["kubectl/provider-status", [], parseProviderStatus],
    ["kubectl/rpc-status", [], rpcStatus],
  ] as const)("in JSON, with all that is read of it: %s", async (name, flags, parse) => {
    const recorded = transcript(name);
    const { code, stdout, stderr } = await played(sandbox(), [...recorded.argv, ...flags]);
    expect([code, stderr]).toEqual([recorded.code, recorded.stderr]);
    expect(invented(stdout, recorded.stdout)).toEqual([]);
    const seen = (text: string) => JSON.stringify(parse(printed(text)));
    expect(invented(seen(recorded.stdout), seen(stdout))).toEqual([]);
  });

  test("with nothing of objects that are not there, where they may lack", async () => {
    const recorded = transcript("kubectl/get-no-leader-leases");
    const { code, stdout } = await played(sandbox(), recorded.argv);
    expect([code, stdout]).toEqual([recorded.code, recorded.stdout]);
  });

  test.each(["get-lease-namespaces", "get-manifests"])(
    "in JSON, of which templates take lines: %s",
    async (name) => {
      const recorded = transcript(`kubectl/${name}`);
      const { code, stdout, stderr } = await played(sandbox(), recorded.argv);
      expect([code, stderr]).toEqual([recorded.code, recorded.stderr]);
      expect(invented(stdout, recorded.stdout)).toEqual([]);
    },
  );

  test.each([
    "lease-manifests",
    "lease-namespaces",
    "lease-workloads",
    "lease-node-gpus",
    "provider-settings",
  ])("in the lines of a template: %s", async (name) => {
    const recorded = transcript(`kubectl/${name}`);
    const answer = await played(sandbox(), recorded.argv);
    expect([answer.code, answer.stderr]).toEqual([recorded.code, recorded.stderr]);
    const known = lineShapes(recorded.stdout);
    // The rig has no volume claims, and no ConfigMaps with settings.
    const shapes = [...lineShapes(answer.stdout)].filter((shape) => !/^(Persis|data)/.test(shape));
    expect(shapes.length).toBeGreaterThan(0);
    expect(shapes.filter((shape) => !known.has(shape))).toEqual([]);
  });

  test.each([
    ["no timer", "show-no-renew-timer", ""],
    ["a timer that waits", "show-renew-timer", "enabled/active"],
    ["a timer that was stopped", "show-renew-timer-stopped", "enabled/inactive"],
  ])("to systemctl show of two units: %s", async (_, name, renewTimer) => {
    const recorded = transcript(`systemctl/${name}`);
    const box = sandbox();
    hostNamed(box.site.model, "node1").renewTimer = renewTimer;
    const answer = await played(box, recorded.argv);
    const units = (text: string) =>
      text
        .replaceAll(/=[0-9a-f]{32}$/gm, "=ID")
        .split("\n\n")
        .map((one) => one.trim().split("\n").sort());
    expect(units(answer.stdout)).toEqual(units(recorded.stdout));
  });

  test("in the lines of a template: automation-scalers", async () => {
    const recorded = transcript("kubectl/automation-scalers");
    const box = sandbox();
    const { scalers, sets } = box.site.model;
    scalers.push({ namespace: "akash-services", name: "akash-provider", target: "akash-provider" });
    Object.assign(sets[0]?.labels ?? {}, { "argocd.argoproj.io/instance": "akash-provider" });
    const { stdout } = await played(box, recorded.argv);
    const ours = (text: string) =>
      text
        .split("\n")
        .filter((line) => / akash-provider /.test(line))
        .sort();
    expect(ours(stdout)).toEqual(ours(recorded.stdout));
  });

  test("in the lines of a template: automation-releases", async () => {
    const recorded = transcript("kubectl/automation-releases");
    const { stdout } = await played(sandbox(), recorded.argv);
    expect(lineShapes(stdout)).toEqual(lineShapes(recorded.stdout));
  });

  test("when a member is down: code 1, and the health of all on stdout", async () => {
    const recorded = transcript("etcdctl/endpoint-health-one-down");
    const box = sandbox();
    stopMember(box.site, "node3");
    const answer = await played(box, [...recorded.argv, ...etcdFlags]);
    expect(answer.code).toBe(recorded.code);
    expect(invented(answer.stdout, recorded.stdout)).toEqual([]);
    expect(answer.stdout).toContain('"error":"context deadline exceeded"');
    expect(lastLine(answer.stderr)).toBe(lastLine(recorded.stderr));
  });

  test.each(["readyz", "scheduler", "refused"])("to curl: %s", async (name) => {
    const recorded = transcript(`curl/${name}`);
    // The simulated API servers listen at their node's own address only.
    const argv = recorded.argv.map((word) => word.replace("127.0.0.1:6443", "10.0.0.1:6443"));
    const answer = await played(sandbox(), argv);
    expect([answer.code, answer.stdout]).toEqual([recorded.code, recorded.stdout]);
    expect(answer.stderr.replace(/\d+ ms/, "")).toBe(recorded.stderr.replace(/\d+ ms/, ""));
  });

  test("to curl where strangers are told nothing", async () => {
    const recorded = transcript("curl/unauthorized");
    const box = sandbox({ anonymousMayAsk: false });
    const argv = ["curl", "--fail", "https://10.0.0.1:6443/readyz"];
    const answer = await played(box, argv);
    expect([answer.code, answer.stderr]).toEqual([recorded.code, recorded.stderr]);
  });

  test("to etcdutl snapshot status, through the script that asks it: the same fields", async () => {
    const recorded = transcript("etcdctl/snapshot-status");
    const box = sandbox();
    const folder = "/var/backups/drydock/w1";
    const etcdctl = ["etcdctl", ...etcdFlags];
    await played(box, ["sh", "-c", "", "drydock-snapshot-save", `${folder}/s.db`, ...etcdctl]);
    const asked = ["sh", "-c", "", "drydock-snapshot-status", `${folder}/s.db`];
    const { code, stdout } = await played(box, asked);
    expect(code).toBe(recorded.code);
    const said = stdout.trim().split("\n").at(-1) ?? "";
    expect(invented(said, recorded.stdout)).toEqual([]);
    expect(Object.keys(JSON.parse(said)).sort()).toEqual(
      Object.keys(JSON.parse(recorded.stdout)).sort(),
    );
  });

  test("when there is no alarm: nothing at all", async () => {
    const recorded = transcript("etcdctl/alarm-list");
    const { code, stdout, stderr } = await played(sandbox(), [...recorded.argv, ...etcdFlags]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(recorded.stdout).toBe("");
  });

  test("for the inventory, whose pod has another name there", async () => {
    const recorded = transcript("kubectl/inventory");
    const box = sandbox();
    const pod = box.site.model.pods.find((one) => one.name.startsWith("operator-inventory"));
    const path = `/api/v1/namespaces/akash-services/pods/http:${pod?.name}:8080/proxy/v1/inventory`;
    const admin = ["--kubeconfig", "/etc/kubernetes/admin.conf"];
    const argv = ["kubectl", ...admin, "get", "--raw", path];
    const { code, stdout } = await played(box, argv);
    expect(code).toBe(recorded.code);
    expect(invented(stdout, recorded.stdout)).toEqual([]);
  });

  test("when the chain's node catches up", async () => {
    const recorded = transcript("kubectl/rpc-status-behind");
    const box = sandbox();
    lagRpc(box.site, 60_000);
    const { code, stdout } = await played(box, recorded.argv);
    expect(code).toBe(recorded.code);
    expect(invented(stdout, recorded.stdout)).toEqual([]);
    const sync = (text: string) => JSON.parse(text).result.sync_info.catching_up;
    expect([sync(stdout), sync(recorded.stdout)]).toEqual([true, true]);
  });

  test.each([
    ...["proxy-no-pod", "proxy-no-service", "logs-no-pod", "rollout-restart"],
    ...["scale", "scale-not-found", "annotate", "annotate-remove", "delete-mirror-pods"],
  ])("to what asks a pod or changes an object: %s", async (name) => {
    const recorded = transcript(`kubectl/${name}`);
    const { code, stdout, stderr } = await played(sandbox(), recorded.argv);
    expect({ code, stdout, stderr }).toEqual({
      code: recorded.code,
      stdout: recorded.stdout,
      stderr: recorded.stderr,
    });
  });

  test.each([
    ["stop", (known: string) => known],
    ["stop-unknown", () => "0123456789abc"],
    ["rm-running", (known: string) => known],
    ["rm-unknown", () => "0123456789abc"],
  ] as const)("to crictl, but for ids and times: %s", async (name, idOf) => {
    const recorded = transcript(`crictl/${name}`);
    const box = sandbox();
    const running = hostNamed(box.site.model, "node1").containers;
    const id = idOf(running.find((one) => one.name === "kube-scheduler")?.id ?? "");
    const command = name.startsWith("stop") ? stopContainers([id], 5) : removeContainers([id]);
    const answer = await played(box, command.argv);
    expect([answer.code, plain(answer.stdout), plain(answer.stderr)]).toEqual([
      recorded.code,
      plain(recorded.stdout),
      plain(recorded.stderr),
    ]);
  });

  test.each([
    ["stop-two", ["kube-scheduler", "kube-controller-manager"]],
    ["stop-some", ["", "kube-scheduler"]],
    ["rm-some", ["", "kube-scheduler"]],
  ] as const)("to crictl of two containers: %s", async (name, components) => {
    const recorded = transcript(`crictl/${name}`);
    const box = sandbox();
    const { containers } = hostNamed(box.site.model, "node1");
    const ids = components.map(
      (component) => containers.find((one) => one.name === component)?.id ?? "0123456789abc",
    );
    if (name === "rm-some") await played(box, stopContainers(ids.slice(1), 5).argv);
    const command = name === "rm-some" ? removeContainers(ids) : stopContainers(ids, 5);
    const answer = await played(box, command.argv);
    expect([answer.code, plain(answer.stdout), plain(answer.stderr)]).toEqual([
      recorded.code,
      plain(recorded.stdout),
      plain(recorded.stderr),
    ]);
  });

  test("when nothing listens in a pod, but for its address", async () => {
    const recorded = transcript("kubectl/proxy-refused");
    const box = sandbox();
    for (const pod of box.site.model.pods) pod.ready = false;
    const { code, stderr } = await played(box, recorded.argv);
    const words = (text: string) => text.replace(/tcp \S+:\d+/, "tcp ADDRESS");
    expect([code, words(stderr)]).toEqual([recorded.code, words(recorded.stderr)]);
  });

  test("when the API server has just taken its certificate for kubelets up, once", async () => {
    const recorded = transcript("kubectl/kubelet-after-renewal");
    const box = sandbox();
    const server = hostNamed(box.site.model, "node1");
    const argv = recorded.argv.map((word) => word.replace("10.99.0.1", server.address));
    await played(box, "kubeadm certs renew apiserver-kubelet-client".split(" "));
    await box.site.clock.wait(2000);
    const { code, stderr } = await played(box, argv);
    const words = (text: string) => text.replace(/tcp \S+->\S+:/, "tcp CONNECTION:");
    expect([code, words(stderr)]).toEqual([recorded.code, words(recorded.stderr)]);
    expect(await played(box, argv)).toMatchObject({ code: 0, stdout: "ok" });
  });

  test("when an object is not there", async () => {
    const recorded = transcript("kubectl/get-not-found");
    const answer = await played(sandbox(), recorded.argv);
    expect([answer.code, answer.stdout]).toEqual([recorded.code, recorded.stdout]);
    expect(answer.stderr).toBe(recorded.stderr);
  });

  test("when the API does not know who asks", async () => {
    const recorded = transcript("kubectl/get-unauthorized");
    const box = sandbox();
    const host = hostNamed(box.site.model, "node1");
    putForeignClient(box.site, host, "/etc/kubernetes/admin.conf");
    const argv = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", "get", "nodes"];
    const answer = await played(box, argv);
    expect([answer.code, answer.stdout]).toEqual([recorded.code, recorded.stdout]);
    expect(lastLine(answer.stderr)).toBe(lastLine(recorded.stderr));
  });

  test.each([
    "check-expiration-text",
    "check-expiration-no-kubeconfig",
    "check-expiration-no-configmap",
  ])("to kubeadm certs: the same columns and the same rows: %s", async (name) => {
    const recorded = transcript(`kubeadm/${name}`);
    const box = sandbox();
    if (name.endsWith("no-configmap")) box.site.model.clusterConfiguration = "";
    const { code, stdout } = await played(box, recorded.argv);
    const rows = (text: string) =>
      text
        .split("\n")
        .map((line) =>
          line.trimEnd().replaceAll(/\w{3} \d\d, \d{4} \d\d:\d\d UTC {3}\d+[dy] +/g, "TIME "),
        )
        .join("\n");
    expect(code).toBe(recorded.code);
    expect(rows(stdout)).toBe(rows(recorded.stdout));
  });

  test.each([
    ["all", "renew-all", "node1", () => undefined],
    ["all where one is missing", "renew-all-second-node", "node2", () => undefined],
    [
      "one whose authority is elsewhere",
      "renew-external-ca",
      "node1",
      ({ files }: HostModel) => files.delete("/etc/kubernetes/ssl/ca.key"),
    ],
    [
      "all where one is damaged",
      "renew-all-damaged",
      "node1",
      ({ files }: HostModel) => {
        const path = "/etc/kubernetes/ssl/apiserver.crt";
        const file = files.get(path);
        if (file !== undefined) files.set(path, { ...file, content: "garbage\n" });
      },
    ],
    [
      "all where admin.conf was emptied",
      "renew-emptied-kubeconfig",
      "node1",
      ({ files }: HostModel) => {
        const path = "/etc/kubernetes/admin.conf";
        const file = files.get(path);
        if (file !== undefined) files.set(path, { ...file, content: "" });
      },
    ],
    ["what it does not know", "renew-unknown", "node1", () => undefined],
  ] as const)("to kubeadm certs renew: %s", async (_, name, node, prepare) => {
    const recorded = transcript(`kubeadm/${name}`);
    const { site } = sandbox();
    const host = hostNamed(site.model, node);
    prepare(host);
    const { argv } = recorded;
    const answer = await run({ site, host, argv, by: somebody, boot: host.boots });
    const { code, stdout, stderr } = recorded;
    expect(answer).toEqual({ code, stdout, stderr });
  });

  test("to systemctl show, property by property", async () => {
    const recorded = transcript("systemctl/show-etcd");
    const properties = ["LoadState", "ActiveState", "UnitFileState"];
    const argv = ["systemctl", "show", "etcd.service", "-p", properties.join(",")];
    const { stdout } = await played(sandbox(), argv);
    for (const line of stdout.trim().split("\n")) expect(recorded.stdout).toContain(`${line}\n`);
  });
});

/** crictl's words without ids and times. */
function plain(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{64}/g, "ID")
    .replace(/^E\d{4} [\d:.]+ +\d+ /, "E")
    .replace(/time="[^"]+"/, "time");
}
