// What was true when a plan was made, or when a window was left, and is not any more.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { newDesk } from "../src/simulator/desk.ts";
import { lagRpc, scaleProvider, startMember, stopMember } from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { kill, type Tool } from "../src/simulator/tool.ts";
import { lockHolders, providerReplicas, serials } from "./scenarios/cluster-seen.ts";
import {
  type Circumstances,
  drydock,
  forked,
  killedCode,
  type Sandbox,
  sandbox,
  swift,
} from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

const dayMs = 24 * 3_600_000;

function rivalOf(box: Sandbox): Sandbox {
  return { site: box.site, desk: newDesk("rival@laptop") };
}

/** Killed as soon as that is on its screen. */
function killedAt(words: string): Circumstances {
  return { told: (text) => (text.includes(words) ? "kill" : undefined) };
}

/** Says yes, after what happens meanwhile. */
function asked(meanwhile: () => Promise<unknown>): Circumstances {
  const ask = async () => {
    await meanwhile();
    return true;
  };
  return { terminal: { interactive: true, ask } };
}

describe("a provider that somebody stops or starts while the operator is asked", () => {
  test.each([
    ["stopped", [], "provider stop", "0/0"],
    ["started", ["provider stop"], "provider start", "1/1"],
  ])("is left %s, and nothing is changed", async (_, before, meanwhile, replicas) => {
    const box = sandbox(swift);
    for (const words of before) expect((await drydock(box, words)).code).toBe(0);
    const old = serials(box.site.model);
    const ran = await drydock(
      box,
      "run",
      asked(() => drydock(rivalOf(box), meanwhile)),
    );
    expect(ran.code).toBe(exitCodes.blocked);
    expect(ran.err).toContain("akash-services/akash-provider has changed since the plan was made");
    expect(ran.err).toContain("Nothing was changed.");
    expect(providerReplicas(box.site.model)).toBe(replicas);
    expect(serials(box.site.model)).toEqual(old);
    expect(lockHolders(box.site.model)).toEqual([]);
    expect(box.site.violations).toEqual([]);
  });
});

describe("a window that was planned and never had the lock", () => {
  const killedThere: Circumstances = {
    faults: [{ at: "record", number: 1, moment: "after", does: ({ tool }) => kill(tool) }],
  };

  test("is closed by the next run, which looks and asks anew", async () => {
    const box = sandbox(swift);
    expect((await drydock(box, "run --yes", killedThere)).code).toBe(killedCode);
    expect((await drydock(box, "status")).out).toContain("no window yet on this machine");
    scaleProvider(box.site, 2);
    await box.site.clock.wait(dayMs);
    let questions = 0;
    const again = await drydock(
      box,
      "run",
      asked(async () => {
        questions += 1;
      }),
    );
    expect([again.code, questions], again.err).toEqual([0, 1]);
    expect(again.err).not.toContain("was left at");
    expect(providerReplicas(box.site.model)).toBe("2/2");
    expect(box.site.violations).toEqual([]);
  });

  test("does not hide an older one that is open", async () => {
    const box = sandbox(swift);
    const older = () => drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    await drydock(box, "run", { ...killedThere, ...asked(older) });
    expect(lockHolders(box.site.model)).toHaveLength(3);
    const status = await drydock(box, "status");
    expect([status.code, status.out]).toEqual([
      exitCodes.stopped,
      expect.stringContaining("at     renew-certificates@node2"),
    ]);
    const again = await drydock(box, "run --yes");
    expect(again.code, again.err).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(box.site.violations).toEqual([]);
  });
});

