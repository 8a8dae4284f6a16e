// What acts by itself: paused while a window is open, and left as it was, whatever happens in
// between.

import { describe, expect, test } from "vitest";
import { automationReadings } from "../rig/recordings-automation.ts";
import { exitCodes } from "../src/cli/exit.ts";
import {
  listDaemonSets,
  listReleases,
  listScalers,
  listUpgradePlans,
} from "../src/programs/automation-objects.ts";
import type { RecordFault } from "../src/simulator/faults.ts";
import { writeFile } from "../src/simulator/files.ts";
import { reboot } from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { kill } from "../src/simulator/tool.ts";
import { somebody } from "../src/simulator/transition.ts";
import { providerReplicas } from "./scenarios/cluster-seen.ts";
import { drydock, type Sandbox, sandbox, swift } from "./scenarios/simulated.ts";
import { whenRecorded } from "./scenarios/when-recorded.ts";

const place = "/etc/cron.d/akash-force-new-replicasets";
const content = "*/5 * * * * root /usr/local/bin/akash-force-new-replicasets.sh\n";

/** One with a timer on its first node, and Akash's own cron job. */
function busy(controlPlane = 1): Sandbox {
  const box = sandbox({ ...swift, controlPlane });
  const host = hostNamed(box.site.model, "node1");
  host.renewTimer = "enabled/active";
  writeFile(box.site, host, place, { content, mode: 0o640 }, somebody);
  return box;
}

function seen({ site }: Sandbox) {
  const { renewTimer, files } = hostNamed(site.model, "node1");
  const names = [...files.keys()].filter((path) => path.startsWith("/etc/cron.d/"));
  const { mode, content: text } = files.get(place) ?? {};
  return { renewTimer, names, mode, text };
}

const asBefore = { renewTimer: "enabled/active", names: [place], mode: 0o640, text: content };

