// The other commands on the simulated cluster: what they do, what they say, and what they leave
// alone.

import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { newDesk } from "../src/simulator/desk.ts";
import { scaleProvider, startMember, stopMember } from "../src/simulator/interference.ts";
import { controlPlane } from "../src/simulator/model.ts";
import type { Tool } from "../src/simulator/tool.ts";
import {
  containers,
  everything,
  lockHolders,
  providerReplicas,
  serials,
} from "./scenarios/cluster-seen.ts";
import { drydock, type Sandbox, sandbox } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

function unwatched(box: Sandbox): void {
  expect(box.site.violations).toEqual([]);
  expect(lockHolders(box.site.model)).toEqual([]);
}

/** A window that was killed once node1 was renewed. */
async function leftInTheMiddle(): Promise<Sandbox> {
  const box = sandbox();
  const faults = [{ at: "send", of: "change", number: 20, what: "killed" }] as const;
  await drydock(box, "run --yes", { faults });
  await box.site.clock.wait(60_000);
  return box;
}

/** With node2's certificates renewed, and nothing of it restarted. */
async function leftHalfRenewed(): Promise<Sandbox> {
  const box = sandbox({ residualDays: 20 });
  const stop = "restart-component:kube-apiserver@node2: crictl --timeout 30s stop";
  const told = (text: string) => (text.includes(stop) ? "kill" : undefined);
  await drydock(box, "run --yes", { told });
  return box;
}

describe("commands that only look", () => {
  test.each(["plan", "plan --json", "survey", "survey --json", "certs", "certs --json", "status"])(
    "%s changes nothing, and takes no lock",
    async (words) => {
      const box = sandbox();
      const before = everything(box.site.model);
      const ran = await drydock(box, words);
      expect([ran.code, ran.err]).toEqual([0, ""]);
      expect(ran.out).not.toBe("");
      expect(everything(box.site.model)).toBe(before);
      expect(box.desk.windows.size).toBe(0);
      unwatched(box);
    },
  );

  test("provider status says that it runs, and since when it does not", async () => {
    const box = sandbox({ replicas: 2 });
    expect((await drydock(box, "provider status")).out).toContain(
      "akash-services/akash-provider: running",
    );
    await drydock(box, "provider stop");
    const stopped = await drydock(box, "provider status");
    expect(stopped.out).toContain("akash-services/akash-provider: stopped");
    expect(stopped.out).toContain("had 2 replicas");
    expect(JSON.parse((await drydock(box, "provider status --json")).out)).toMatchObject({
      replicas: 0,
      previousReplicas: 2,
    });
  });

  test.each([
    [40, 0],
    [20, 1],
    [3, 2],
    [-1, 2],
  ])("certs of certificates with %i days left exits with %i", async (residualDays, code) => {
    const box = sandbox({ residualDays });
    const ran = await drydock(box, "certs");
    expect(ran.code).toBe(code);
    expect(ran.out).toContain("apiserver-kubelet-client");
    expect(ran.out).not.toMatch(/UNREADABLE|not running/i);
  });

  test("plan shows every step with its host, commands, reason and proof", async () => {
    const { out } = await drydock(sandbox(), "plan --restart-etcd");
    for (const node of ["node1", "node2", "node3"]) {
      expect(out).toContain(`renew-certificates@${node}`);
      expect(out).toContain(`restart-etcd@${node}`);
    }
    expect(out).toContain("kubeadm certs renew all --config /etc/kubernetes/kubeadm-config.yaml");
    expect(out).toContain("guide:    Step 2: Update kubeconfig");
    expect(out.trimEnd()).toContain("Nothing was changed.");
  });

  test("plan shows what is done again after an earlier step has undone it", async () => {
    const { out } = await drydock(sandbox({ controlPlane: 1 }), "plan");
    const of = (key: string) => out.split(/\n\n/).find((part) => part.includes(key)) ?? "";
    const kubeconfig = of("update-kubeconfig@node1");
    expect(kubeconfig).toContain("now:      as wanted until renew-certificates@node1: ");
    expect(kubeconfig).toContain("commands: ln /root/.kube/config ");
    const start = of("start-provider@node1");
    expect(start).toContain("now:      as wanted until stop-provider@node1: ");
    expect(start).toContain("scale statefulset akash-provider --replicas=1");
    expect(of("check-inventory@node1")).toContain("rollout restart deployment/operator-inventory");
    // Where nothing is to be stopped, nothing is undone.
    const box = sandbox({ controlPlane: 1, replicas: 0 });
    const stopped = (await drydock(box, "plan")).out;
    expect(stopped).toMatch(/start-provider@node1.*\n.*\n {5}now: {6}already satisfied: /);
  });

  test("plan and survey know a window that this machine has left, and say how to go on with it", async () => {
    const box = sandbox();
    const told = (text: string) =>
      text.includes("renew-certificates@node2: k") ? "kill" : undefined;
    await drydock(box, "run --yes", { told });
    for (const words of ["plan", "survey"]) {
      const { out } = await drydock(box, words);
      expect(out).toMatch(/window \S+ was left on this machine, at renew-certificates@node2\n/);
      expect(out).toMatch(/Go on with it: drydock run --inventory /);
      expect(out).not.toContain("Finish it there");
    }
  });
});

