import { describe, expect, test } from "vitest";
import { leaseClock } from "./akash/lease-clock.ts";
import {
  active,
  chainOf,
  keyOf,
  ledgerOf,
  namespaceOf,
  providerLeases,
} from "./akash/ledger.testkit.ts";
import { nothingRemembered, parseBeforeStop } from "./akash/stop-memory.ts";
import type { HostFacts } from "./cluster/facts.ts";
import type { ChainSeen } from "./core/chain.ts";
import type { Plan } from "./core/plan.ts";
import type { Gate } from "./gates.ts";
import { healthyFacts, hostFacts, withNode2 } from "./readiness/facts.testkit.ts";
import { archive, planHold, planProviderStart, planProviderStop, planRotation } from "./runbook.ts";
import {
  certificate,
  cutOff,
  entry,
  provider,
  read,
  stoppedProvider,
  today,
  year,
} from "./steps/seen.testkit.ts";

const options = { window: "w1", restart: "all", restartEtcd: false, skip: [] } as const;
const whole = planRotation(healthyFacts, options);
const closing = [
  "check-cluster-health",
  "check-operators",
  "check-inventory",
  "check-rpc",
  "start-provider",
  "check-provider",
];
const keys = whole.steps.map(({ key }) => key);

describe("where etcd has hosts of its own", () => {
  const hosts = healthyFacts.hosts.map((host) => ({
    ...host,
    roles: { ...host.roles, etcd: false },
    etcdAccess: { kind: "unreadable", because: "not an etcd host" } as const,
  }));
  const apart = { ...healthyFacts, hosts };

  test.each([
    ["hold", planHold(apart, { skip: [] })],
    ["provider start", planProviderStart(apart, { replicas: 1 }, { skip: [] })],
  ])("%s asks the API servers for etcd's health", (_, { steps }) => {
    const health = steps.find(({ step }) => step === "check-cluster-health");
    expect(health?.goal).toMatchObject({ etcd: null });
  });
});

