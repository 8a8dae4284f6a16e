// The lock's own shell scripts, run here with sh and flock on folders that play the hosts.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runHere } from "../programs/fake-node.testkit.ts";
import type { Command } from "./command.ts";
import {
  fenced,
  fencedOut,
  type LockHolder,
  lockFolder,
  parseLock,
  readLock,
  releaseLock,
  releaseLockOn,
  takeLock,
  takeLockOn,
} from "./lock.ts";
import type { Outcome } from "./outcome.ts";
import type { Host } from "./world.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "drydock-lock-"));
  folders.push(folder);
  return join(folder, "lock");
}

/**
 * The same command on another folder, and without patience for whoever is at work, unless that is
 * given.
 */
function inFolder<C extends Command>(folder: string, command: C, patienceSeconds = 0): C {
  const [program, ...words] = command.argv.map((word) =>
    word === lockFolder ? folder : word.replaceAll("flock -w 180", `flock -w ${patienceSeconds}`),
  );
  return { ...command, argv: [program ?? "", ...words] };
}

function on(folder: string, command: Command): Outcome {
  return runHere(inFolder(folder, command));
}

const mine: LockHolder = { window: "w1", epoch: 1, since: 1000, holder: "ann@desk" };
const touch: Command = { argv: ["echo", "done"], timeoutMs: 1000 };

/** What touches the disk, in its order. */
function calledBy(folder: string, command: Command): readonly string[] {
  const programs = `${folder}-programs`;
  const path = "/usr/sbin:/usr/bin:/sbin:/bin";
  mkdirSync(programs);
  for (const name of ["sync", "mv", "rm"]) {
    const noting = `echo ${name} "$@" >>${programs}/called; PATH=${path}; exec ${name} "$@"`;
    writeFileSync(join(programs, name), `#!/bin/sh\n${noting}\n`, { mode: 0o755 });
  }
  expect(runHere(inFolder(folder, command), `${programs}:${path}`)).toMatchObject({ code: 0 });
  const called = readFileSync(join(programs, "called"), "utf8");
  return called.trim().replaceAll(folder, "lock").split("\n");
}

function holderIn(folder: string) {
  return parseLock(on(folder, readLock()));
}

describe("a host's lock", () => {
  test.each(["CORP\\nick@desk", "CORP\\chris@desk"])(
    "is held by %s, whatever sh's echo makes of a backslash",
    (holder) => {
      const folder = newFolder();
      on(folder, takeLock({ ...mine, holder }));
      expect(holderIn(folder)).toMatchObject({ value: { kind: "held", holder } });
      expect(on(folder, releaseLock("w1"))).toMatchObject({ code: 0 });
      expect(holderIn(folder)).toMatchObject({ value: { kind: "free" } });
    },
  );

  test("is free where there is none", () => {
    expect(holderIn(newFolder())).toEqual({ kind: "read", value: { kind: "free", epoch: 0 } });
  });

  test("says who holds it, since when, and is readable by root only", () => {
    const folder = newFolder();
    expect(on(folder, takeLock({ ...mine, holder: "ann o'hara@desk" }))).toMatchObject({ code: 0 });
    const held = { kind: "held", ...mine, given: mine.epoch, holder: "ann o'hara@desk" };
    expect(holderIn(folder)).toEqual({ kind: "read", value: held });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "holder")).mode & 0o777).toBe(0o600);
  });

  test("is not given to another window", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    const refused = on(folder, takeLock({ ...mine, window: "w2", epoch: 2 }));
    expect(refused).toMatchObject({ kind: "exited", code: 97, stderr: "w1 1 1000 ann@desk\n" });
    expect(holderIn(folder)).toMatchObject({ value: { window: "w1", epoch: 1 } });
  });

  test("is taken again by its own window, with an epoch that was never given out", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    expect(on(folder, takeLock(mine))).toMatchObject({ code: 97 });
    expect(on(folder, takeLock({ ...mine, epoch: 2 }))).toMatchObject({ code: 0 });
    expect(holderIn(folder)).toMatchObject({ value: { window: "w1", epoch: 2 } });
  });

  test("keeps its epoch when it is released, so that it never falls", () => {
    const folder = newFolder();
    on(folder, takeLock({ ...mine, epoch: 4 }));
    expect(on(folder, releaseLock("w1"))).toMatchObject({ code: 0 });
    expect(holderIn(folder)).toEqual({ kind: "read", value: { kind: "free", epoch: 4 } });
    expect(on(folder, takeLock({ ...mine, window: "w2", epoch: 4 }))).toMatchObject({ code: 97 });
    expect(on(folder, takeLock({ ...mine, window: "w2", epoch: 5 }))).toMatchObject({ code: 0 });
  });

  test("has each of its files on the disk before that takes the old one's place, and then its name", () => {
    const folder = newFolder();
    expect(calledBy(folder, takeLock(mine))).toEqual([
      "sync -d lock/epoch.new",
      "mv lock/epoch.new lock/epoch",
      "sync -d lock/holder.new",
      "mv lock/holder.new lock/holder",
      "sync lock",
    ]);
  });

  test("that was released is not back after a power loss", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    expect(calledBy(folder, releaseLock("w1"))).toEqual(["rm -f lock/holder", "sync lock"]);
  });

  test("is released by its holder only, and releasing it twice is no error", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    expect(on(folder, releaseLock("w2"))).toMatchObject({ code: 97 });
    expect(holderIn(folder)).toMatchObject({ value: { kind: "held" } });
    on(folder, releaseLock("w1"));
    expect(on(folder, releaseLock("w1"))).toMatchObject({ code: 0 });
  });

  test.each([
    ["no number", "x\n"],
    ["a torn holder", "3\nw1 3\n"],
  ])("is unreadable with %s, and never taken for free", (_, stdout) => {
    expect(parseLock({ kind: "exited", code: 0, stdout, stderr: "" }).kind).toBe("unreadable");
  });

  test("is unreadable when the host does not answer", () => {
    expect(parseLock({ kind: "unknown", because: "cut off" }).kind).toBe("unreadable");
  });
});