describe("timer and cron job", () => {
  test("rest from before the stop until the provider is back", async () => {
    const box = busy();
    const during: unknown[] = [];
    const keys = ["stop-provider@node1", "renew-certificates@node1", "start-provider@node1"];
    const faults = keys.map((key) =>
      whenRecorded(box, "settled", key, () => during.push(seen(box))),
    );
    const ran = await drydock(box, "run --yes", { faults });
    expect(ran.code, ran.err).toBe(0);
    const resting = { renewTimer: "enabled/inactive", names: [expect.stringContaining("/.dry")] };
    expect(during).toEqual(keys.map(() => expect.objectContaining(resting)));
    expect(seen(box)).toEqual(asBefore);
    expect(box.site.violations).toEqual([]);
  });

  test("are as before after a window that was killed at any record, and gone on with", async () => {
    const { counted } = await drydock(busy(), "run --yes");
    for (let number = 2; number <= counted.records; number++) {
      const box = busy();
      const does: RecordFault["does"] = ({ tool }) => kill(tool);
      const fault: RecordFault = { at: "record", number, moment: "after", does };
      await drydock(box, "run --yes", { faults: [fault] });
      // After the last record the window is closed, and the next run is another one.
      const again = await drydock(box, number % 2 === 0 ? "run --yes" : "abandon");
      expect([
        number,
        again.code,
        again.err.replace(
          /^Window.*\n|node1: certificates were renewed and not seen in use.*\nFinish it.*\n/g,
          "",
        ),
      ]).toEqual([
        number,
        0,
        number === counted.records && number % 2 !== 0 ? expect.any(String) : "",
      ]);
      expect([number, seen(box), box.site.violations]).toEqual([number, asBefore, []]);
      expect([number, providerReplicas(box.site.model)]).toEqual([number, "1/1"]);
    }
  }, 120_000);

  test("are paused again when the node has rebooted in between", async () => {
    const box = busy(3);
    const fault = whenRecorded(box, "settled", "renew-certificates@node1", () =>
      reboot(box.site, "node1", 5000),
    );
    const ran = await drydock(box, "run --yes --json", { faults: [fault] });
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain('"kind":"lost","key":"pause-timer@node1"');
    expect(seen(box)).toEqual(asBefore);
  });

  test("stay paused up to the step that resumes them, also across a reboot just before the start", async () => {
    const box = busy(3);
    const timers: string[] = [];
    const faults = [
      whenRecorded(box, "began", "check-cluster-health:before-start@node1", () =>
        reboot(box.site, "node1", 5000),
      ),
      whenRecorded(box, "settled", "check-provider@node1", () => timers.push(seen(box).renewTimer)),
    ];
    const ran = await drydock(box, "run --yes --json", { faults });
    expect(ran.code, ran.err).toBe(0);
    expect(timers).toEqual(["enabled/inactive"]);
    expect(seen(box)).toEqual(asBefore);
  });

  test.each([
    ["are resumed although the gate is left out of the window that was left", "automation", true],
    ["stay paused once their operator says so", "resume", false],
  ])("%s", async (_, gate, resumed) => {
    const box = busy();
    const does: RecordFault["does"] = ({ tool }) => kill(tool);
    const { counted } = await drydock(busy(), "run --yes");
    const number = Math.floor(counted.records / 2);
    await drydock(box, "run --yes", { faults: [{ at: "record", number, moment: "after", does }] });
    const ran = await drydock(box, `run --yes --skip ${gate}`);
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain(`Gates left out: ${gate}`);
    if (resumed) expect(seen(box)).toEqual(asBefore);
    else expect(seen(box)).toMatchObject({ renewTimer: "enabled/inactive" });
  });

  test("on a worker that is lost keep nobody from abandoning who says --skip resume", async () => {
    const box = sandbox({ ...swift, controlPlane: 1, workers: 1 });
    const worker = hostNamed(box.site.model, "worker1");
    worker.renewTimer = "enabled/active";
    const does: RecordFault["does"] = ({ tool }) => kill(tool);
    const dies = { at: "record", number: 40, moment: "after", does } as const;
    await drydock(box, "run --yes", { faults: [dies] });
    worker.reachable = false;
    const refused = await drydock(box, "abandon");
    expect([refused.code, refused.err]).toEqual([
      exitCodes.unreachable,
      expect.stringContaining("worker1: the lock could not be taken"),
    ]);
    expect((await drydock(box, "abandon --skip resume")).code).toBe(0);
    expect(providerReplicas(box.site.model)).toBe("1/1");
  });

  test("that were not active before are left so, and files elsewhere are left alone", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const host = hostNamed(box.site.model, "node1");
    host.renewTimer = "enabled/inactive";
    writeFile(box.site, host, "/etc/crontab", { content: "0 0 * * * root kubectl\n" }, somebody);
    const ran = await drydock(box, "run --yes --json");
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).not.toMatch(/(pause|resume)-/);
    expect(host.renewTimer).toBe("enabled/inactive");
  });

  test("a job that somebody has made anew meanwhile is left alone, and it is said", async () => {
    const box = busy();
    const host = hostNamed(box.site.model, "node1");
    const fault = whenRecorded(box, "settled", "renew-certificates@node1", () => {
      writeFile(box.site, host, place, { content: "new\n" }, somebody);
    });
    const ran = await drydock(box, "run --yes --json", { faults: [fault] });
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain(
      `${place} made anew by somebody, left alone; the earlier is /etc/cron`,
    );
    expect(seen(box).text).toBe("new\n");
    expect(seen(box).names).toHaveLength(2);
    expect((await drydock(box, "survey")).out).toContain(
      "cron, set aside by a window: /etc/cron.d/.",
    );
  });

  test("are left as they are with --skip automation, and by provider stop and start", async () => {
    const box = busy();
    for (const words of ["run --yes --json --skip automation", "provider stop", "provider start"]) {
      const ran = await drydock(box, words);
      expect([words, ran.code]).toEqual([words, 0]);
      expect(ran.out).not.toMatch(/(pause|resume)-/);
    }
    expect(seen(box)).toEqual(asBefore);
  });

  test("are paused by a hold while its command runs", async () => {
    const box = busy();
    let during: unknown;
    const runHere = async () => {
      during = seen(box);
      return 0;
    };
    const ran = await drydock(box, "hold -- true", { terminal: { runHere } });
    expect(ran.code, ran.err).toBe(0);
    expect(during).toMatchObject({ renewTimer: "enabled/inactive" });
    expect(seen(box)).toEqual(asBefore);
  });
});

