// Two drydocks on one cluster: one works, the other is told who holds the lock; a paused one that
// was overtaken changes nothing more.

import { describe, expect, test } from "vitest";
import { exitCodes } from "../src/cli/exit.ts";
import { lockFolder } from "../src/core/lock.ts";
import { newDesk } from "../src/simulator/desk.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import { everything, lockHolders, providerReplicas } from "./scenarios/cluster-seen.ts";
import {
  drydock,
  killedCode,
  type Ran,
  type Sandbox,
  sandbox,
  swift,
} from "./scenarios/simulated.ts";

/** What the other machine's operator does while the first one's run stands still after a record. */
function meanwhile(number: number, does: () => Promise<void>): RecordFault {
  return { at: "record", number, moment: "after", does };
}

function otherDesk(box: Sandbox): Sandbox {
  return { site: box.site, desk: newDesk("rival@laptop") };
}

/**
 * The kubelet begins nothing while the second one looks: what changed then, that one would have
 * done.
 */
const calm = { paces: { ...swift.paces, kubeletMs: 1500 } };

describe("a second drydock", () => {
  test("is told whose window holds the lock, since when, and changes nothing", async () => {
    const { counted } = await drydock(sandbox(calm), "run --yes");
    let compared = 0;
    // The lock is taken after the second record and given back before the last one.
    for (let number = 3; number < counted.records; number += 5) {
      const box = sandbox(calm);
      let second: Ran | undefined;
      const look = async () => {
        const before = everything(box.site.model);
        // What the first one has changed may be under way just then.
        const moving = box.site.model.events.some(({ kind }) =>
          /^(controller|deployment|kubelet|pod)-/.test(kind),
        );
        second = await drydock(otherDesk(box), "run --yes");
        if (moving) return;
        expect(everything(box.site.model)).toBe(before);
        compared += 1;
      };
      const first = await drydock(box, "run --yes", { faults: [meanwhile(number, look)] });
      expect([number, first.code, second?.code]).toEqual([number, 0, exitCodes.locked]);
      expect(second?.err).toMatch(
        /^node1: the lock is held by window w20261122-0300-s\d+ of operator@desk, since 2026-11-22 03:00 UTC\n/,
      );
      expect([number, box.site.violations]).toEqual([number, []]);
    }
    expect(compared).toBeGreaterThan(15);
  }, 60_000);

  test("on the same machine is refused before it touches the window's folder", async () => {
    const box = sandbox(swift);
    let second: Ran | undefined;
    const look = async () => {
      second = await drydock(box, "run --yes");
    };
    const first = await drydock(box, "run --yes", { faults: [meanwhile(20, look)] });
    expect([first.code, second?.code]).toEqual([0, exitCodes.locked]);
    expect(second?.err).toContain("another process has it");
  });

  test("on the same machine is told that the first one is at work, and not that it was left", async () => {
    const box = sandbox(swift);
    const seen = new Map<string, Ran>();
    const refused = ["run --yes", "abandon", "hold -- true", "provider stop", "provider start"];
    const looks = ["plan", "survey", "provider status", "status", "status --json"];
    const look = async () => {
      for (const words of [...refused, "backup certs", ...looks]) {
        seen.set(words, await drydock(box, words));
      }
    };
    const first = await drydock(box, "run --yes", { faults: [meanwhile(30, look)] });
    expect([first.code, box.site.violations]).toEqual([0, []]);
    for (const [words, { out, err }] of seen) {
      const isStatus = words.startsWith("status");
      if (!isStatus)
        expect([words, out + err]).toEqual([
          words,
          expect.stringMatching(
            /window \S+ \(rotation\) is open, at \S+@node1: another process has it\n *Wait for it\.\n/,
          ),
        ]);
      expect([words, out + err]).not.toEqual([
        words,
        expect.stringMatching(/was left|Go on with it|Finish it first|To go on: /),
      ]);
    }
    const codes = [...refused, "backup certs", "plan"].map((words) => seen.get(words)?.code);
    expect(new Set(codes)).toEqual(new Set([exitCodes.locked]));
    const status = seen.get("status");
    expect(status?.code).toBe(exitCodes.stopped);
    expect(status?.out).toMatch(/\n {2}at {5}\S+@node1\n/);
    expect(status?.out).toMatch(
      /\nNow another process has it\.\nWait for it\.\nTo go on, once that process has ended: drydock run .*\nTo close it early, once that process has ended, /,
    );
    const json: unknown = JSON.parse(seen.get("status --json")?.out ?? "");
    expect(json).toMatchObject({ atWork: "another process has it", closed: null });
    // Afterwards nobody is.
    expect(JSON.parse((await drydock(box, "status --json")).out)).toMatchObject({ atWork: null });
  });

  test("beside a hold is told that the operator's command is being carried out, and asked nothing", async () => {
    const box = sandbox(swift);
    const seen: Ran[] = [];
    const runHere = async () => {
      seen.push(await drydock(box, "run --yes"), await drydock(box, "abandon"));
      seen.push(await drydock(box, "status"));
      return 0;
    };
    const first = await drydock(box, "hold -- make upgrade", { terminal: { runHere } });
    expect(first.code).toBe(0);
    const [run, abandon, status] = seen;
    for (const ran of [run, abandon]) {
      expect(ran?.code).toBe(exitCodes.locked);
      expect(ran?.err).toMatch(
        /^window \S+ \(hold\) is open, at the operator's command: another process has it\nWait for it\.\n/,
      );
    }
    expect(status?.out).toContain("\nNow another process has it.\n");
    expect(status?.out).not.toContain("may still be at work");
  });

  test.each(["provider stop", "provider start", "backup etcd", "hold -- true"])(
    "cannot %s meanwhile",
    async (words) => {
      const box = sandbox(swift);
      let second: Ran | undefined;
      const look = async () => {
        second = await drydock(otherDesk(box), words);
      };
      const first = await drydock(box, "run --yes", { faults: [meanwhile(30, look)] });
      expect([first.code, second?.code]).toEqual([0, exitCodes.locked]);
      expect(box.site.violations).toEqual([]);
    },
  );

  test("that planned while the first began finds everything done when its turn comes", async () => {
    const box = sandbox(swift);
    const rival = otherDesk(box);
    let first: Ran | undefined;
    // The rival's plan is written, its lock not yet taken: now the other one carries its window
    // out.
    const overtaken = async () => {
      first = await drydock(box, "run --yes");
    };
    const late = await drydock(rival, "run --yes --json", { faults: [meanwhile(1, overtaken)] });
    expect([first?.code, late.code]).toEqual([0, 0]);
    expect(late.out).not.toContain("kubeadm certs renew");
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(box.site.violations).toEqual([]);
  });

  test("that loses the race for the lock closes its window and leaves the cluster alone", async () => {
    const box = sandbox(swift);
    const rival = otherDesk(box);
    let late: Ran | undefined;
    const race = async () => {
      late = await drydock(rival, "run --yes", {
        faults: [
          {
            at: "record",
            number: 1,
            moment: "after",
            does: () => box.site.clock.wait(10_000),
          },
        ],
      });
    };
    const started = race();
    const first = await drydock(box, "run --yes");
    await started;
    expect([first.code, late?.code]).toEqual([0, exitCodes.locked]);
    const [window] = [...rival.desk.windows.values()];
    expect(window?.records.map((one) => one.kind)).toEqual(["planned", "closed"]);
    expect(window?.claimedBy).toBeUndefined();
    expect(box.site.violations).toEqual([]);
  });
});