describe("a rotation's plan", () => {
  test("watches the provider for a retry period and its jitter, and not where that was said", () => {
    const clock = leaseClock(new Map([["AKASH_MONITOR_RETRY_PERIOD", "4m"]]));
    const set = read({ ...providerLeases(1), clock });
    const leases = { ledger: ledgerOf(1), provider: set, manifestTimeoutMs: 300_000 };
    const watched = (more: { readonly watch?: number }) =>
      planRotation({ ...healthyFacts, leases }, { ...options, ...more }).steps.find(
        ({ step }) => step === "check-provider",
      )?.goal;
    expect(watched({})).toMatchObject({ watchSeconds: 255 });
    expect(watched({ watch: 600 })).toMatchObject({ watchSeconds: 600 });
    expect(watched({ watch: 0 })).toMatchObject({ watchSeconds: 0 });
  });

  test("waits before the stop for a chain that the survey has read, and for no other", () => {
    const goal = (chain: ChainSeen) => {
      const ledger = ledgerOf(1, { chain });
      const leases = { ledger, provider: cutOff, manifestTimeoutMs: 300_000 };
      const { steps } = planRotation({ ...healthyFacts, leases }, options);
      return steps.find(({ step }) => step === "check-leases-settled")?.goal;
    };
    const settleSeconds = 300;
    expect(goal(chainOf([active(1)]))).toMatchObject({ chainWasRead: true, settleSeconds });
    expect(goal({ kind: "unreadable", because: "" })).toMatchObject({ chainWasRead: false });
  });

  test("looks at every API server and every Node, and for a fresh leader before the start", () => {
    const nodes = healthyFacts.nodes.kind === "read" ? healthyFacts.nodes.value : [];
    const worker = {
      ...{ name: "worker1", ready: true, controlPlane: false, unschedulable: false },
      ...{ kubeletVersion: "v1.33.5", addresses: ["10.0.0.9"] },
    };
    const facts = { ...healthyFacts, nodes: read([...nodes, worker]) };
    const health = planRotation(facts, options).steps.filter(
      ({ step }) => step === "check-cluster-health",
    );
    expect(health).toHaveLength(6);
    for (const { key, goal } of health) {
      expect(goal).toMatchObject({
        apiServers: [1, 2, 3].map((i) => `https://10.0.0.${i}:6443`),
        nodes: ["node1", "node2", "node3", "worker1"],
        etcd: { cacert: "/etc/ssl/etcd/ssl/ca.pem" },
        leaderSilentSecondsMax: key.includes(":before-start@") ? 20 : 60,
      });
    }
  });

  test.each([
    [
      { controlPlane: true, etcd: true, worker: true },
      [
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/manifests/kube-apiserver.yaml",
        "etc/kubernetes/ssl/apiserver.crt",
      ],
    ],
    [{ controlPlane: false, etcd: false, worker: true }, ["etc/kubernetes/kubelet.conf"]],
    [{ controlPlane: false, etcd: true, worker: false }, ["etc/etcd.env"]],
  ])("has an archive of a host that is %o, with what puts it back", (roles, mustHold) => {
    for (const { goal } of archive({ ...hostFacts("node2"), roles }, "w1")) {
      expect(goal).toMatchObject({ mustHold });
    }
  });

  test("has an archive of an etcd that is a static pod on a host of its own, with its manifest", () => {
    const host = hostFacts("node2", { etcdEnv: false, staticPods: ["etcd"] });
    const roles = { controlPlane: false, etcd: true, worker: false };
    for (const { goal } of archive({ ...host, roles }, "w1")) {
      expect(goal).toMatchObject({ mustHold: ["etc/kubernetes/manifests/etcd.yaml"] });
    }
  });

  test("has an archive that holds what it must where /etc/kubernetes is a link to it", () => {
    for (const { goal } of archive(hostFacts("node2", { kubernetesFolder: "/data/k8s" }), "w1")) {
      const { mustHold } = goal as { readonly mustHold: readonly string[] };
      expect(mustHold).toContain("data/k8s/admin.conf");
    }
  });

  test("asks for a leader of those only that wait for a lock on some node", () => {
    const leaderless = (...names: readonly string[]) =>
      healthyFacts.hosts.map((host) => ({
        ...host,
        certificates: read({ entries: [], endpoints: [], leaderless: names }),
      }));
    const leadersWith = (hosts: readonly HostFacts[]) =>
      planRotation({ ...healthyFacts, hosts }, options).steps.flatMap(({ step, goal }) =>
        step === "check-cluster-health" ? [(goal as { readonly leaders: object }).leaders] : [],
      );
    const both = ["kube-scheduler", "kube-controller-manager"];
    expect(leadersWith(healthyFacts.hosts)).toContainEqual(both);
    const [first, ...others] = leaderless("kube-scheduler");
    expect(leadersWith(first === undefined ? [] : [first, ...others])).toContainEqual([
      "kube-controller-manager",
    ]);
    expect(leadersWith([...healthyFacts.hosts.slice(0, 1), ...others])).toContainEqual(both);
  });

  test("is the guide in its order: provider, expiration, backups, node after node, provider", () => {
    const node = (name: string) => [
      `renew-certificates@${name}`,
      `update-kubeconfig@${name}`,
      `restart-component:kube-apiserver@${name}`,
      `restart-component:kube-scheduler+kube-controller-manager@${name}`,
      `verify-renewal@${name}`,
      `check-cluster-health@${name}`,
    ];
    expect(keys).toEqual([
      "check-cluster-health:before-window@node1",
      "check-leases-settled@node1",
      "check-rpc:before-window@node1",
      "stop-provider@node1",
      ...["node1", "node2", "node3"].map((name) => `check-expiration@${name}`),
      "backup-etcd@node2",
      "bring-snapshot@node2",
      ...["node1", "node2", "node3"].flatMap((name) => [
        `backup-certificates@${name}`,
        `bring-archive@${name}`,
      ]),
      "check-cluster-health:before-renewal@node1",
      ...["node1", "node2", "node3"].flatMap(node),
      "check-cluster-health:before-start@node1",
      "check-operators@node1",
      "check-inventory@node1",
      "check-rpc:before-start@node1",
      "start-provider@node1",
      "check-provider@node1",
    ]);
  });

  test("takes the snapshot from a member that does not lead", () => {
    expect(keys).toContain("backup-etcd@node2");
  });

  test("keeps the provider stopped throughout, and only the end is done when it is abandoned", () => {
    expect(whole.steps.filter((step) => step.standing).map(({ key }) => key)).toEqual([
      "stop-provider@node1",
    ]);
    expect(whole.steps.filter((step) => step.closing).map(({ step }) => step)).toEqual([
      ...closing,
    ]);
  });

  test("wants authorities that outlive what kubeadm signs on their node", () => {
    const facts = withNode2((host) => ({
      ...host,
      certificates: read({ entries: [], endpoints: [], validityPeriod: "48h0m0s" }),
    }));
    const untils = planRotation(facts, options)
      .steps.filter(({ step }) => step === "check-expiration")
      .map(({ goal }) => goal);
    expect(untils).toMatchObject([
      { renewedUntil: today + year },
      { renewedUntil: today + 48 * 3_600_000 },
      { renewedUntil: today + year },
    ]);
  });

  test("locks every control plane node", () => {
    expect(whole.lockHosts).toEqual(["node1", "node2", "node3"]);
  });

  test("can be written to a journal and read again", () => {
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
  });

  test("restarts only what does not reload its certificate, where that is asked for", () => {
    const gentle = planRotation(healthyFacts, { ...options, restart: "needed" });
    const restarted = gentle.steps.map(({ key }) => key).filter((key) => key.startsWith("restart"));
    expect(restarted).not.toContain("restart-component:kube-apiserver@node1");
    expect(restarted).toContain("restart-component:kube-scheduler+kube-controller-manager@node1");
  });

  test("restarts etcd only when it is asked for, and before the node is verified", () => {
    expect(keys.join()).not.toContain("restart-etcd");
    const plan = planRotation(healthyFacts, { ...options, restartEtcd: true });
    const all = plan.steps.map(({ key }) => key);
    expect(all.indexOf("restart-etcd@node1")).toBe(all.indexOf("verify-renewal@node1") - 1);
  });

  test("gives the provider back the replicas it had, and leaves a stopped one stopped", () => {
    const replicas = (seen: ReturnType<typeof provider>) =>
      planRotation({ ...healthyFacts, providers: read([seen]) }, options).steps.find(
        (one) => one.step === "start-provider",
      )?.goal;
    expect(replicas(provider({ replicas: 3 }))).toMatchObject({ replicas: 3 });
    expect(replicas(stoppedProvider)).toMatchObject({ replicas: 0, leftStopped: true });
    const meant = provider({ replicas: 0, previousReplicas: 1 });
    expect(replicas(meant)).not.toHaveProperty("leftStopped");
  });
});

