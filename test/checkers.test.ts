// Every checker can fail: for each one a small deliberate bug in a step or in the world, which it
// catches.

import { describe, expect, test } from "vitest";
import { type Act, act } from "../src/core/command.ts";
import type { Json } from "../src/core/json.ts";
import { releaseLockOn, takeLockOn } from "../src/core/lock.ts";
import { type Look, needed, type Step, satisfied } from "../src/core/step.ts";
import type { Host } from "../src/core/world.ts";
import type { Shape } from "../src/simulator/build/cluster.ts";
import { checkers } from "../src/simulator/checkers/all.ts";
import { fileAt, textAt } from "../src/simulator/files.ts";
import {
  closeByTenant,
  lagMember,
  losePowerWithin,
  stopMember,
} from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { caughtBy, type Mutation } from "./scenarios/mutated-window.ts";
import { type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";

interface Bug {
  readonly checker: string;
  readonly bug: string;
  /** What it says of it, where the checker has several clauses. */
  readonly because?: RegExp;
  readonly shape?: Partial<Shape>;
  readonly mutation: (box: Sandbox) => Mutation;
}

/** One control plane node, an API server that takes its time, and a provider that soon gives up. */
const hasty: Partial<Shape> = {
  controlPlane: 1,
  paces: { ...swift.paces, apiServerMs: 40_000, providerMs: 20_000, providerEndMs: 6000 },
  monitor: {
    maxRetries: 2,
    retryPeriodMs: 4000,
    retryJitterMs: 1000,
    checkPeriodMs: 4000,
    checkJitterMs: 1000,
  },
};

/** Content with whatever it sees. */
function careless(step: Step): Step {
  return { ...step, judge: () => satisfied("looks good") };
}

function isOfKubeVip(goal: Json): boolean {
  return JSON.stringify(goal).includes("kube-vip");
}

/** Is told that all is well instead of waiting for it. */
function impatiently(run: Look["run"]): Look["run"] {
  return async (command) =>
    command.argv[3] === "drydock-await"
      ? { kind: "exited", code: 0, stdout: "ok\n", stderr: "" }
      : run(command);
}

/** Passes the wrapped command on without its fence; only those that begin like that. */
function unfenced(host: Host, those = ""): Host {
  return {
    ...host,
    run: (command) => {
      const [, , , script, , , ...words] = command.argv;
      const [program] = words;
      if (script !== "drydock-fence" || program === undefined) return host.run(command);
      if (!words.join(" ").startsWith(those)) return host.run(command);
      return host.run({ ...command, argv: [program, ...words.slice(1)] });
    },
  };
}

/** Carries out what the window's node1 is sent on another node, where it begins like that. */
function astray(host: Host, hosts: ReadonlyMap<string, Host>, those: string): Host {
  const other = hosts.get("node2") ?? host;
  return {
    ...host,
    run: (command) => {
      const isOne = host.name === "node1" && command.argv.slice(6).join(" ").startsWith(those);
      return (isOne ? other : host).run(command);
    },
  };
}

/** Every archive is copied here under the name of the first, over what lies there. */
function overwriting({ site, desk }: Sandbox, host: Host): Host {
  return {
    ...host,
    fetch: async ({ path, as }) => {
      const name = as.replace(/^node\d/, "node1");
      const [folder] = desk.windows.values();
      const after = fileAt(hostNamed(site.model, host.name), path);
      if (folder === undefined || after === undefined) throw new Error(`there is no ${path}`);
      const before = folder.files.get(name);
      folder.files.set(name, after);
      site.see({ kind: "stored", window: folder.id, name, before, after });
      return { kind: "exited", code: 0, stdout: "", stderr: "" };
    },
  };
}

function kubeconfigOf({ site }: Sandbox): string {
  return textAt(hostNamed(site.model, "node1"), "/etc/kubernetes/admin.conf");
}

/** No host refuses anybody any more. */
function openFences({ site }: Sandbox): void {
  for (const name of site.model.hosts.keys()) site.openFences.add(name);
}

/** crictl's own default is none. */
function withoutGrace(one: Act): Act {
  if (one.kind !== "command") return one;
  const { argv } = one.command;
  const at = argv.indexOf("--timeout", argv.indexOf("stop"));
  const [program = "", ...words] = at < 0 ? argv : argv.toSpliced(at, 2);
  return { ...one, command: { ...one.command, argv: [program, ...words] } };
}

/** Of /etc/kubernetes only what lies in the folder of the certificates. */
function withoutKubeconfigs(one: Act): Act {
  if (one.kind !== "command") return one;
  const [program = "", ...words] = one.command.argv;
  const fewer = words.map((word) => (word === "etc/kubernetes" ? `${word}/ssl` : word));
  return { ...one, command: { ...one.command, argv: [program, ...fewer] } };
}

const bugs: readonly Bug[] = [
  {
    checker: "provider-stays-stopped",
    bug: "the provider is taken for stopped without a look",
    mutation: () => ({ steps: { "stop-provider": careless } }),
  },
  {
    checker: "provider-stays-stopped",
    bug: "an exit code is taken for a stopped provider, and its pod for gone",
    mutation: () => ({
      steps: {
        "stop-provider": (step) => ({
          ...step,
          judge: (seen, goal) => {
            const verdict = step.judge(seen, goal);
            return verdict.kind === "unclear" ? satisfied("scaled to 0") : verdict;
          },
        }),
      },
      plan: (plan) => ({
        ...plan,
        steps: plan.steps.filter((one) => !/backup|bring|check/.test(one.step)),
      }),
    }),
  },
  {
    checker: "provider-stays-stopped",
    bug: "the provider is started, and stopped again, between two nodes",
    mutation: () => ({
      plan: (plan) => ({
        ...plan,
        steps: plan.steps.flatMap((one) => {
          if (one.key === "stop-provider@node1") return [{ ...one, standing: false }];
          if (one.key !== "check-cluster-health@node1") return [one];
          const again = (step: string) =>
            plan.steps
              .filter((other) => other.key === `${step}@node1`)
              .map(({ goal, host }) => ({ key: `${step}:between@node1`, step, host, goal }));
          return [one, ...again("start-provider"), ...again("stop-provider")];
        }),
      }),
    }),
  },
  {
    checker: "no-lease-closed",
    bug: "the provider runs while the only API server is away for longer than it waits",
    shape: hasty,
    mutation: () => ({ steps: { "stop-provider": careless } }),
  },
  {
    checker: "no-lease-closed",
    bug: "a release that tears down is started while the chain's node is behind",
    shape: { release: "0.6.9" },
    mutation: ({ site }) => ({
      steps: { "check-rpc": careless },
      meanwhile: async () => {
        site.model.rpcSynced = false;
      },
    }),
  },
  {
    checker: "leases-accounted",
    bug: "a lease that its tenant closed is not told of",
    mutation: ({ site }) => ({
      meanwhile: async () => {
        closeByTenant(site, 0);
      },
      steps: {
        "account-for-leases": (step) => ({
          ...step,
          judge: () => satisfied("all kept", { kind: "kept", countedBy: "chain", lines: [] }),
        }),
      },
    }),
  },
  {
    checker: "backup-before-renewal",
    bug: "the snapshot is left on the node",
    mutation: () => ({ steps: { "bring-snapshot": careless } }),
  },
  {
    checker: "backup-before-renewal",
    bug: "the archives come after the renewal",
    mutation: () => ({
      plan: (plan) => {
        const late = plan.steps.filter((one) => one.step === "bring-archive");
        return { ...plan, steps: [...plan.steps.filter((one) => !late.includes(one)), ...late] };
      },
    }),
  },
  {
    checker: "backup-before-renewal",
    bug: "the snapshot is older than the window, as every etcd member lags",
    because: /its revision is 6\d\d, and etcd had 15\d\d$/,
    mutation: ({ site }) => ({
      steps: {
        "backup-etcd": (step) => ({
          ...step,
          judge: (seen, goal) => step.judge(seen, { ...Object(goal), revisionMin: 0 }),
        }),
      },
      meanwhile: async () => {
        for (const name of site.model.hosts.keys()) lagMember(site, name, 900);
      },
    }),
  },
  {
    checker: "backup-before-renewal",
    bug: "the archives lack the kubeconfigs",
    because: /^\/etc\/kubernetes\/\S+\.conf of node1 was changed, and the archive .* does not hold/,
    mutation: () => ({
      steps: {
        "backup-certificates": (step) => ({
          ...step,
          judge: (seen, goal) => step.judge(seen, { ...Object(goal), mustHold: [] }),
          change: (seen, goal) => step.change(seen, goal).map(withoutKubeconfigs),
        }),
      },
    }),
  },
  {
    checker: "one-node-at-a-time",
    bug: "etcd is restarted although a member has ended since this node's turn began",
    because: /^etcd1 of node1 was disturbed while etcd3 was down$/,
    mutation: ({ site }) => ({
      restartEtcd: true,
      steps: {
        "update-kubeconfig": (step) => ({
          ...step,
          observe: async (look, goal) => {
            if (site.model.etcd.members[2]?.runs === true) stopMember(site, "node3");
            return step.observe(look, goal);
          },
        }),
        "restart-etcd": (step) => ({
          ...step,
          judge: (seen, goal) => {
            const verdict = step.judge(seen, goal);
            return verdict.kind === "blocked" ? needed("it is to be restarted") : verdict;
          },
        }),
      },
    }),
  },
  {
    checker: "one-node-at-a-time",
    bug: "nobody waits for an API server to be ready again",
    mutation: () => ({
      steps: {
        "check-cluster-health": careless,
        "verify-renewal": careless,
        "restart-component": (step) => ({
          ...step,
          observe: (look, goal) => step.observe({ ...look, run: impatiently(look.run) }, goal),
          judge: (seen, goal) => {
            const verdict = step.judge(seen, goal);
            return verdict.kind === "unclear" ? satisfied("it will come back") : verdict;
          },
        }),
      },
    }),
  },
  {
    checker: "one-node-at-a-time",
    bug: "an etcd member that is down is overlooked",
    mutation: ({ site }) => ({
      steps: { "check-cluster-health": careless },
      meanwhile: async () => stopMember(site, "node3"),
    }),
  },
  {
    checker: "one-node-at-a-time",
    bug: "nobody waits for a kube-vip that the kubelet holds back",
    shape: { kubeVip: true },
    mutation: ({ site: { model } }) => ({
      steps: {
        "verify-renewal": careless,
        "restart-component": (step) => ({
          ...step,
          judge: (seen, goal) => {
            const verdict = step.judge(seen, goal);
            return verdict.because.includes("kube-vip has exited") ? satisfied("later") : verdict;
          },
          change: (seen, goal) =>
            step
              .change(seen, goal)
              .filter((one) => !isOfKubeVip(goal) || !JSON.stringify(one).includes('"rm"')),
        }),
      },
      meanwhile: async () => {
        hostNamed(model, "node1").backOffs.set("kube-vip", { count: 4, lastAt: model.now });
      },
    }),
  },
  {
    checker: "recorded-before-run",
    bug: "the journal forgets what is about to be sent",
    mutation: () => ({
      journal: (journal) => ({
        records: () => journal.records(),
        append: async (at, body) =>
          body.kind === "sending" ? { ...body, seq: 0, at } : journal.append(at, body),
      }),
    }),
  },
  {
    checker: "recorded-before-run",
    bug: "what is announced for one node is sent to another one",
    because: /^node2: ".*kubeadm certs renew .*" was announced for node1$/,
    mutation: () => ({ host: (host, hosts) => astray(host, hosts, "kubeadm certs renew") }),
  },
  {
    checker: "provider-restored",
    bug: "the provider is started as the guide says: with one replica",
    mutation: () => ({
      steps: { "check-provider": careless },
      plan: (plan) => ({
        ...plan,
        steps: plan.steps.map((one) =>
          one.step === "start-provider"
            ? { ...one, goal: { namespace: "akash-services", name: "akash-provider", replicas: 1 } }
            : one,
        ),
      }),
    }),
  },
  {
    checker: "provider-restored",
    bug: "nobody waits until it is ready",
    mutation: () => ({
      steps: {
        "check-provider": careless,
        "start-provider": (step) => ({
          ...step,
          judge: (seen, goal) => {
            const verdict = step.judge(seen, goal);
            return verdict.kind === "unclear" ? satisfied("scaled") : verdict;
          },
        }),
      },
    }),
  },
  {
    checker: "fenced",
    bug: "commands are sent without the fence",
    mutation: () => ({ host: (host) => unfenced(host) }),
  },
  {
    checker: "fenced",
    bug: "an exited container is taken away without the fence",
    mutation: () => ({ host: (host) => unfenced(host, "crictl --timeout 30s rm") }),
  },
  {
    checker: "fenced",
    bug: "an earlier run of the window goes on after a later one has begun, and no host refuses it",
    because: /^node2: \S+ was changed by window (\S+), epoch 1, while the lock was held by \1 2 /,
    mutation: (box) => ({
      meanwhile: async ({ window, hosts, clock }) => {
        await takeLockOn({ clock }, hosts, { window, holder: "operator@desk" });
        openFences(box);
      },
    }),
  },
  {
    checker: "fenced",
    bug: "the provider is scaled by a window that a rival has taken over from",
    because:
      /^node1: akash-provider was changed by window \S+, epoch 1, while the lock was held by rival 2 /,
    mutation: (box) => ({
      meanwhile: async ({ window, hosts, clock }) => {
        await releaseLockOn(hosts, window);
        await takeLockOn({ clock }, hosts, { window: "rival", holder: "rival@laptop" });
        openFences(box);
      },
    }),
  },
  {
    checker: "ended-gracefully",
    bug: "crictl stop is given no time, as when its own --timeout is forgotten",
    mutation: () => ({
      steps: {
        "restart-component": (step) => ({
          ...step,
          change: (seen, goal) => step.change(seen, goal).map(withoutGrace),
        }),
      },
    }),
  },
  {
    checker: "nothing-overwritten",
    bug: "root's kubeconfig is overwritten, and no archive has it",
    mutation: () => ({
      steps: {
        "update-kubeconfig": (step) => ({
          ...step,
          change: () => [
            act({
              argv: ["cp", "/etc/kubernetes/admin.conf", "/root/.kube/config"],
              timeoutMs: 1000,
            }),
          ],
        }),
      },
      plan: (plan) => ({
        ...plan,
        steps: plan.steps.filter((one) => !/backup-cert|bring-archive/.test(one.step)),
      }),
    }),
  },
  {
    checker: "nothing-overwritten",
    bug: "root's kubeconfig is moved aside before its successor is there, as the guide does",
    mutation: () => ({
      steps: {
        "update-kubeconfig": (step) => ({
          ...step,
          change: () =>
            [
              ["mv", "/root/.kube/config", "/root/.kube/config.old"],
              ["cp", "/etc/kubernetes/admin.conf", "/root/.kube/config"],
            ].map(([program = "", ...words]) =>
              act({ argv: [program, ...words], timeoutMs: 1000 }),
            ),
        }),
      },
    }),
  },
  {
    checker: "nothing-overwritten",
    bug: "a renewal that was cut off between a key and its certificate is taken for a whole one",
    mutation: ({ site }) => ({
      meanwhile: async () => losePowerWithin(site, "node1", { row: "apiserver", downMs: 1000 }),
      steps: {
        "renew-certificates": (step) => ({
          ...step,
          judge: (seen, goal) =>
            hostNamed(site.model, "node1").boots > 1 ? satisfied("done") : step.judge(seen, goal),
        }),
      },
    }),
  },
  {
    checker: "nothing-overwritten",
    bug: "each archive is copied here over the one before",
    because: /^node1\.tar\.gz of window \S+ was overwritten here$/,
    mutation: (box) => ({ host: (host) => overwriting(box, host) }),
  },
  {
    checker: "secrets-stay",
    bug: "a kubeconfig is shown to the operator",
    because: /^a key was printed$/,
    mutation: (box) => ({
      report: ({ out }, { kind }) => (kind === "settled" ? out(kubeconfigOf(box)) : undefined),
    }),
  },
  {
    checker: "secrets-stay",
    bug: "a verdict quotes the kubeconfig",
    because: /^record \d+ holds a key$/,
    mutation: (box) => ({
      steps: {
        "update-kubeconfig": (step) => ({
          ...step,
          judge: () => satisfied(`it is: ${kubeconfigOf(box)}`),
        }),
      },
    }),
  },
  {
    checker: "secrets-stay",
    bug: "a key is brought here beside the archive",
    because: /^apiserver\.key holds a key in the clear$/,
    mutation: () => ({
      steps: {
        "bring-archive": (step) => ({
          ...step,
          change: (seen, goal) => [
            ...step.change(seen, goal),
            {
              kind: "fetch",
              fetch: {
                path: "/etc/kubernetes/pki/apiserver.key",
                as: "apiserver.key",
                timeoutMs: 1000,
              },
            },
          ],
        }),
      },
    }),
  },
  {
    checker: "secrets-stay",
    bug: "a look at the kubeconfig brings its key along",
    because: /^node\d answered with a key$/,
    mutation: () => ({
      steps: {
        "update-kubeconfig": (step) => ({
          ...step,
          observe: async (look, goal) => {
            const argv = ["cat", "/etc/kubernetes/admin.conf"] as const;
            await look.run({ argv, reads: true, timeoutMs: 1000 });
            return step.observe(look, goal);
          },
        }),
      },
    }),
  },
];

describe("a checker", () => {
  test("is content with a window that has no bug", async () => {
    expect(await caughtBy(sandbox({ replicas: 2 }), {})).toEqual([]);
    expect(await caughtBy(sandbox(hasty), {})).toEqual([]);
  });

  test.each(bugs.map((one) => [one.checker, one.bug, one] as const))(
    "%s notices when %s",
    async (checker, _, { mutation, shape, because = /./ }) => {
      const box = sandbox({ replicas: 2, ...shape });
      const found = await caughtBy(box, mutation(box));
      const expected = { checker, because: expect.stringMatching(because) };
      expect(found).toContainEqual(expect.objectContaining(expected));
    },
  );

  test("has a bug here that it catches, whichever it is", () => {
    const proven = new Set(bugs.map((one) => one.checker));
    expect(checkers.map((one) => one.name).filter((name) => !proven.has(name))).toEqual([]);
  });
});
