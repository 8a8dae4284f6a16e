import { describe, expect, test } from "vitest";
import { parseUnit, parseUnits, restartUnit, showUnit } from "./systemctl.ts";
import { printed, transcript } from "./transcript.testkit.ts";

describe("a unit of the host", () => {
  test("is told with its process and its invocation", () => {
    expect(parseUnit(transcript("systemctl", "show-etcd"))).toEqual({
      kind: "read",
      value: {
        load: "loaded",
        active: "active",
        enabled: "enabled",
        mainPid: 62,
        invocation: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    });
  });

  test("that does not exist is told as not found", () => {
    const lines = ["MainPID=0", "LoadState=not-found", "ActiveState=inactive", "UnitFileState="];
    expect(parseUnit(printed(lines.join("\n")))).toMatchObject({
      value: { load: "not-found", active: "inactive", mainPid: 0, invocation: "" },
    });
  });

  test.each([
    ["show-no-renew-timer", ["not-found", "inactive"], ["not-found", "inactive"]],
    ["show-renew-timer", ["loaded", "active"], ["loaded", "inactive"]],
    ["show-renew-timer-stopped", ["loaded", "inactive"], ["loaded", "inactive"]],
  ])("is told beside another one, in their order: %s", (name, timer, service) => {
    const seen = parseUnits(transcript("systemctl", name));
    const units = seen.kind === "read" ? seen.value : [];
    expect(units.map(({ load, active }) => [load, active])).toEqual([timer, service]);
  });

  test("is unreadable when systemd does not answer", () => {
    const stderr = "Failed to connect to bus: No such file or directory";
    expect(parseUnit({ kind: "exited", code: 1, stdout: "", stderr }).kind).toBe("unreadable");
    expect(parseUnit(printed("")).kind).toBe("unreadable");
  });

  test("is asked for and restarted by its full name", () => {
    expect(showUnit("etcd.service").argv).toContain("etcd.service");
    expect(restartUnit("etcd.service").argv).toEqual(["systemctl", "restart", "etcd.service"]);
  });
});