describe("a plan for hosts on which timers and cron jobs act by themselves", () => {
  const acting = (name: string, timer: string, ...cronFiles: readonly string[]) =>
    hostFacts(name, { renewTimer: timer, cronFiles });
  const hosts = [
    acting("node1", "enabled/active", "/etc/cron.d/nightly"),
    acting("node2", "enabled/inactive", "/etc/cron.d/hourly", "/etc/crontab"),
    acting("node3", "", "/etc/crontab"),
  ];
  const leases = { ledger: ledgerOf(1), provider: cutOff, manifestTimeoutMs: 300_000 };
  const facts = { ...healthyFacts, hosts, leases };
  const automatic = (plan: Plan) =>
    plan.steps
      .filter(({ step }) => /^(pause|resume)-/.test(step))
      .map(({ key, gate, standing, closing, lifts }) => ({ key, gate, standing, closing, lifts }));
  const paused = (key: string) => ({ key, gate: "automation", standing: true });
  const resumed = (key: string, lifts: string) => ({ key, gate: "resume", closing: true, lifts });

  test.each([
    ["rotation", (skip: readonly Gate[]) => planRotation(facts, { ...options, skip })],
    ["hold", (skip: readonly Gate[]) => planHold(facts, { skip })],
  ])("keeps what it pauses paused, up to the step that resumes it: a %s", (_, planOf) => {
    expect(automatic(planOf([]))).toEqual([
      paused("pause-timer@node1"),
      paused("pause-cron-files@node1"),
      paused("pause-cron-files@node2"),
      resumed("resume-cron-files@node1", "pause-cron-files@node1"),
      resumed("resume-timer@node1", "pause-timer@node1"),
      resumed("resume-cron-files@node2", "pause-cron-files@node2"),
    ]);
    const all = planOf([]).steps.map(({ key }) => key);
    const places = ["pause-timer", "stop-provider", "start-provider", "resume-timer"].map((step) =>
      all.indexOf(`${step}@node1`),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(all.slice(-2)).toEqual(["resume-cron-files@node2", "account-for-leases@node1"]);
    expect(planOf([])).not.toHaveProperty("skipped");
  });

  test.each([
    ["pauses and resumes nothing", "automation", []],
    [
      "pauses, and resumes nothing,",
      "resume",
      ["pause-timer@node1", "pause-cron-files@node1", "pause-cron-files@node2"],
    ],
  ] as const)("%s without the gate %s, which it notes", (_, gate, left) => {
    const plan = planRotation(facts, { ...options, skip: [gate] });
    expect(automatic(plan).map(({ key }) => key)).toEqual(left);
    expect(plan.skipped).toEqual([gate]);
  });

  test("looks at no workloads without their gate, and accounts for the leases all the same", () => {
    const { steps } = planRotation(facts, { ...options, skip: ["workloads"] });
    expect(steps.map(({ step }) => step)).not.toContain("check-workloads");
    expect(steps.at(-1)).toMatchObject({ step: "account-for-leases", closing: true });
  });

  test("knows each gate's steps by its name, for one that is left out later", () => {
    const gated = planRotation(facts, options).steps.flatMap(({ gate, key }) =>
      gate === undefined ? [] : [`${gate}: ${key}`],
    );
    expect(gated).toEqual([
      "leases-settled: check-leases-settled@node1",
      "rpc: check-rpc:before-window@node1",
      "automation: pause-timer@node1",
      "automation: pause-cron-files@node1",
      "automation: pause-cron-files@node2",
      "health: check-cluster-health:before-start@node1",
      "operators: check-operators@node1",
      "inventory: check-inventory@node1",
      "workloads: check-workloads@node1",
      "rpc: check-rpc:before-start@node1",
      "provider: check-provider@node1",
      "resume: resume-cron-files@node1",
      "resume: resume-timer@node1",
      "resume: resume-cron-files@node2",
    ]);
  });

  test("resumes nothing where it only starts the provider, and upholds nothing then", () => {
    const { steps } = planProviderStart(facts, { replicas: 1 }, { skip: [] });
    expect(steps.filter(({ step }) => step.startsWith("resume-"))).toEqual([]);
    expect(steps.filter(({ closing, lifts }) => closing === true || lifts !== undefined)).toEqual(
      [],
    );
    expect(steps.map(({ step }) => step)).toContain("account-for-leases");
  });
});

describe("a plan where kube-vip is a static pod", () => {
  const pods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-vip"];
  const conf = (name: string) => entry(certificate(name, "C", today + 1000));
  const hosts = ["node1", "node2"].map((name) => ({
    ...hostFacts(name, { staticPods: pods }),
    certificates: read({
      entries: [conf("admin.conf"), ...(name === "node1" ? [conf("super-admin.conf")] : [])],
      endpoints: [],
    }),
    components: read([{ name: "kube-vip", container: `vip-of-${name}`, createdAt: today }]),
  }));

  test.each(["all", "needed"] as const)(
    "restarts it alone and proves it, restarting %s",
    (restart) => {
      const { steps } = planRotation({ ...healthyFacts, hosts }, { ...options, restart });
      for (const name of ["node1", "node2"]) {
        const at = steps.findIndex(({ key }) => key === `restart-component:kube-vip@${name}`);
        expect(steps[at - 1]?.key).toBe(
          `restart-component:kube-scheduler+kube-controller-manager@${name}`,
        );
        expect(steps[at]?.goal).toMatchObject({
          components: [{ name: "kube-vip", container: `vip-of-${name}` }],
        });
        // Nothing of another node is touched before this one is whole again.
        expect(steps.slice(at + 1, at + 3).map(({ key }) => key)).toEqual([
          `verify-renewal@${name}`,
          `check-cluster-health@${name}`,
        ]);
        expect(steps[at + 1]?.goal).toMatchObject({
          restarted: expect.arrayContaining([
            { component: "kube-vip", container: `vip-of-${name}` },
          ]),
        });
      }
    },
  );

  test("wants it younger than every file that it may have read there", () => {
    const files = planRotation({ ...healthyFacts, hosts }, options)
      .steps.filter(({ key }) => key.startsWith("restart-component:kube-vip@"))
      .map(({ goal }) => goal);
    expect(files).toMatchObject([
      { files: ["/etc/kubernetes/admin.conf", "/etc/kubernetes/super-admin.conf"] },
      { files: ["/etc/kubernetes/admin.conf"] },
    ]);
  });
});

describe("a plan where etcd is a static pod", () => {
  const pods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];
  const hosts = ["node1", "node2", "node3"].map((name) => hostFacts(name, { staticPods: pods }));
  const facts = { ...healthyFacts, topology: "static-pod-etcd", hosts } as const;
  const keysOf = (restartEtcd: boolean) =>
    planRotation(facts, { ...options, restart: "needed", restartEtcd }).steps.map(({ key }) => key);

  test("restarts it the gentle way too where that is asked for, and looks at every member before", () => {
    expect(keysOf(false).join()).not.toContain("restart-component:etcd");
    const all = keysOf(true);
    for (const { name } of hosts) {
      const at = all.indexOf(`restart-component:etcd@${name}`);
      expect([all[at - 1], all[at + 1]]).toEqual([
        `check-cluster-health:before-etcd@${name}`,
        `verify-renewal@${name}`,
      ]);
    }
    expect(all.join()).not.toContain("kube-apiserver@");
    expect(all.join()).not.toContain("restart-etcd@");
  });
});

