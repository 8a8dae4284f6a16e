// Traps of the simulated world which are the real one's, and which no window needs to fall into:
// without these tests they could be lost from the model without anybody's notice.

import { describe, expect, test } from "vitest";
import { textAt, writeFile } from "../src/simulator/files.ts";
import { disarm, raiseAlarm, reboot, stopMember } from "../src/simulator/interference.ts";
import { type HostModel, hostNamed, running } from "../src/simulator/model.ts";
import { exitContainer, startByKubelet } from "../src/simulator/nature/kubelet.ts";
import { isAlive } from "../src/simulator/nature/leaders.ts";
import type { Answer } from "../src/simulator/programs/call.ts";
import { run } from "../src/simulator/programs/run.ts";
import { cluster, somebody } from "../src/simulator/transition.ts";
import { transcript } from "./conformance/played.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { putForeignClient } from "./scenarios/foreign-client.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

const kubectl = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"];
const ssl = "/etc/ssl/etcd/ssl";
const etcdctl = [
  "etcdctl",
  "--endpoints=https://127.0.0.1:2379",
  `--cacert=${ssl}/ca.pem`,
  `--cert=${ssl}/admin-node1.pem`,
  `--key=${ssl}/admin-node1-key.pem`,
];
const scaleToZero = [
  ...kubectl,
  ...["-n", "akash-services", "scale", "statefulset", "akash-provider", "--replicas=0"],
];

function played({ site }: Sandbox, argv: readonly string[], on = "node1"): Promise<Answer> {
  const host = hostNamed(site.model, on);
  return run({ site, host, argv, by: somebody, boot: host.boots });
}

/** It ends, and the kubelet does not bring it back. */
function end({ site }: Sandbox, host: HostModel, component: string): void {
  host.kubeletRuns = false;
  const container = running(host, component);
  if (container !== undefined) exitContainer(site, host, container, { by: cluster });
}

test("who asks an API server that ends meanwhile is cut off, and what was asked for is done", async () => {
  const box = sandbox({ controlPlane: 1 });
  const asking = played(box, scaleToZero);
  await box.site.clock.wait(230);
  end(box, hostNamed(box.site.model, "node1"), "kube-apiserver");
  expect(await asking).toMatchObject({ code: 1, stderr: transcript("kubectl/cut-off").stderr });
  expect(box.site.model.sets.find(({ name }) => name === "akash-provider")?.replicas).toBe(0);
});

test("the balancer sends to an API server for a second after it has ended", async () => {
  const box = sandbox();
  end(box, hostNamed(box.site.model, "node2"), "kube-apiserver");
  const ask = () => played(box, [...kubectl, "get", "--raw", "/livez"]);
  const first = await Promise.all([ask(), ask(), ask()]);
  expect(first.map(({ code }) => code).sort()).toEqual([0, 0, 1]);
  await box.site.clock.wait(1000);
  const later = await Promise.all([ask(), ask(), ask()]);
  expect(later.map(({ code }) => code)).toEqual([0, 0, 0]);
});

test.each([
  ["kube-controller-manager", "5"],
  ["kube-scheduler", "0"],
])("the lock of a %s that is stopped within %s s passes on after 15 s", async (name, grace) => {
  const box = sandbox();
  const { model, clock } = box.site;
  const lock = model.leaderLocks.find((one) => one.name === name);
  const leader = lock?.holder ?? "";
  const host = hostNamed(model, leader.split("_")[0] ?? "");
  host.kubeletRuns = false;
  await played(
    box,
    ["crictl", "stop", "--timeout", grace, running(host, name)?.id ?? ""],
    host.name,
  );
  await clock.wait(14_900);
  expect(lock?.holder).toBe(leader);
  await clock.wait(200);
  expect(lock?.holder).not.toBe(leader);
});

test("a scheduler that is given time to end gives its lock back, and another one takes it", async () => {
  const box = sandbox();
  const { model, clock } = box.site;
  const lock = model.leaderLocks.find(({ name }) => name === "kube-scheduler");
  const leader = lock?.holder ?? "";
  const host = hostNamed(model, leader.split("_")[0] ?? "");
  host.kubeletRuns = false;
  const id = running(host, "kube-scheduler")?.id ?? "";
  await played(box, ["crictl", "stop", "--timeout", "5", id], host.name);
  expect(lock?.holder).toBe("");
  await clock.wait(1000);
  expect(lock?.holder).toMatch(/^node[23]_/);
});