describe("the fence", () => {
  test("lets the holder's command through, with its words, output and exit code", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    const words: Command = {
      argv: ["sh", "-c", `printf '%s|' "$@"; exit 7`, "name", "a b", "", "$x 'y'"],
      timeoutMs: 1000,
    };
    const outcome = on(folder, fenced(words, "w1", 1));
    expect(outcome).toMatchObject({ kind: "exited", code: 7, stdout: "a b||$x 'y'|" });
    expect(fencedOut(outcome)).toBeUndefined();
  });

  test.each([
    ["an earlier epoch of the same window", "w1", 1],
    ["a later epoch of the same window", "w1", 3],
    ["another window", "w2", 2],
  ])("keeps out %s, and says who holds the lock", (_, window, epoch) => {
    const folder = newFolder();
    on(folder, takeLock({ ...mine, epoch: 2 }));
    const outcome = on(folder, fenced(touch, window, epoch));
    expect(outcome).toMatchObject({ code: 97, stdout: "" });
    expect(fencedOut(outcome)).toBe("the lock is held by: w1 2 1000 ann@desk");
  });

  test("keeps everybody out once the lock is released", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    on(folder, releaseLock("w1"));
    const outcome = on(folder, fenced(touch, "w1", 1));
    expect(outcome).toMatchObject({ stdout: "" });
    expect(fencedOut(outcome)).toBe("the lock is held by: nobody");
  });

  test("keeps everybody out where the lock's folder is gone", () => {
    const folder = newFolder();
    const outcome = on(folder, fenced(touch, "w1", 1));
    expect(outcome).toMatchObject({ stdout: "" });
    expect(fencedOut(outcome)).toBe("the lock is held by: nobody");
    expect(existsSync(folder)).toBe(false);
  });

  test("is not mistaken for a program that exits with the same code", () => {
    const said = { kind: "exited", code: 97, stdout: "", stderr: "its own trouble" } as const;
    expect(fencedOut(said)).toBeUndefined();
  });

  test("a command that runs holds up the next command, the next holder and the release", async () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    const running: Command = {
      argv: ["sh", "-c", "echo started; read line; echo ended"],
      timeoutMs: 1000,
    };
    const [program, ...words] = inFolder(folder, fenced(running, "w1", 1)).argv;
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");

    const next = on(folder, fenced(touch, "w1", 1));
    expect(next).toMatchObject({ code: 96, stderr: expect.stringContaining("is still running") });
    expect(fencedOut(next)).toBeUndefined();
    expect(on(folder, takeLock({ ...mine, epoch: 2 }))).toMatchObject({ code: 96 });
    expect(on(folder, releaseLock("w1"))).toMatchObject({ code: 96 });
    expect(holderIn(folder)).toMatchObject({ value: { epoch: 1 } });

    child.stdin.end("go on\n");
    await once(child, "exit");
    expect(on(folder, takeLock({ ...mine, epoch: 2 }))).toMatchObject({ code: 0 });
  });

  test("a command that has ended and left a child at work holds up the next one all the same", () => {
    const folder = newFolder();
    on(folder, takeLock(mine));
    const leaving: Command = {
      argv: ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"],
      timeoutMs: 10_000,
    };
    const left = on(folder, fenced(leaving, "w1", 1));
    const pid = left.kind === "exited" ? left.stdout.trim() : "";
    expect(left).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\n$/) });
    try {
      expect(on(folder, fenced(touch, "w1", 1))).toMatchObject({ code: 96, stdout: "" });
    } finally {
      execFileSync("kill", [pid]);
    }
    const patient = inFolder(folder, fenced(touch, "w1", 1), 50);
    expect(runHere(patient)).toMatchObject({ code: 0, stdout: "done\n" });
  });

  test("waits for three minutes, within the time that ssh allows the whole command", () => {
    const command = fenced(touch, "w1", 1);
    expect(command.argv[2]).toContain("flock -w 180 ");
    expect(command.timeoutMs).toBeGreaterThanOrEqual(touch.timeoutMs + 180_000);
    expect(takeLock(mine).timeoutMs).toBeGreaterThan(180_000);
  });
});

