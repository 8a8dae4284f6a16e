// Judging what was paused, and what somebody has done with it meanwhile.

import { describe, expect, test } from "vitest";
import { parseCronFiles, pausable } from "../programs/cron.ts";
import type { UnitSeen } from "../programs/systemctl.ts";
import { pauseCronFiles, resumeCronFiles } from "./pause-cron-files.ts";
import { pauseTimer, resumeTimer } from "./pause-timer.ts";
import { cutOff, read, said, typed } from "./seen.testkit.ts";

const timer = { timer: "k8s-certs-renew.timer" };

function unit(active: string, load = "loaded"): UnitSeen {
  return { load, active, enabled: "enabled", mainPid: 0, invocation: "" };
}

describe("the timer", () => {
  test.each([
    ["active", "inactive", "needed: k8s-certs-renew.timer is active"],
    ["active", "activating", "needed: k8s-certs-renew.timer is active"],
    ["inactive", "activating", "unclear: k8s-certs-renew.service is activating: it is at work"],
    ["inactive", "inactive", "satisfied: k8s-certs-renew.timer is inactive"],
    ["inactive", "failed", "satisfied: k8s-certs-renew.timer is inactive"],
  ])("that is %s while its service is %s, before the stop", (one, other, verdict) => {
    expect(said(pauseTimer.judge(read([unit(one), unit(other)]), timer))).toBe(verdict);
  });

  test.each([
    [unit("active"), "satisfied: k8s-certs-renew.timer is active"],
    [unit("inactive"), "needed: k8s-certs-renew.timer is inactive"],
    [
      unit("inactive", "masked"),
      "satisfied: k8s-certs-renew.timer is masked now: somebody's will, left alone",
    ],
    [
      unit("inactive", "not-found"),
      "satisfied: k8s-certs-renew.timer is not-found now: somebody's will, left alone",
    ],
  ])("at the end: %s", (seen, verdict) => {
    expect(said(resumeTimer.judge(read([seen]), timer))).toBe(verdict);
  });

  test("is not started for an hour that it has missed", () => {
    expect(typed(resumeTimer.change(read([unit("inactive")]), timer))).toEqual([
      "touch -c /var/lib/systemd/timers/stamp-k8s-certs-renew.timer",
      "systemctl start k8s-certs-renew.timer",
    ]);
    expect(typed(pauseTimer.change(read([]), timer))).toEqual([
      "systemctl stop k8s-certs-renew.timer",
    ]);
  });

  test("that cannot be read is left as it is", () => {
    expect([pauseTimer, resumeTimer].map((step) => step.judge(cutOff, timer).kind)).toEqual([
      "unclear",
      "unclear",
    ]);
  });
});

describe("cron's files", () => {
  const place = "/etc/cron.d/akash-force-new-replicasets";
  const aside = "/etc/cron.d/.drydock-20261122T031500Z.akash-force-new-replicasets";
  const goal = { files: [{ place, aside }] };
  const seen = (inPlace: boolean, isAside: boolean) => read([{ place, aside, inPlace, isAside }]);

  test.each([
    [seen(true, false), `needed: ${place} in place`, `satisfied: ${place} in place`],
    [seen(false, true), `satisfied: ${place} set aside`, `needed: ${place} set aside`],
    [
      seen(true, true),
      `satisfied: ${place} made anew by somebody, left alone`,
      `satisfied: ${place} made anew by somebody, left alone; the earlier is ${aside}`,
    ],
    [
      seen(false, false),
      `satisfied: ${place} set aside`,
      `satisfied: ${place} removed by somebody`,
    ],
    [cutOff, "unclear: no answer: cut off", "unclear: no answer: cut off"],
  ])("are judged by what is there: %o", (files, before, after) => {
    expect(said(pauseCronFiles.judge(files, goal))).toBe(before);
    expect(said(resumeCronFiles.judge(files, goal))).toBe(after);
  });

  test("are renamed, and nothing is overwritten", () => {
    expect(typed(pauseCronFiles.change(seen(true, false), goal))).toEqual([
      `mv -n -T -- ${place} ${aside}`,
    ]);
    expect(typed(resumeCronFiles.change(seen(false, true), goal))).toEqual([
      `mv -n -T -- ${aside} ${place}`,
    ]);
    expect(resumeCronFiles.change(seen(true, true), goal)).toEqual([]);
  });

  test.each([
    ["/etc/crontab", undefined],
    ["/var/spool/cron/crontabs/root", undefined],
    ["/etc/cron.d/backup.old", undefined],
    ["/etc/cron.d/../shadow", undefined],
    [place, { place, aside }],
  ])("elsewhere, and those that cron does not read, are not ours to move: %s", (path, file) => {
    expect(pausable(path, "20261122T031500Z")).toEqual(file);
  });

  test("are unreadable when a line is missing", () => {
    const printed = { kind: "exited", code: 0, stdout: "yes no\n", stderr: "" } as const;
    expect(parseCronFiles(printed, goal.files)).toEqual(seen(true, false));
    expect(parseCronFiles(printed, [...goal.files, ...goal.files]).kind).toBe("unreadable");
    expect(parseCronFiles({ ...printed, stdout: "" }, goal.files).kind).toBe("unreadable");
  });
});