test("without a controller-manager a StatefulSet that was scaled stays as it was", async () => {
  const box = sandbox();
  const { model, clock } = box.site;
  for (const host of model.hosts.values()) end(box, host, "kube-controller-manager");
  expect((await played(box, scaleToZero)).code).toBe(0);
  await clock.wait(60_000);
  expect(providerReplicas(model)).toBe("0/1");
});

test("a member of etcd that is silent costs whoever asks all of them five seconds", async () => {
  const box = sandbox();
  const health = [...etcdctl, "endpoint", "health", "--cluster", "-w", "json"];
  const took = async () => {
    const from = box.site.model.now;
    const { code } = await played(box, health);
    return [code, box.site.model.now - from >= 5000];
  };
  expect(await took()).toEqual([0, false]);
  stopMember(box.site, "node3");
  expect(await took()).toEqual([1, true]);
});

test("a client certificate of another cluster's authority is not known, whatever its dates", async () => {
  const box = sandbox();
  const node = hostNamed(box.site.model, "node1");
  putForeignClient(box.site, node, "/etc/kubernetes/admin.conf");
  const answer = await played(box, [...kubectl, "get", "nodes"]);
  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain("the server has asked for the client to provide credentials");
});

test("a leader whose certificate another authority has signed loses its lock", async () => {
  const box = sandbox({ controlPlane: 1 });
  const { model, clock } = box.site;
  const node = hostNamed(model, "node1");
  putForeignClient(box.site, node, "/etc/kubernetes/scheduler.conf");
  const container = running(node, "kube-scheduler");
  if (container !== undefined) exitContainer(box.site, node, container, { by: cluster });
  await clock.wait(60_000);
  const lock = model.leaderLocks.find(({ name }) => name === "kube-scheduler");
  expect(running(node, "kube-scheduler")).toBeDefined();
  expect(lock !== undefined && isAlive(model, lock)).toBe(false);
});

test.each([
  ["private key does not match public key", "client-key-data", (key: string) => key],
  ["failed to find any PEM data in certificate input", "client-certificate-data", () => "Zm9v"],
])("kubectl asks nobody with a pair that is none: %s", async (says, field, dataOf) => {
  const box = sandbox();
  const node = hostNamed(box.site.model, "node1");
  const other = textAt(node, "/etc/kubernetes/scheduler.conf");
  const theirs = new RegExp(`${field}: (\\S+)`).exec(other)?.[1] ?? "";
  const content = textAt(node, "/etc/kubernetes/admin.conf").replace(
    new RegExp(`${field}: \\S+`),
    `${field}: ${dataOf(theirs)}`,
  );
  writeFile(box.site, node, "/etc/kubernetes/admin.conf", { content }, somebody);
  const answer = await played(box, [...kubectl, "get", "nodes"]);
  expect(answer).toMatchObject({ code: 1, stderr: `error: tls: ${says}\n` });
});

test.each([
  ["health", "endpoint"],
  ["status", "Endpoint"],
])(
  "etcdctl endpoint %s is of the endpoints it is given, with --cluster of all",
  async (verb, field) => {
    const box = sandbox();
    const asked = async (...flags: readonly string[]) => {
      const argv = [...etcdctl, "endpoint", verb, ...flags, "-w", "json"];
      const rows: readonly Record<string, unknown>[] = JSON.parse((await played(box, argv)).stdout);
      return rows.map((row) => row[field]);
    };
    expect(await asked()).toEqual(["https://127.0.0.1:2379"]);
    expect(await asked("--cluster")).toEqual([1, 2, 3].map((n) => `https://10.0.0.${n}:2379`));
  },
);

test("a member of etcd that is down tells nothing of itself, and the others all the same", async () => {
  const box = sandbox();
  stopMember(box.site, "node1");
  const ask = (verb: string) => played(box, [...etcdctl, "endpoint", verb, "-w", "json"]);
  const health = await ask("health");
  expect(health).toMatchObject({ code: 1, stderr: expect.stringMatching(/unhealthy cluster\n$/) });
  expect(JSON.parse(health.stdout)).toMatchObject([{ health: false }]);
  expect(await ask("status")).toMatchObject({ code: 1, stdout: "[]\n" });
});