describe("the lock on a cluster", () => {
  const clock = { now: () => 5000, wait: async () => undefined };
  const wanted = { window: "w1", holder: "ann@desk" };

  function host(name: string, folder: string): Host {
    return {
      name,
      run: async (command) => on(folder, command),
      fetch: async () => ({ kind: "not-sent", because: "not asked for here" }),
    };
  }

  test("is taken on every host with one epoch, above all that were given out", async () => {
    const [one, two] = [newFolder(), newFolder()];
    on(two, takeLock({ ...mine, window: "old", epoch: 6 }));
    on(two, releaseLock("old"));
    const hosts = [host("node1", one), host("node2", two)];
    expect(await takeLockOn({ clock }, hosts, wanted)).toEqual({ kind: "taken", epoch: 7 });
    for (const folder of [one, two]) {
      expect(holderIn(folder)).toMatchObject({ value: { window: "w1", epoch: 7, since: 5000 } });
    }
    expect(await takeLockOn({ clock }, hosts, wanted)).toEqual({ kind: "taken", epoch: 8 });
  });

  test("is taken again where taking it was cut off between its epoch and its holder", async () => {
    const folder = newFolder();
    on(folder, takeLock({ ...mine, window: "w1", epoch: 4 }));
    writeFileSync(join(folder, "epoch"), "5\n");
    const taken = await takeLockOn({ clock }, [host("node1", folder)], wanted);
    expect(taken).toEqual({ kind: "taken", epoch: 6 });
  });

  test("another operator is told whose window holds it, and nothing is taken", async () => {
    const [one, two] = [newFolder(), newFolder()];
    on(two, takeLock({ ...mine, window: "other" }));
    const hosts = [host("node1", one), host("node2", two)];
    expect(await takeLockOn({ clock }, hosts, wanted)).toMatchObject({
      kind: "held",
      host: "node2",
      by: { window: "other", holder: "ann@desk", since: 1000 },
    });
    expect(holderIn(one)).toMatchObject({ value: { kind: "free" } });
  });

  test("of two that begin at once one gets it, and the other leaves no half behind", async () => {
    const [one, two] = [newFolder(), newFolder()];
    const overtaken: Host = {
      ...host("node2", two),
      run: async (command) => {
        if (command.argv[3] === "drydock-lock-take") on(two, takeLock({ ...mine, window: "fast" }));
        return on(two, command);
      },
    };
    const taken = await takeLockOn({ clock }, [host("node1", one), overtaken], wanted);
    expect(taken).toMatchObject({ kind: "held", host: "node2", by: { window: "fast" } });
    expect(holderIn(one)).toMatchObject({ value: { kind: "free" } });
  });

  test("counts as taken when the answer was lost and the host says that it is", async () => {
    const folder = newFolder();
    const losing: Host = {
      ...host("node1", folder),
      run: async (command) => {
        const outcome = on(folder, command);
        const took = command.argv[3] === "drydock-lock-take";
        return took ? { kind: "unknown", because: "connection lost" } : outcome;
      },
    };
    expect(await takeLockOn({ clock }, [losing], wanted)).toEqual({ kind: "taken", epoch: 1 });
  });

  test("is not taken again where that failed and the host still shows the epoch before", async () => {
    const folder = newFolder();
    on(folder, takeLock({ ...mine, epoch: 4 }));
    const failing: Host = {
      ...host("node1", folder),
      run: async (command) =>
        command.argv[3] === "drydock-lock-take"
          ? { kind: "not-sent", because: "no route" }
          : on(folder, command),
    };
    const taken = await takeLockOn({ clock }, [failing], wanted);
    expect(taken).toEqual({ kind: "failed", host: "node1", because: "not sent: no route" });
  });

  test("is not taken while one host does not answer", async () => {
    const folder = newFolder();
    const silent: Host = {
      ...host("node2", folder),
      run: async () => ({ kind: "not-sent", because: "no route" }),
    };
    const first = newFolder();
    const taken = await takeLockOn({ clock }, [host("node1", first), silent], wanted);
    expect(taken).toMatchObject({ kind: "failed", host: "node2" });
    expect(holderIn(first)).toMatchObject({ value: { kind: "free" } });
  });

  test("of a window that was left stays where it was, when taking it again fails on one host", async () => {
    const [one, two, three] = [newFolder(), newFolder(), newFolder()];
    on(one, takeLock({ ...mine, epoch: 4 }));
    on(two, takeLock({ ...mine, epoch: 4 }));
    const failing: Host = {
      ...host("node3", three),
      run: async (command) =>
        command.argv[3] === "drydock-lock-take"
          ? { kind: "not-sent", because: "no route" }
          : on(three, command),
    };
    const hosts = [host("node1", one), host("node2", two), failing];
    expect(await takeLockOn({ clock }, hosts, wanted)).toMatchObject({ kind: "failed" });
    for (const folder of [one, two]) {
      expect(holderIn(folder)).toMatchObject({ value: { kind: "held", window: "w1", epoch: 5 } });
    }
  });

  test("is not taken while a command of an earlier holder runs there, which is told", async () => {
    const folder = newFolder();
    mkdirSync(folder);
    const script = `exec 9>>${folder}/fence; flock 9; echo started; read line`;
    const running = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    await once(running.stdout, "data");
    const taken = await takeLockOn({ clock }, [host("node1", folder)], wanted);
    expect(taken).toMatchObject({
      kind: "busy",
      because: expect.stringContaining("is still running"),
    });
    running.stdin.end();
    await once(running, "exit");
  });

  test("is not taken where its folder cannot be written, which is told", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "fence"), { recursive: true });
    const taken = await takeLockOn({ clock }, [host("node1", folder)], wanted);
    expect(taken).toMatchObject({ kind: "no-room", because: expect.stringContaining("fence") });
  });

  test("is not taken where nothing more can be written into its folder, which is told too", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "epoch.new"), { recursive: true });
    const taken = await takeLockOn({ clock }, [host("node1", folder)], wanted);
    expect(taken).toMatchObject({ kind: "no-room", because: expect.stringContaining("epoch.new") });
  });

  test("names the hosts that did not confirm the release", async () => {
    const [one, two] = [newFolder(), newFolder()];
    on(one, takeLock(mine));
    on(two, takeLock({ ...mine, window: "other" }));
    const hosts = [host("node1", one), host("node2", two)];
    expect(await releaseLockOn(hosts, "w1")).toEqual(["node2"]);
    expect(readFileSync(join(two, "holder"), "utf8")).toContain("other");
  });

  test("is released where it was never taken", async () => {
    expect(await releaseLockOn([host("node1", newFolder())], "w1")).toEqual([]);
  });
});