describe("what is not ours to pause", () => {
  const namespace = "akash-services";
  const name = "akash-provider";

  test("keeps hold from beginning, too, where it is a Helm upgrade that is under way", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    box.site.model.releases.push({ namespace, name, revision: 10, status: "pending-upgrade" });
    let begun = 0;
    const runHere = async () => {
      begun += 1;
      return 0;
    };
    const ran = await drydock(box, "hold -- mend", { terminal: { runHere } });
    expect([ran.code, begun]).toEqual([exitCodes.blocked, 0]);
    expect(providerReplicas(box.site.model)).toBe("1/1");
    expect(ran.err).toContain("its Helm release is pending-upgrade at revision 10");
    const inSpite = await drydock(box, "hold --skip automation -- mend", { terminal: { runHere } });
    expect([inSpite.code, begun]).toEqual([0, 1]);
  });

  test("is named by survey and plan, and is not in the way", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    const { model } = box.site;
    model.scalers.push({ namespace, name: "more", target: name });
    model.scalers.push({ namespace, name: "others", target: "akash-node-1" });
    const [set] = model.sets;
    if (set !== undefined) Object.assign(set.labels, { "argocd.argoproj.io/instance": "akash" });
    const host = hostNamed(model, "node1");
    writeFile(box.site, host, "/etc/crontab", { content: "0 0 * * * root kubectl\n" }, somebody);
    model.cronJobs.push({ namespace, name: "akash-provider-restart", suspended: false });
    model.daemonSets.push({ namespace: "kube-system", name: "kured" });
    model.upgradePlans = [{ namespace: "system-upgrade", name: "server-plan" }];
    const said = [
      "HorizontalPodAutoscaler more scales the provider",
      "the provider is kept as it stands in git (argocd.argoproj.io/instance=akash)",
      "CronJob akash-provider-restart runs beside the provider",
      "DaemonSet kube-system/kured (kured) reboots nodes by itself, also in a window",
      "Plan system-upgrade/server-plan of the system-upgrade-controller changes nodes by itself, also in a window",
      "node1: /etc/crontab acts on the cluster, and is not paused",
    ];
    const { beware } = JSON.parse((await drydock(box, "plan --json")).out);
    expect(beware).toEqual(said);
    const survey = (await drydock(box, "survey")).out;
    for (const line of said) expect(survey).toContain(`beware: ${line}\n`);
    const ran = await drydock(box, "run --yes");
    expect([ran.code, box.site.violations]).toEqual([0, []]);
  });

  test("the label that Argo CD 2 knows its own by is named where the provider is no Helm release", async () => {
    const box = sandbox({ ...swift, controlPlane: 1 });
    box.site.model.releases.length = 0;
    const { beware } = JSON.parse((await drydock(box, "plan --json")).out);
    expect(beware).toEqual([
      expect.stringMatching(/no Helm release here, .*app\.kubernetes\.io\/instance=akash-provider/),
    ]);
  });

  test("a Helm upgrade of the provider that is under way is in the way", async () => {
    const box = sandbox(swift);
    const newest = { namespace, name, revision: 10, status: "pending-upgrade" };
    box.site.model.releases.push(newest);
    const ran = await drydock(box, "run --yes");
    expect(ran.code).not.toBe(exitCodes.ok);
    expect(ran.err).toMatch(
      /^akash-provider: its Helm release is pending-upgrade at revision 10\n.*helm/,
    );
    expect(box.site.violations).toEqual([]);
    const inSpite = JSON.parse((await drydock(box, "plan --json --skip automation")).out);
    expect(inSpite.beware).toEqual([
      "akash-provider: its Helm release is pending-upgrade at revision 10, and helm may start the provider when it is done",
    ]);
    box.site.model.releases.push({ ...newest, revision: 11, status: "deployed" });
    expect((await drydock(box, "plan")).code).toBe(0);
    box.site.model.releases.push({ ...newest, name: "akash-node", revision: 12 });
    expect((await drydock(box, "plan")).code).toBe(0);
  });

  test("is recorded on the rig with these very commands", () => {
    const provider = { namespace, name };
    expect(automationReadings).toEqual({
      "automation-scalers": listScalers(provider).argv,
      "automation-releases": listReleases(provider).argv,
      "automation-daemon-sets": listDaemonSets.argv,
      "automation-upgrade-plans": listUpgradePlans.argv,
    });
  });
});