test("while etcd has no space no member is healthy, and nothing is written", async () => {
  const box = sandbox();
  const { model, clock } = box.site;
  raiseAlarm(box.site);
  const health = [...etcdctl, "endpoint", "health", "--cluster", "-w", "json"];
  const { code, stdout, stderr } = await played(box, health);
  expect([code, stderr]).toEqual([1, "Error: unhealthy cluster\n"]);
  const ill = { health: false, error: "Active Alarm(s): NOSPACE " };
  expect(JSON.parse(stdout)).toMatchObject([ill, ill, ill]);
  expect(await played(box, [...kubectl, "get", "nodes"])).toMatchObject({ code: 0 });
  const set = ["-n", "akash-services", "annotate", "statefulset", "akash-provider", "a=b"];
  const roll = ["-n", "akash-services", "rollout", "restart", "deployment/operator-inventory"];
  const shadows = ["-n", "kube-system", "delete", "pods", "-l", "component=kube-scheduler"];
  for (const words of [scaleToZero.slice(3), set, roll, shadows]) {
    expect(await played(box, [...kubectl, ...words])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/etcdserver: mvcc: database space exceeded\n$/),
    });
  }
  disarm(box.site);
  expect(await played(box, scaleToZero)).toMatchObject({ code: 0 });
  raiseAlarm(box.site);
  await clock.wait(60_000);
  expect(providerReplicas(model)).toBe("0/1");
});

describe("a node whose machine goes down", () => {
  const podsOn = ({ site }: Sandbox) =>
    site.model.pods.filter(({ nodeName, owner }) => nodeName === "node1" && owner.kind !== "Node");
  const isReady = ({ site }: Sandbox) =>
    site.model.nodes.find(({ name }) => name === "node1")?.ready === true;

  test("is NotReady after 40 s, with all its pods, and Ready again when it is up", async () => {
    const box = sandbox();
    reboot(box.site, "node1", 120_000);
    await box.site.clock.wait(39_000);
    expect([isReady(box), podsOn(box).every(({ ready }) => ready)]).toEqual([true, true]);
    await box.site.clock.wait(20_000);
    expect([isReady(box), podsOn(box).some(({ ready }) => ready)]).toEqual([false, false]);
    await box.site.clock.wait(120_000);
    expect([isReady(box), podsOn(box).every(({ ready }) => ready)]).toEqual([true, true]);
  });

  test("that is up again sooner stays Ready all the while", async () => {
    const box = sandbox();
    reboot(box.site, "node1", 20_000);
    for (let seconds = 0; seconds < 90; seconds++) {
      await box.site.clock.wait(1000);
      expect(isReady(box)).toBe(true);
    }
  });

  test("has its pods' containers restarted, in the same pods", async () => {
    const box = sandbox();
    const before = podsOn(box).map(({ uid, restarts }) => ({ uid, restarts: restarts + 1 }));
    reboot(box.site, "node1", 20_000);
    await box.site.clock.wait(26_000);
    expect(podsOn(box).map(({ uid, restarts }) => ({ uid, restarts }))).toEqual(before);
    expect(podsOn(box).some(({ ready }) => ready)).toBe(false);
    await box.site.clock.wait(30_000);
    expect(podsOn(box).every(({ ready }) => ready)).toBe(true);
  });

  test("is reached by nobody, neither its kubelet nor what runs in its pods", async () => {
    const box = sandbox();
    reboot(box.site, "node1", 60_000);
    const ask = (path: string) => played(box, [...kubectl, "get", "--raw", path], "node2");
    const service =
      "/api/v1/namespaces/akash-services/services/http:akash-node-1:26657/proxy/status";
    // To the kubelet a connection stands.
    const asked = [
      ["/api/v1/nodes/node1/proxy/healthz", "Client.Timeout exceeded"],
      [service, "no route to host"],
    ] as const;
    for (const [path, because] of asked) {
      await box.site.clock.wait(2000);
      expect(await ask(path)).toMatchObject({ code: 1, stderr: expect.stringContaining(because) });
    }
  });

  test("has nothing of its pods become of them until it is up", async () => {
    const box = sandbox();
    reboot(box.site, "node1", 60_000);
    await box.site.clock.wait(2000);
    expect(await played(box, scaleToZero, "node2")).toMatchObject({ code: 0 });
    await box.site.clock.wait(50_000);
    expect(podsOn(box).find(({ name }) => name === "akash-provider-0")?.terminating).toBe(true);
    await box.site.clock.wait(30_000);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect(podsOn(box).some(({ name }) => name === "akash-provider-0")).toBe(false);
  });
});