describe("a drydock that stood still while its lock was taken away", () => {
  test("changes nothing after that, wherever it stood", async () => {
    const { counted } = await drydock(sandbox(swift), "run --yes");
    for (let number = 3; number < counted.records - 1; number += 6) {
      const box = sandbox(swift);
      const rival = otherDesk(box);
      let after = "";
      const takeOver = async () => {
        const window = [...box.desk.windows.keys()].at(-1);
        expect((await drydock(rival, `abandon --break-lock ${window}`)).code).toBe(0);
        await box.site.clock.wait(30_000);
        expect((await drydock(rival, "run --yes")).code).toBe(0);
        after = everything(box.site.model);
      };
      const paused = await drydock(box, "run --yes", { faults: [meanwhile(number, takeOver)] });
      expect([number, everything(box.site.model) === after]).toEqual([number, true]);
      // It may have had nothing left to change.
      expect([0, exitCodes.locked, exitCodes.stopped]).toContain(paused.code);
      expect([number, box.site.violations]).toEqual([number, []]);
    }
  }, 60_000);

  test("says that another one took over, with its own exit code", async () => {
    const box = sandbox(swift);
    const rival = otherDesk(box);
    const takeOver = async () => {
      const window = [...box.desk.windows.keys()].at(-1);
      await drydock(rival, `abandon --break-lock ${window}`);
      await drydock(rival, "run --yes", {
        faults: [
          {
            at: "record",
            number: 40,
            moment: "after",
            does: ({ tool }) => void Object.assign(tool, { interrupted: true }),
          },
        ],
      });
    };
    const paused = await drydock(box, "run --yes", { faults: [meanwhile(60, takeOver)] });
    expect(paused.code).toBe(exitCodes.locked);
    expect(paused.err).toContain("rival@laptop");
    expect(paused.err).toMatch(
      /^Another drydock took this window over; .* To see: drydock status \S+ \S+$/m,
    );
    expect(lockHolders(box.site.model).join()).toContain("rival@laptop");
    expect((await drydock(rival, "run --yes")).code).toBe(0);
    expect(box.site.violations).toEqual([]);
  });
});