describe("provider stop and start", () => {
  test("remember the replicas on the cluster itself, for any machine", async () => {
    const box = sandbox({ replicas: 3 });
    expect((await drydock(box, "provider stop")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    const elsewhere = { site: box.site, desk: sandbox().desk };
    const started = await drydock(elsewhere, "provider start");
    expect([started.code, started.out]).toEqual([0, expect.stringContaining("back")]);
    expect(providerReplicas(box.site.model)).toBe("3/3");
    expect([...(box.site.model.sets[0]?.annotations ?? [])]).toEqual([]);
    unwatched(box);
  });

  test.each(["stop", "status"])("%s has no gates to leave out", async (verb) => {
    const box = sandbox();
    const before = everything(box.site.model);
    expect((await drydock(box, `provider ${verb} --skip rpc`)).code).toBe(exitCodes.usage);
    expect(everything(box.site.model)).toBe(before);
  });

  test("twice is the same as once", async () => {
    const box = sandbox({ replicas: 2 });
    for (const words of ["provider stop", "provider stop", "provider start", "provider start"]) {
      expect((await drydock(box, words)).code).toBe(0);
    }
    expect(providerReplicas(box.site.model)).toBe("2/2");
    unwatched(box);
  });

  test("of a provider that was always at 0 asks how many are meant", async () => {
    const box = sandbox({ replicas: 0 });
    const ran = await drydock(box, "provider start");
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.err).toContain("--replicas 1");
    expect((await drydock(box, "provider start --replicas 1")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("of one that was at 0 already says a command that starts it", async () => {
    const box = sandbox({ replicas: 0 });
    const { out } = await drydock(box, "provider stop");
    const [, words = ""] = /: drydock (provider start .*)$/m.exec(out) ?? [];
    expect((await drydock(box, words)).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("with other replicas than it has, or had, is refused, and names them", async () => {
    const box = sandbox({ replicas: 2 });
    for (const says of ["has 2 replicas", "had 2 replicas before `drydock provider stop`"]) {
      const before = everything(box.site.model);
      const ran = await drydock(box, "provider start --replicas 1");
      expect([ran.code, ran.err]).toEqual([exitCodes.usage, expect.stringContaining(says)]);
      expect(everything(box.site.model)).toBe(before);
      await drydock(box, "provider stop");
    }
    expect((await drydock(box, "provider start --replicas 2")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("2/2");
  });

  test("that a gate has stopped says how to start it again, with its options", async () => {
    const box = sandbox();
    await drydock(box, "provider stop");
    stopMember(box.site, "node2");
    const options = "--watch 300 --accept-provider-version 0.6.8 --skip rpc --replicas 1";
    const ran = await drydock(box, `provider start ${options}`);
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err.trimEnd().split("\n").at(-1)).toBe(
      `When it is mended, run: drydock provider start --inventory inventory.ini ${options}`,
    );
  });

  test("that was killed is done by the next one", async () => {
    for (let number = 1; number <= 12; number++) {
      const box = sandbox({ replicas: 2 });
      const faults = [{ at: "send", of: "change", number, what: "killed" }] as const;
      await drydock(box, "provider stop", { faults });
      expect([number, (await drydock(box, "provider stop")).code]).toEqual([number, 0]);
      expect([number, (await drydock(box, "provider start")).code]).toEqual([number, 0]);
      expect([number, providerReplicas(box.site.model)]).toEqual([number, "2/2"]);
      unwatched(box);
    }
  });
});

describe("plan", () => {
  test("ends with the command that carries out this very plan", async () => {
    const options = "--restart needed --restart-etcd --watch 0 --skip rpc";
    const ran = await drydock(sandbox(), `plan ${options}`);
    expect(ran.out.trimEnd().split("\n").at(-1)).toBe(
      `Nothing was changed. To carry it out: drydock run --inventory inventory.ini ${options}`,
    );
  });
});

describe("hold", () => {
  test("runs the command with the provider stopped, and starts it again", async () => {
    const box = sandbox({ replicas: 2 });
    const before = { serials: serials(box.site.model), containers: containers(box.site.model) };
    let during = "";
    const runHere = async (argv: readonly string[]) => {
      during = `${argv.join(" ")}: ${providerReplicas(box.site.model)}`;
      return 0;
    };
    const ran = await drydock(box, "hold -- ansible-playbook upgrade.yml", {
      terminal: { runHere },
    });
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(during).toBe("ansible-playbook upgrade.yml: 0/0");
    expect(providerReplicas(box.site.model)).toBe("2/2");
    expect(serials(box.site.model)).toEqual(before.serials);
    expect(containers(box.site.model)).toEqual(before.containers);
    unwatched(box);
  });

  test("is not refused by what the command is there to mend", async () => {
    const box = sandbox({ authorityDays: 200 });
    for (const { programs } of box.site.model.hosts.values()) programs.delete("kubeadm");
    stopMember(box.site, "node2");
    expect((await drydock(box, "run --yes")).code).toBe(exitCodes.blocked);
    const during: string[] = [];
    const runHere = async () => {
      during.push(providerReplicas(box.site.model));
      startMember(box.site, "node2");
      return 0;
    };
    const ran = await drydock(box, "hold -- make upgrade", { terminal: { runHere } });
    expect(ran.code, ran.err).toBe(0);
    expect(during).toEqual(["0/0"]);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    unwatched(box);
  });

  test("stops a provider again that somebody starts while the command runs", async () => {
    const box = sandbox();
    const { clock, model } = box.site;
    const seen: string[] = [];
    const runHere = async () => {
      await clock.wait(60_000);
      scaleProvider(box.site, 1);
      await clock.wait(12_000);
      seen.push(providerReplicas(model));
      return 0;
    };
    const ran = await drydock(box, "hold -- make upgrade", { terminal: { runHere } });
    expect(seen).toEqual(["0/0"]);
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(/stop-provider@node1: undone by somebody else: .*; restoring it/);
    expect(providerReplicas(model)).toBe("1/1");
    unwatched(box);
  });

  test("of a program that is not here is refused before anything is contacted", async () => {
    const box = sandbox();
    const canRun = (program: string) => program !== "mkae";
    const ran = await drydock(box, "hold -- mkae upgrade", { terminal: { canRun } });
    expect([ran.code, ran.counted.reads]).toEqual([exitCodes.usage, 0]);
    expect(ran.err).toContain("mkae: there is no such program here\n");
    expect((await drydock(box, "hold -- make upgrade", { terminal: { canRun } })).code).toBe(0);
  });

  test("that Ctrl-C ends just before its command does not begin it, and keeps the provider stopped", async () => {
    const box = sandbox();
    let tool: Tool | undefined;
    let begun = false;
    const ran = await drydock(box, "hold -- make upgrade", {
      faults: [
        whenRecorded(box, "settled", "stop-provider@node1", () => {
          if (tool !== undefined) tool.interrupted = true;
        }),
      ],
      opened: (one) => {
        tool = one;
      },
      terminal: {
        runHere: async () => {
          begun = true;
          return 0;
        },
      },
    });
    expect([ran.code, begun]).toEqual([exitCodes.interrupted, false]);
    expect(ran.err).toMatch(
      /^Interrupted at .*\nThe provider stays stopped\.\nTo go on, run: drydock abandon /,
    );
    expect((await drydock(box, "status")).out).not.toContain("may still be at work");
    expect(providerReplicas(box.site.model)).toBe("0/0");
  });

  test("that was killed beside its command says that it may still be at work, and asks before it is closed", async () => {
    const box = sandbox();
    const runHere = () => Promise.reject(new Error("killed"));
    await expect(drydock(box, "hold -- make upgrade", { terminal: { runHere } })).rejects.toThrow();
    const says = "Your command may still be at work: make upgrade\n";
    expect((await drydock(box, "status")).out).toContain(says);
    const ask = async (question: string) => question !== "Has it ended?";
    const kept = await drydock(box, "abandon", { terminal: { interactive: true, ask } });
    expect(kept.err).toContain(says);
    expect(kept.err).toContain("Nothing was changed.");
    expect(kept.code).toBe(exitCodes.declined);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    const refused = await drydock(box, "abandon");
    expect([refused.code, refused.err]).toEqual([
      exitCodes.usage,
      `${says}Let it end first: closing the window starts the provider. Then say --yes. Nothing was changed.\n`,
    ]);
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect((await drydock(box, "abandon --yes")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(JSON.parse((await drydock(box, "status --json")).out)).toHaveProperty("command", null);
    unwatched(box);
  });

  test("that failed keeps every other command out until it is abandoned", async () => {
    const box = sandbox();
    const runHere = async () => 3;
    const failed = await drydock(box, "hold -- make upgrade", { terminal: { runHere } });
    expect(failed.code).toBe(exitCodes.commandFailed);
    expect(failed.err).toContain("make upgrade: exit code 3. The provider stays stopped.");
    const status = await drydock(box, "status");
    expect(status.out).toContain("Stopped at operator's command: make upgrade: exit code 3\n");
    const refused = await drydock(box, "run --yes");
    expect(refused.code).toBe(exitCodes.locked);
    expect(refused.err).toContain("drydock abandon");
    expect((await drydock(box, "abandon")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    unwatched(box);
  });

  test("does not start the provider on a cluster that is not healthy again", async () => {
    const box = sandbox();
    const runHere = async () => {
      const [member] = box.site.model.etcd.members;
      if (member !== undefined) member.runs = false;
      return 0;
    };
    const ran = await drydock(box, "hold -- make upgrade", { terminal: { runHere } });
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toContain("check-cluster-health:before-start@node1");
    expect(ran.err.trimEnd().split("\n").at(-1)).toContain("drydock abandon");
    expect(providerReplicas(box.site.model)).toBe("0/0");
  });
});

describe("backup", () => {
  test("etcd brings a verified snapshot here, readable by nobody else", async () => {
    const box = sandbox();
    const ran = await drydock(box, "backup etcd");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toContain("etcd-snapshot.db");
    const [window] = [...box.desk.windows.values()];
    const snapshot = window?.files.get("etcd-snapshot.db");
    expect([snapshot?.form, snapshot?.mode]).toEqual(["snapshot", 0o600]);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    unwatched(box);
  });

  test("certs brings an archive of every node, with a list of what is in it", async () => {
    const box = sandbox({ workers: 1 });
    const ran = await drydock(box, "backup certs");
    expect([ran.code, ran.err]).toEqual([0, ""]);
    const [window] = [...box.desk.windows.values()];
    const names = ["node1", "node2", "node3", "worker1"];
    expect([...(window?.files.keys() ?? [])].sort()).toEqual(
      names.flatMap((name) => [`${name}.tar.gz`, `${name}.tar.gz.list`]),
    );
    expect(window?.files.get("node1.tar.gz.list")?.content).toContain("etc/kubernetes/admin.conf");
    unwatched(box);
  });

  test("a second one leaves the first where it is", async () => {
    const box = sandbox({ controlPlane: 1 });
    await drydock(box, "backup etcd");
    await drydock(box, "backup etcd");
    const windows = [...box.desk.windows.values()];
    expect(windows.map((one) => one.files.has("etcd-snapshot.db"))).toEqual([true, true]);
    unwatched(box);
  });

  test("without space ends with what to do, lets go of the lock, and is simply run again", async () => {
    const box = sandbox({ controlPlane: 1 });
    const full = () => {
      box.desk.freeBytes = 100;
    };
    const faults = [{ at: "record", number: 3, moment: "after", does: full }] as const;
    const ran = await drydock(box, "backup etcd", { faults });
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.err).toContain("no space left on device");
    expect(lockHolders(box.site.model)).toEqual([]);
    box.desk.freeBytes = 50e9;
    expect((await drydock(box, "backup etcd")).code).toBe(0);
    unwatched(box);
  });
});

describe("a window that was left", () => {
  test("is shown by status with what is done, where it is, and how to go on", async () => {
    const box = await leftInTheMiddle();
    const ran = await drydock(box, "status");
    expect(ran.code).toBe(exitCodes.stopped);
    expect(ran.out).toContain("(rotation) of operator@desk");
    expect(ran.out).toMatch(/done {3}renew-certificates@node1/);
    expect(ran.out).toMatch(/to do {2}start-provider@node1/);
    expect(ran.out).toContain("drydock abandon --inventory inventory.ini");
    const json = JSON.parse((await drydock(box, "status --json")).out);
    expect(json).toMatchObject({ purpose: "rotation", closed: null, holder: "operator@desk" });
    expect(json.steps.length).toBeGreaterThan(30);
  });

  test.each([
    [
      "looks before that",
      "check-rpc:before-window@node1",
      "untouched",
      "The provider was not stopped.",
    ],
    [
      "is told to stop it",
      "stop-provider@node1: kubectl",
      "told-to-stop",
      "The provider was told to stop. To see whether it has: drydock provider status --inventory inventory.ini",
    ],
    ["goes on after that", "check-expiration@node1: ok", "stopped", "The provider stays stopped."],
    [
      "is told to start it",
      "start-provider@node1: kubectl",
      "told-to-start",
      "The provider was told to start. To see whether it has: drydock provider status --inventory inventory.ini",
    ],
    [
      "has given it back",
      "start-provider@node1: ok",
      "given-back",
      "The provider has been given back.",
    ],
  ])("tells what it has done with the provider, killed as it %s", async (_, at, kept, says) => {
    const box = sandbox();
    const told = (text: string) => (text.includes(at) ? "kill" : undefined);
    await drydock(box, "run --yes", { told });
    expect((await drydock(box, "status")).out.split("\n")).toContain(says);
    const json = JSON.parse((await drydock(box, "status --json")).out);
    expect(json).toMatchObject({ provider: kept });
    expect((await drydock(box, "abandon")).code).toBe(0);
    const closed = JSON.parse((await drydock(box, "status --json")).out);
    expect(closed).toMatchObject({ provider: null });
  });

  test("is named by provider status, once, with how to go on; so is one of another machine", async () => {
    const box = await leftInTheMiddle();
    const own = (await drydock(box, "provider status")).out;
    expect(own).toMatch(/^ {2}window \S+ was left on this machine, at /m);
    expect(own).toMatch(/^ {2}Go on with it: drydock run --inventory inventory\.ini$/m);
    expect(own).toMatch(/^ {2}or close it: drydock abandon --inventory inventory\.ini$/m);
    expect(own).not.toContain("the lock is held by");
    const rival = { ...box, desk: newDesk("rival@laptop") };
    const foreign = await drydock(rival, "provider status");
    expect(foreign.code).toBe(0);
    expect(foreign.out.match(/the lock is held by window \S+ of operator@desk/g)).toHaveLength(1);
    const { held } = JSON.parse((await drydock(rival, "provider status --json")).out);
    expect(held).toMatchObject([{ kind: "locked" }]);
    expect(JSON.parse((await drydock(sandbox(), "provider status --json")).out).held).toEqual([]);
  });

  test.each(["plan", "survey"])(
    "is named by %s with commands in lines of their own",
    async (words) => {
      const { out } = await drydock(await leftInTheMiddle(), words);
      expect(stripVTControlCharacters(out).split("\n")).toEqual(
        expect.arrayContaining([
          "         Go on with it: drydock run --inventory inventory.ini",
          "         or close it: drydock abandon --inventory inventory.ini",
        ]),
      );
    },
  );

  test("is closed early by abandon: the provider back, the other nodes as they were", async () => {
    const box = await leftInTheMiddle();
    const before = serials(box.site.model);
    const ran = await drydock(box, "abandon");
    expect(ran.code).toBe(0);
    expect(serials(box.site.model)).toEqual(before);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    unwatched(box);
    expect((await drydock(box, "status")).code).toBe(0);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    unwatched(box);
  });

  test("tells the same in JSON", async () => {
    const box = await leftHalfRenewed();
    const halfRenewed = [{ host: "node2", until: "2026-12-12T03:00:00.000Z" }];
    const seen = async () => JSON.parse((await drydock(box, "status --json")).out).halfRenewed;
    expect(await seen()).toEqual([]);
    const { out } = await drydock(box, "abandon --json");
    const report = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
    expect(report).toMatchObject({ kind: "report", halfRenewed });
    expect(await seen()).toEqual(halfRenewed);
  });

  test("tells which node goes on with old certificates, when it is closed between renewal and restart", async () => {
    const box = await leftHalfRenewed();
    const ran = await drydock(box, "abandon");
    expect(ran.code).toBe(0);
    const says = [
      "node2: certificates were renewed and not seen in use: what was not restarted goes on with those that expire 2026-12-12.",
      "Finish it before then, whatever `drydock certs` says of the files: drydock run --inventory inventory.ini",
    ];
    expect(ran.err).toBe(`${says.join("\n")}\n`);
    expect((await drydock(box, "status")).out).toContain(says.join("\n"));
    expect((await drydock(box, "run --yes")).code).toBe(0);
    expect((await drydock(box, "status")).out).not.toContain("goes on with");
  });

  test("is abandoned at last also when abandoning was killed", async () => {
    for (const number of [1, 4, 5, 6, 8]) {
      const box = await leftInTheMiddle();
      const faults = [{ at: "send", of: "change", number, what: "killed" }] as const;
      await drydock(box, "abandon", { faults });
      expect([number, (await drydock(box, "abandon")).code]).toEqual([number, 0]);
      expect([number, providerReplicas(box.site.model)]).toEqual([number, "1/1"]);
      unwatched(box);
    }
  });

  test("keeps hold, backup and provider commands out, and says how to finish it", async () => {
    const box = await leftInTheMiddle();
    const before = everything(box.site.model);
    for (const words of ["hold -- true", "backup certs", "provider start", "provider stop"]) {
      const ran = await drydock(box, words);
      expect([words, ran.code]).toEqual([words, exitCodes.locked]);
      expect(ran.err).toContain("drydock run --inventory inventory.ini");
    }
    expect(everything(box.site.model)).toBe(before);
  });

  test("is abandoned although a worker is away, and its lock is said to be left there", async () => {
    const box = sandbox({ workers: 1 });
    const faults = [{ at: "send", of: "change", number: 20, what: "killed" }] as const;
    await drydock(box, "run --yes", { faults });
    const worker = box.site.model.hosts.get("worker1");
    if (worker !== undefined) worker.reachable = false;
    expect((await drydock(box, "run --yes")).code).toBe(exitCodes.timedOut);
    const ran = await drydock(box, "abandon");
    expect(ran.code).toBe(0);
    expect(ran.err).toContain("worker1: the lock could not be released there");
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(box.site.violations).toEqual([]);
    expect(lockHolders(box.site.model)).toHaveLength(1);
  });

  test("starts the provider on a cluster that is not whole once its operator says --skip health", async () => {
    const box = await leftInTheMiddle();
    const node = box.site.model.nodes.find(({ name }) => name === "node3");
    if (node !== undefined) node.ready = false;
    const waited = await drydock(box, "abandon");
    expect(waited.code).toBe(exitCodes.stopped);
    expect(waited.err).toContain("node3 is not Ready");
    expect(providerReplicas(box.site.model)).toBe("0/0");
    expect((await drydock(box, "abandon --skip health")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("is closed on a cluster that is not whole where it has not come to stop the provider", async () => {
    const box = sandbox();
    const told = (text: string) => (text.includes("check-rpc:before-window") ? "kill" : undefined);
    await drydock(box, "run --yes", { told });
    const node = box.site.model.nodes.find(({ name }) => name === "node3");
    if (node !== undefined) node.ready = false;
    const ran = await drydock(box, "abandon");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain(
      "This window had not come to stop the provider: nothing was put back.",
    );
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect((await drydock(box, "status")).out).toContain("abandoned");
    unwatched(box);
  });

  test("is closed by the run that goes on with it, where that stops before it has sent anything", async () => {
    const box = sandbox();
    const told = (text: string) => (text.includes("check-rpc:before-window") ? "kill" : undefined);
    await drydock(box, "run --yes --restart needed", { told });
    const node = box.site.model.nodes.find(({ name }) => name === "node3");
    if (node !== undefined) node.ready = false;
    const again = await drydock(box, "run --yes --restart needed");
    expect(again.code).toBe(exitCodes.stopped);
    expect(again.err).toMatch(
      /check-cluster-health:before-window.*\n.*\nThe provider was not stopped\.\nWhen it is mended, run: drydock run --inventory inventory\.ini --restart needed\n$/,
    );
    expect((await drydock(box, "status")).out).toContain("It is abandoned.");
    expect(lockHolders(box.site.model)).toEqual([]);
    unwatched(box);
  });

  test("says that the provider is at 0 where somebody else has stopped it, and it had not come to that", async () => {
    const box = sandbox();
    const told = (text: string) => (text.includes("check-rpc:before-window") ? "kill" : undefined);
    await drydock(box, "run --yes", { told });
    scaleProvider(box.site, 0);
    const ran = await drydock(box, "abandon");
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(
      /^Beware: the provider is at 0, .*: drydock provider start .* --replicas 1$/m,
    );
  });

  test("abandon says so when there is none, in JSON too", async () => {
    const ran = await drydock(sandbox(), "abandon");
    expect(ran).toMatchObject({
      code: 0,
      out: "",
      err: "sandbox: no window is open on this machine.\n",
    });
    const inJson = await drydock(sandbox(), "abandon --json");
    expect(inJson).toMatchObject({ ...ran, out: '{"kind":"report","window":null}\n' });
  });
});

describe("run", () => {
  test("without a terminal and without --yes refuses before it connects", async () => {
    const box = sandbox();
    for (const host of box.site.model.hosts.values()) host.reachable = false;
    const ran = await drydock(box, "run");
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.err).toContain("--yes");
  });

  test("asks once on a terminal; a no changes nothing", async () => {
    const box = sandbox();
    const before = everything(box.site.model);
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return false;
    };
    const ran = await drydock(box, "run", { terminal: { interactive: true, ask } });
    expect([ran.code, questions]).toEqual([exitCodes.declined, ["Carry this out?"]]);
    expect(ran.err).toBe("You answered no\nNothing was changed.\n");
    expect(ran.out).toContain("node3: renew all certificates, update root's kubeconfig");
    expect(everything(box.site.model)).toBe(before);
    const inJson = await drydock(box, "run --json", { terminal: { interactive: true, ask } });
    expect(inJson.out).toBe("");
    expect(inJson.err).toContain("node3: renew all certificates, update root's kubeconfig");
  });

  test("that is not answered, as after Ctrl-C, is interrupted", async () => {
    const box = sandbox();
    const before = everything(box.site.model);
    const ask = async () => undefined;
    const ran = await drydock(box, "run", { terminal: { interactive: true, ask } });
    expect(ran).toMatchObject({ code: exitCodes.interrupted });
    expect(ran.err).toBe("Interrupted\nNothing was changed.\n");
    expect(everything(box.site.model)).toBe(before);
  });

  test("goes ahead after a yes, and draws its progress", async () => {
    const box = sandbox({ controlPlane: 1 });
    const ran = await drydock(box, "run", {
      terminal: { interactive: true, ask: async () => true },
    });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("✓");
    unwatched(box);
  });

  test("prints one JSON event a line, and the report last", async () => {
    const { out } = await drydock(sandbox(), "run --yes --json");
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ kind: "opened", resumed: false });
    expect(events.at(-1)).toMatchObject({ kind: "report", lost: [] });
    expect(events.at(-1).renewed).toHaveLength(19);
  });

  test("touches no tenant, and no worker but for its archive", async () => {
    const box = sandbox({ workers: 2 });
    const worker = [...box.site.model.hosts.values()].find((host) => host.roles.worker);
    const before = new Map(worker?.files);
    expect((await drydock(box, "run --yes")).code).toBe(0);
    const changed = [...(worker?.files ?? [])]
      .filter(([path, file]) => before.get(path) !== file)
      .map(([path]) => path.replace(/w\d{8}-\d{4}-\w+/, "WINDOW"));
    expect(changed.sort()).toEqual([
      "/var/backups/drydock/WINDOW/worker1.tar.gz",
      "/var/backups/drydock/WINDOW/worker1.tar.gz.list",
      "/var/lib/drydock/lock/epoch",
    ]);
    expect(controlPlane(box.site.model)).toHaveLength(3);
  });
});