describe("smaller plans", () => {
  test("a hold stops the provider, and has the way back as its closing steps", () => {
    const { steps, purpose } = planHold(healthyFacts, { skip: [] });
    expect(purpose).toBe("hold");
    expect(steps.map(({ step, closing }) => [step, closing ?? false])).toEqual([
      ["check-leases-settled", false],
      ["check-rpc", false],
      ["stop-provider", false],
      ...closing.map((step) => [step, true]),
    ]);
  });

  test("a provider that runs with a note of an earlier stop loses it before it is stopped", () => {
    const noted = (replicas: number) => ({
      ...healthyFacts,
      providers: read([provider({ replicas, previousReplicas: 1 })]),
    });
    for (const plan of [planHold, planRotation]) {
      const steps = (replicas: number) =>
        plan(noted(replicas), options).steps.map(({ step }) => step);
      const at = steps(2).indexOf("stop-provider");
      expect(steps(2)[at - 1]).toBe("forget-replicas");
      expect(steps(0)).not.toContain("forget-replicas");
    }
  });

  test("stopping the provider notes its replicas before it scales, and never notes 0", () => {
    const stop = planProviderStop(healthyFacts).steps;
    expect(stop.map(({ step }) => step)).toEqual(["remember-replicas", "stop-provider"]);
    expect(stop[0]?.goal).toMatchObject({ replicas: 1 });
    const again = { ...healthyFacts, providers: read([stoppedProvider]) };
    expect(planProviderStop(again).steps.map(({ step }) => step)).toEqual(["stop-provider"]);
  });

  test("starting it checks the cluster's health first, and forgets the note last", () => {
    const { steps } = planProviderStart(healthyFacts, { replicas: 2 }, { skip: [] });
    expect(steps.map(({ step }) => step)).toEqual([...closing, "forget-replicas"]);
    expect(steps.find((one) => one.step === "start-provider")?.goal).toMatchObject({ replicas: 2 });
  });
});