describe("a drydock that starts while a command of a killed one still runs", () => {
  test("waits for it, and goes on from what it has done", async () => {
    const box = sandbox(swift);
    const killed = await drydock(box, "run --yes --json", {
      faults: [{ at: "send", of: "change", number: 16, what: "killed" }],
    });
    expect(killed.code).toBe(killedCode);
    expect(killed.out.trimEnd().split("\n").at(-1)).toContain("kubeadm certs renew all");
    const again = await drydock(box, "run --yes --json");
    expect(again.code).toBe(0);
    expect(again.out).not.toContain('"key":"renew-certificates@node1","act"');
    expect(box.site.violations).toEqual([]);
  });
});

describe("a window that was left on another cluster of the same name, with hosts of the same names", () => {
  for (const words of ["run --yes", "abandon", "hold -- true", "backup etcd", "provider start"]) {
    test(`keeps \`${words}\` from touching this one`, async () => {
      const desk = newDesk();
      const prod = { site: sandbox(swift).site, desk };
      await drydock(prod, "run --yes", { told: killedInRenewal });
      const left = everything(prod.site.model);
      // Made on another day: its certificate authority is another one.
      const staging = { site: sandbox({ ...swift, authorityDays: 3000 }).site, desk };
      const before = everything(staging.site.model);
      const ran = await drydock(staging, words);
      expect(ran.code).not.toBe(0);
      expect(ran.err).toMatch(/Nothing was changed|Finish it first/);
      expect(everything(staging.site.model)).toBe(before);
      expect(everything(prod.site.model)).toBe(left);
      const resumed = await drydock(prod, "run --yes");
      expect(resumed.code, resumed.err).toBe(0);
      expect(providerReplicas(prod.site.model)).toBe("1/1");
    });
  }

  test("is gone on with where somebody took its lock away on its own cluster", async () => {
    const box = sandbox(swift);
    const killed = await drydock(box, "run --yes", { told: killedInRenewal });
    expect(killed.code).toBe(killedCode);
    for (const { files } of box.site.model.hosts.values()) files.delete(`${lockFolder}/holder`);
    expect((await drydock(box, "run --yes")).code).toBe(0);
  });
});

function killedInRenewal(text: string): "kill" | undefined {
  return text.includes("renew-certificates@node2: kubeadm") ? "kill" : undefined;
}