test("kubeadm calls externally managed what an authority has signed whose key is elsewhere", async () => {
  const box = sandbox();
  hostNamed(box.site.model, "node1").files.delete("/etc/kubernetes/ssl/front-proxy-ca.key");
  const { stdout } = await played(box, ["kubeadm", "certs", "check-expiration"]);
  const external = stdout.split("\n").filter((line) => / yes *$/.test(line));
  expect(external.map((line) => line.split(" ")[0])).toEqual([
    "front-proxy-client",
    "front-proxy-ca",
  ]);
});

describe("a container that ends again and again", () => {
  /** How long the kubelet waits after each end, when it ran so long before. */
  async function waits(runsMs: number, times: number): Promise<readonly number[]> {
    const { site } = sandbox();
    const node = hostNamed(site.model, "node1");
    const waited: number[] = [];
    for (let time = 0; time < times; time++) {
      const container = running(node, "kube-scheduler");
      if (container === undefined) throw new Error("it does not run");
      const endedAt = site.model.now;
      exitContainer(site, node, container, { by: cluster });
      await site.clock.wait(400_000);
      const next = running(node, "kube-scheduler");
      waited.push(Math.round(((next?.createdAt ?? 0) - endedAt) / 1000));
      // What it has run already counts.
      await site.clock.wait(Math.max(0, (next?.createdAt ?? 0) + runsMs - site.model.now));
    }
    return waited;
  }

  test("waits longer each time, and never longer than five minutes", async () => {
    expect(await waits(590_000, 9)).toEqual([1, 11, 22, 48, 80, 160, 300, 300, 300]);
  });

  test("that has run for more than ten minutes is started at once", async () => {
    expect(await waits(610_000, 4)).toEqual([1, 1, 1, 1]);
  });

  test("leaves one dead container behind", async () => {
    const { site } = sandbox();
    const node = hostNamed(site.model, "node1");
    for (let time = 0; time < 4; time++) {
      const container = running(node, "kube-scheduler");
      if (container !== undefined) exitContainer(site, node, container, { by: cluster });
      await site.clock.wait(60_000);
    }
    const exited = node.containers.filter(({ state }) => state === "exited");
    expect(exited.map(({ name, attempt }) => [name, attempt])).toEqual([["kube-scheduler", 3]]);
  });
});

test("pods are as old as they have been running, and a mirror pod that is deleted is new", async () => {
  const box = sandbox();
  const ages = async (namespace: string) => {
    const { stdout } = await played(box, [...kubectl, "-n", namespace, "get", "pods"]);
    const rows = stdout.trimEnd().split("\n").slice(1);
    return new Map(rows.map((row) => [row.split(/ +/)[0], row.split(/ +/).at(-1)]));
  };
  expect((await ages("akash-services")).get("akash-provider-0")).toBe("31d");
  expect((await ages("kube-system")).get("kube-scheduler-node1")).toBe("300d");
  const shadows = ["-n", "kube-system", "delete", "pods", "-l", "component=kube-scheduler"];
  await played(box, [...kubectl, ...shadows]);
  await box.site.clock.wait(26_000);
  expect((await ages("kube-system")).get("kube-scheduler-node1")).toBe("26s");
});

describe("a StatefulSet of three", () => {
  const scaleTo = (replicas: number) => [...scaleToZero.slice(0, -1), `--replicas=${replicas}`];
  const pods = ({ site }: Sandbox) =>
    site.model.pods
      .filter(({ owner }) => owner.name === "akash-provider")
      .map(({ name, ready, terminating }) => {
        return `${name.at(-1)} ${terminating ? "ends" : ready ? "ready" : "starts"}`;
      });

  test("starts its pods one after the other, each when the one before it is ready", async () => {
    const box = sandbox({ replicas: 1 });
    await played(box, scaleTo(3));
    const seen: string[] = [];
    for (let seconds = 0; seconds < 60; seconds++) {
      await box.site.clock.wait(1000);
      const now = pods(box).join(", ");
      if (seen.at(-1) !== now) seen.push(now);
    }
    expect(seen).toEqual([
      "0 ready, 1 starts",
      "0 ready, 1 ready, 2 starts",
      "0 ready, 1 ready, 2 ready",
    ]);
  });

  test("ends them one after the other, the last one first", async () => {
    const box = sandbox({ replicas: 3 });
    await played(box, scaleToZero);
    const seen: string[] = [];
    for (let seconds = 0; seconds < 30; seconds++) {
      await box.site.clock.wait(1000);
      const now = pods(box).join(", ");
      if (seen.at(-1) !== now) seen.push(now);
    }
    expect(seen).toEqual(["0 ready, 1 ready, 2 ends", "0 ready, 1 ends", "0 ends", ""]);
  });

  test("that is scaled back while a pod ends gets that pod anew", async () => {
    const box = sandbox({ replicas: 1 });
    await played(box, scaleToZero);
    await box.site.clock.wait(1000);
    await played(box, scaleTo(1));
    await box.site.clock.wait(2000);
    expect(pods(box)).toEqual(["0 ends"]);
    await box.site.clock.wait(30_000);
    expect(pods(box)).toEqual(["0 ready"]);
  });
});

