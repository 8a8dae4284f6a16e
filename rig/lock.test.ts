import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeLock, useRig } from "./lock.ts";

let folder = "";
let other: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rig-lock-"));
  other = spawn("sleep", ["60"], { stdio: "ignore" });
});
afterEach(() => {
  other.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function bornAt(pid: number): string {
  return (
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19] ?? ""
  );
}

function write(name: string, pid = 0, born = bornAt(pid)): void {
  writeFileSync(join(folder, `drydock-rig.${name}`), `${pid} ${born}\n`);
}

describe.skipIf(process.platform !== "linux")("the rig", () => {
  it("is taken by one at a time", () => {
    write("lock", other.pid);
    expect(() => takeLock(folder)).toThrow(`process ${other.pid} is changing the rig now`);
  });

  it("is taken after one that is gone, also where its number was given anew", () => {
    write("lock", other.pid, "1");
    write("used", other.pid, "1");
    takeLock(folder);
    expect(readFileSync(join(folder, "drydock-rig.lock"), "utf8")).toBe(
      `${process.pid} ${bornAt(process.pid)}\n`,
    );
  });

  it("is not taken away from somebody else's tests", () => {
    write("used", other.pid);
    expect(() => takeLock(folder)).toThrow(`process ${other.pid} is testing with the rig now`);
    expect(() => useRig(folder)).toThrow(`process ${other.pid} is testing with the rig now`);
  });

  it("is changed by what the tests themselves start", () => {
    write("used", process.ppid);
    takeLock(folder);
  });
});