describe("the start of a provider that was found stopped", () => {
  const nodes = read(
    ["Ready", "Ready", "NotReady", "cordoned"].map((state, index) => {
      const [ready, unschedulable] = [state !== "NotReady", state === "cordoned"];
      const node = { name: `node${index + 1}`, ready, controlPlane: true, unschedulable };
      return { ...node, kubeletVersion: "v1.33.5", addresses: [] };
    }),
  );
  const ill = { namespaces: read([namespaceOf(1), namespaceOf(2, { workloads: [] })]) };
  const leases = { ledger: ledgerOf(2, ill), provider: cutOff, manifestTimeoutMs: 300_000 };
  const seen = { nodes: [{ name: "node1", gpus: 4 }], pod: "operator-inventory-0" };
  const operators = [{ name: "operator-hostname", replicas: 1 }];
  const facts = {
    ...{ ...healthyFacts, nodes, leases },
    ...{ inventory: read(seen), operators: read(operators) },
  };
  const remembered = {
    leases: { [keyOf(1)]: { web: 1 } },
    ...{ ill: [keyOf(2)], failing: [keyOf(2)], inventory: seen, operators },
  };

  function goals(stopped: Parameters<typeof planProviderStart>[1]["stopped"]) {
    const { steps } = planProviderStart(facts, { replicas: 1, stopped }, { skip: [] });
    return Object.fromEntries(steps.map(({ step, goal }) => [step, goal]));
  }

  test("excuses nothing that the survey sees, and wants every node that is Ready and not cordoned", () => {
    const namespace = "akash-services";
    const wanted = goals(nothingRemembered);
    expect(wanted["check-workloads"]).toMatchObject({ leases: {}, excused: [], unread: "" });
    expect(wanted["check-provider"]).toMatchObject({ illBefore: [] });
    expect(wanted["check-operators"]).toEqual({ namespace });
    expect(wanted["check-inventory"]).toEqual({
      namespace,
      nodes: ["node1", "node2"].map((name) => ({ name, gpus: 0 })),
      pod: null,
    });
  });

  test("compares with what stopping it has written down", () => {
    const stop = JSON.parse(JSON.stringify(planProviderStop(facts)));
    const written = parseBeforeStop(stop.steps[0].goal.before);
    expect(written).toEqual(remembered);
    const wanted = goals(written);
    expect(wanted["check-workloads"]).toMatchObject({
      leases: remembered.leases,
      excused: [keyOf(2)],
    });
    expect(wanted["check-provider"]).toMatchObject({ illBefore: [keyOf(2)] });
    expect(wanted["check-operators"]).toMatchObject({ operators });
    expect(wanted["check-inventory"]).toMatchObject(seen);
  });

  test("is not needed by one that runs: it is compared with what the survey sees", () => {
    const wanted = goals(undefined);
    expect(wanted["check-workloads"]).toEqual({ leases: remembered.leases, others: 1, unread: "" });
    expect(wanted["check-provider"]).toMatchObject({ illBefore: [keyOf(2)] });
    expect(wanted["check-inventory"]).toMatchObject(seen);
  });

  test("has nothing from a stop that found it stopped, whatever was seen then", () => {
    const again = provider({ replicas: 0, previousReplicas: 1 });
    const [remember] = planProviderStop({ ...facts, providers: read([again]) }).steps;
    expect(remember?.goal).toEqual({
      ...{ namespace: "akash-services", name: "akash-provider", replicas: 1 },
    });
  });
});