describe("a window after which another machine's has worked", () => {
  async function superseded(): Promise<Sandbox> {
    const box = sandbox(swift);
    hostNamed(box.site.model, "node1").renewTimer = "enabled/active";
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    expect(hostNamed(box.site.model, "node1").renewTimer).toBe("enabled/inactive");
    const [window = ""] = [...box.desk.windows.keys()];
    const rival = rivalOf(box);
    expect((await drydock(rival, `abandon --break-lock ${window}`)).code).toBe(0);
    expect((await drydock(rival, "run --yes")).code).toBe(0);
    scaleProvider(box.site, 2);
    await box.site.clock.wait(330 * dayMs);
    return box;
  }

  test("is not gone on with: its backups are old, and what it was to renew is renewed", async () => {
    const box = await superseded();
    const old = serials(box.site.model);
    const ran = await drydock(box, "run --yes");
    expect(ran.code).toBe(exitCodes.locked);
    expect(ran.err).toContain("another window has worked on");
    expect(ran.err).toContain("drydock abandon");
    expect((await drydock(box, "status")).out).not.toContain("To go on");
    expect(serials(box.site.model)).toEqual(old);
    expect(providerReplicas(box.site.model)).toBe("2/2");
  });

  test("is known as such also when it was killed with the lock taken again", async () => {
    const box = await superseded();
    const { records = [] } = [...box.desk.windows.values()][0] ?? {};
    const before = records.length;
    const opened = {
      ...({ at: "record", number: 3, moment: "before" } as const),
      does: ({ tool }: { readonly tool: Tool }) => kill(tool),
    };
    expect((await drydock(box, "abandon", { faults: [opened] })).code).toBe(killedCode);
    expect(records.slice(before).map(({ kind }) => kind)).toEqual(["overtaken", "taking"]);
    expect(lockHolders(box.site.model)).not.toEqual([]);
    const ran = await drydock(box, "run --yes");
    expect([ran.code, ran.err]).toEqual([
      exitCodes.locked,
      expect.stringContaining("another window has worked on"),
    ]);
    const closed = await drydock(box, "abandon");
    expect(closed.code, closed.err).toBe(0);
    expect(closed.err).toContain("The provider was not touched");
    expect(providerReplicas(box.site.model)).toBe("2/2");
  });

  test("is not closed while nobody can see whether the provider is its to give back", async () => {
    const box = await superseded();
    scaleProvider(box.site, 0);
    const members = ["node2", "node3"];
    for (const name of members) stopMember(box.site, name);
    const blind = await drydock(box, "abandon");
    expect([blind.code, blind.err]).toEqual([
      exitCodes.blocked,
      expect.stringMatching(
        /the provider cannot be seen(.|\n)*cannot be told, and nothing was changed. When it can be seen, run: drydock abandon/,
      ),
    ]);
    for (const name of members) startMember(box.site, name);
    await box.site.clock.wait(600_000);
    const closed = await drydock(box, "abandon");
    expect(closed.code, closed.err).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("is closed with a report, which names what it has renewed and not seen in use", async () => {
    const box = await superseded();
    const inJson = await drydock(forked(box), "abandon --json");
    const report: unknown = JSON.parse(inJson.out.trimEnd().split("\n").at(-1) ?? "");
    const node2 = { host: "node2", until: expect.anything() };
    expect(report).toMatchObject({ kind: "report", leases: null, halfRenewed: [node2] });
    const closed = await drydock(box, "abandon");
    expect(closed.code, closed.err).toBe(0);
    expect(closed.err).toMatch(
      /Unless that one has finished it:\nnode2: certificates were renewed and not seen in use/,
    );
    expect(closed.err).not.toContain("node1: certificates");
    expect(closed.out).toContain("leases were not counted in this window");
  });

  test("is closed without touching the provider, resumes what it has paused, and the next run renews", async () => {
    const box = await superseded();
    const old = serials(box.site.model);
    const closed = await drydock(box, "abandon");
    expect(closed.code, closed.err).toBe(0);
    expect(closed.err).toContain("The provider was not touched");
    // Nobody else knows that it was to run.
    expect(hostNamed(box.site.model, "node1").renewTimer).toBe("enabled/active");
    expect(providerReplicas(box.site.model)).toBe("2/2");
    const ran = await drydock(box, "run --yes");
    expect(ran.code, ran.err).toBe(0);
    for (const [name, serial] of serials(box.site.model)) expect(serial).not.toBe(old.get(name));
  });
});

describe("a window whose lock was taken away but on a host that was lost", () => {
  async function partly(): Promise<Sandbox> {
    const box = sandbox(swift);
    const node3 = hostNamed(box.site.model, "node3");
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    const [window = ""] = [...box.desk.windows.keys()];
    node3.reachable = false;
    await drydock(rivalOf(box), `abandon --break-lock ${window}`);
    expect((await drydock(rivalOf(box), "provider start --replicas 1")).code).toBe(0);
    expect((await drydock(rivalOf(box), "provider stop")).code).toBe(0);
    node3.reachable = true;
    expect(lockHolders(box.site.model)).toHaveLength(1);
    return box;
  }

  test("is known as one after which another has worked, though that host still shows it", async () => {
    const box = await partly();
    const old = serials(box.site.model);
    const ran = await drydock(box, "run --yes");
    expect(ran.err).toContain("another window has worked on");
    expect(ran.code).toBe(exitCodes.locked);
    expect(serials(box.site.model)).toEqual(old);
    expect((await drydock(box, "abandon")).code).toBe(0);
    // It was stopped on purpose meanwhile.
    expect(providerReplicas(box.site.model)).toBe("0/0");
  });
});

test("a window of a journal without `taking`, of an earlier version, is gone on with", async () => {
  const box = sandbox(swift);
  await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
  const [left] = [...box.desk.windows.values()];
  if (left === undefined) throw new Error("no window was left");
  const older = left.records.filter(({ kind }) => kind !== "taking");
  expect(older).toHaveLength(left.records.length - 1);
  left.records.splice(0, left.records.length, ...older);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
});

test("a window whose lock was taken away is gone on with though it first took it again in vain", async () => {
  const box = sandbox(swift);
  await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
  const [window = ""] = [...box.desk.windows.keys()];
  await drydock(rivalOf(box), `abandon --break-lock ${window}`);
  const second = { at: "send", of: "change", number: 2, what: "never-arrives" } as const;
  const vain = await drydock(box, "run --yes", { faults: [second] });
  expect(vain.err).toContain("node2: the lock could not be taken");
  expect(lockHolders(box.site.model)).toEqual([]);
  const ran = await drydock(box, "run --yes");
  expect(ran.code, ran.err).toBe(0);
  expect(box.site.violations).toEqual([]);
});

describe("a window whose lock was taken away by somebody who found the provider at 0", () => {
  test("gives the provider back when it is abandoned, as nobody else knows what it had", async () => {
    const box = sandbox({ ...swift, replicas: 2 });
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    const [window = ""] = [...box.desk.windows.keys()];
    await drydock(rivalOf(box), `abandon --break-lock ${window}`);
    expect((await drydock(rivalOf(box), "run --yes")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    // Killed once the provider is back: it was decided that it is this window's to give back.
    const killed = await drydock(box, "abandon", killedAt("start-provider@node1: ok"));
    expect(killed.code).toBe(killedCode);
    const again = await drydock(box, "abandon");
    expect(again.code, again.err).toBe(0);
    expect(again.err).not.toContain("was not touched");
    expect(again.out).toContain("check-provider@node1: ok");
    expect(providerReplicas(box.site.model)).toBe("2/2");
    expect(box.site.violations).toEqual([]);
  });
});

describe("a window that is gone on with in vain", () => {
  test("keeps its lock where one host refuses it, so that nobody else begins", async () => {
    const box = sandbox(swift);
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    const faults = [{ at: "send", of: "change", number: 3, what: "never-arrives" }] as const;
    expect((await drydock(box, "run --yes", { faults })).code).not.toBe(0);
    expect(lockHolders(box.site.model)).toHaveLength(3);
    expect((await drydock(rivalOf(box), "provider start --replicas 1")).code).toBe(
      exitCodes.locked,
    );
  });
});

describe("an abandoned window", () => {
  test("keeps the provider stopped until it gives it back", async () => {
    const box = sandbox(swift);
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    stopMember(box.site, "node3");
    const abandoning = drydock(box, "abandon");
    await box.site.clock.wait(60_000);
    scaleProvider(box.site, 1);
    const abandoned = await abandoning;
    expect(abandoned.code).toBe(exitCodes.stopped);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect(box.site.violations).toEqual([]);
  });
});

describe("drydock run on a window that was abandoned and did not end", () => {
  test("says that it only closes, counts the leases, and names what is renewed only half", async () => {
    const box = sandbox(swift);
    await drydock(box, "run --yes", killedAt("restart-component:kube-apiserver@node2: crictl"));
    await drydock(box, "abandon", killedAt("start-provider@node1: kubectl"));
    const inJson = await drydock(forked(box), "run --yes --json --restart-etcd");
    expect(inJson.err).toContain("Its plan stands as it was made: --restart-etcd changes nothing");
    const ran = await drydock(box, "run --yes --restart-etcd");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.err).toContain("It was abandoned: only its closing steps are carried out.");
    expect(ran.err).toContain(
      "Its plan stands as it was made: --restart-etcd changes nothing in it.",
    );
    expect(ran.err).toContain("node2: certificates were renewed and not seen in use");
    expect(ran.out).toContain("12 of 12 leases kept");
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });
});

describe("a renewal timer that a lost window has paused", () => {
  test("is named by the next plan, with the command that starts it", async () => {
    const box = sandbox(swift);
    const host = hostNamed(box.site.model, "node1");
    host.renewTimer = "enabled/active";
    await drydock(box, "run --yes", killedAt("renew-certificates@node2: kubeadm"));
    const [window = ""] = [...box.desk.windows.keys()];
    await drydock(rivalOf(box), `abandon --break-lock ${window}`);
    const { out } = await drydock(rivalOf(box), "plan");
    expect(out).toContain("node1: k8s-certs-renew.timer is enabled and does not run");
    expect(out).toContain("systemctl start k8s-certs-renew.timer");
  });
});

describe("a window that has given the provider back, and stops after it", () => {
  test("says that the provider runs and how to stop it, and those commands do", async () => {
    const box = sandbox(swift);
    const fallsIll = whenRecorded(box, "settled", "check-workloads@node1", () => {
      const pod = box.site.model.pods.find(
        ({ labels }) => "akash.network/manifest-service" in labels,
      );
      if (pod !== undefined) pod.ready = false;
    });
    const ran = await drydock(box, "run --yes", { faults: [fallsIll] });
    expect([ran.code, providerReplicas(box.site.model)]).toEqual([exitCodes.stopped, "1/1"]);
    expect(ran.err).toContain("The provider has been given back.");
    expect(ran.err).not.toContain("stopped, if it was reached");
    const refused = await drydock(box, "provider stop");
    expect(refused.code).toBe(exitCodes.locked);
    for (const said of [ran.err, refused.err]) {
      expect(said).toMatch(
        /drydock abandon \S+ \S+ --skip workloads --skip provider\nThen: drydock provider stop \S+ \S+$/m,
      );
    }
    expect((await drydock(box, "abandon --skip workloads --skip provider")).code).toBe(0);
    expect((await drydock(box, "provider stop")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("0/0");
  });
});

describe("a hold that stops before it has changed anything", () => {
  test("is closed, so that hold can be run again with other words", async () => {
    const box = sandbox(swift);
    lagRpc(box.site, 3 * dayMs);
    const ran = await drydock(box, "hold -- true");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err.trimEnd().split("\n").at(-1)).toMatch(/run: drydock hold .* -- true$/);
    expect(lockHolders(box.site.model)).toEqual([]);
    expect((await drydock(box, "hold --skip rpc -- true")).code).toBe(0);
  });
});

describe("a run that is interrupted before it has begun", () => {
  test("asks nothing and writes nothing", async () => {
    const box = sandbox(swift);
    const ran = await drydock(box, "run --yes", {
      opened: (tool) => {
        tool.interrupted = true;
      },
    });
    expect([ran.code, ran.counted.records]).toEqual([exitCodes.interrupted, 0]);
    expect(ran.err).toContain("Nothing was changed.");
    expect(lockHolders(box.site.model)).toEqual([]);
  });
});

test("provider start leaves a provider that was started by hand with what it has", async () => {
  const box = sandbox(swift);
  await drydock(box, "provider stop");
  scaleProvider(box.site, 2);
  await box.site.clock.wait(60_000);
  expect((await drydock(box, "provider start")).code).toBe(0);
  expect(providerReplicas(box.site.model)).toBe("2/2");
});