test("without a scheduler a new pod is Pending, and runs nowhere", async () => {
  const box = sandbox();
  const { model, clock } = box.site;
  for (const host of model.hosts.values()) end(box, host, "kube-scheduler");
  await played(box, scaleToZero);
  await clock.wait(20_000);
  await played(box, [...scaleToZero.slice(0, -1), "--replicas=1"]);
  await clock.wait(120_000);
  const { stdout } = await played(box, [...kubectl, "-n", "akash-services", "get", "pods"]);
  expect(stdout).toMatch(/^akash-provider-0 +0\/1 +Pending +0 /m);
  for (const host of model.hosts.values()) {
    host.kubeletRuns = true;
    startByKubelet(box.site, host, { component: "kube-scheduler" });
  }
  await clock.wait(60_000);
  expect(providerReplicas(model)).toBe("1/1");
});

describe("etcd's certificates that have expired", () => {
  const kubeadms = [
    ...[
      "etcdctl",
      "--endpoints=https://127.0.0.1:2379",
      "--cacert=/etc/kubernetes/pki/etcd/ca.crt",
    ],
    "--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt",
    "--key=/etc/kubernetes/pki/etcd/healthcheck-client.key",
  ];
  const shape = { topology: "static-pod-etcd", controlPlane: 1, residualDays: -1 } as const;
  const isReady = async (box: Sandbox) =>
    (await played(box, ["curl", "--fail", "https://10.0.0.1:6443/readyz"])).code === 0;
  const renew = async (box: Sandbox, ...names: readonly string[]) => {
    for (const name of names) await played(box, ["kubeadm", "certs", "renew", name]);
  };
  const restart = async (box: Sandbox, component: string) => {
    const node = hostNamed(box.site.model, "node1");
    const container = running(node, component);
    if (container !== undefined) exitContainer(box.site, node, container, { by: cluster });
    await box.site.clock.wait(30_000);
  };

  test.each(["etcd-server", "etcd-healthcheck-client"])(
    "are believed by nobody who asks anew: %s",
    async (old) => {
      const box = sandbox(shape);
      const both = ["etcd-server", "etcd-healthcheck-client"];
      await renew(box, ...both.filter((one) => one !== old));
      const members = await played(box, [...kubeadms, "member", "list"]);
      expect(members.code).toBe(1);
      expect(members.stderr).toMatch(/Error: context deadline exceeded\n$/);
      await renew(box, old);
      expect(await played(box, [...kubeadms, "member", "list"])).toMatchObject({ code: 0 });
    },
  );

  test.each(["kube-apiserver", "etcd"])(
    "leave the API server its connection until the %s is restarted",
    async (component) => {
      const box = sandbox({ ...shape });
      await renew(box, "apiserver");
      await box.site.clock.wait(2000);
      expect(await isReady(box)).toBe(true);
      await restart(box, component);
      expect(await isReady(box)).toBe(false);
      await renew(box, "etcd-server");
      expect(await isReady(box)).toBe(false);
      await renew(box, "apiserver-etcd-client");
      // One that was started without etcd is started again and again until then.
      await box.site.clock.wait(60_000);
      expect(await isReady(box)).toBe(true);
    },
  );

  test("with another's key end etcdctl before it asks", async () => {
    const box = sandbox();
    const other = `--key=${ssl}/node-node1-key.pem`;
    expect(await played(box, [...etcdctl.slice(0, -1), other, "member", "list"])).toMatchObject({
      code: 128,
      stderr: "Error: tls: private key does not match public key\n",
    });
  });
});
