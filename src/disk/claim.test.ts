import { execFileSync, spawn } from "node:child_process";
import { constants, existsSync } from "node:fs";
import {
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimFolder, claimOn } from "./claim.ts";

let folder: string;
const machine = "bastion";
const me = { pid: process.pid, holder: "alice@bastion", machine };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-claim-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function deadPid(): Promise<number> {
  const child = spawn("true");
  await new Promise((resolve) => child.once("exit", resolve));
  return child.pid ?? 0;
}

async function rewriteNote(changed: object): Promise<void> {
  const file = join(folder, "claim-1.json");
  const note: unknown = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify(Object.assign({}, note, changed)));
}

test("a folder is claimed once, and the living holder is named", async () => {
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
  expect(await claimFolder(folder, { ...me, holder: "bob@bastion" })).toMatchObject({
    kind: "held",
    by: { pid: process.pid, holder: "alice@bastion" },
    alive: true,
    because: `process ${process.pid} of alice@bastion is at work on it`,
  });
});

test("a released folder can be claimed again", async () => {
  for (let i = 0; i < 3; i++) {
    const claimed = await claimFolder(folder, me);
    if (claimed.kind !== "claimed") throw new Error(claimed.because);
    await claimed.release();
  }
  expect(await readdir(folder)).toEqual(["claim-3.json"]);
});

test("a dead holder does not keep others out", async () => {
  await claimFolder(folder, { ...me, pid: await deadPid() });
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
});

test.skipIf(!existsSync("/proc/self/stat"))(
  "a killed holder that nobody has waited for does not keep others out",
  async () => {
    // The shell's child ends; the program that takes the shell's place never asks after it.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec tail -f /dev/null"]);
    try {
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.once("data", (line) => resolve(Number(line)));
      });
      await claimFolder(folder, { ...me, pid });
      expect(await claimFolder(folder, me)).toMatchObject({ kind: "held" });
      process.kill(pid, "SIGKILL");
      await expect
        .poll(async () => / Z /.test(await readFile(`/proc/${pid}/stat`, "utf8")))
        .toBe(true);
      expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
    } finally {
      parent.kill("SIGKILL");
    }
  },
);

test("another process with the holder's old pid does not count as the holder", async () => {
  await claimFolder(folder, me);
  await rewriteNote({ born: "boot 1" });
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
});

test.skipIf(!existsSync("/proc/self/ns/pid"))(
  "a holder in another container is believed to live, whose pid here is nobody's or another's",
  async () => {
    await claimFolder(folder, { ...me, pid: await deadPid() });
    await rewriteNote({ namespace: "pid:[1]" });
    expect(await claimFolder(folder, me)).toMatchObject({
      kind: "held",
      because: expect.stringMatching(/^alice@bastion holds it from another container .*pid:\[1\]/),
    });
  },
);

test("a note of an earlier Drydock, which names no namespace, is read as of this one", async () => {
  await claimFolder(folder, me);
  await rewriteNote({ namespace: undefined });
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "held", by: { pid: process.pid } });
  await rewriteNote({ born: "boot 1" });
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
});

test("a holder on another machine is believed to live", async () => {
  await claimFolder(folder, { ...me, machine: "laptop", pid: await deadPid() });
  expect(await claimFolder(folder, me)).toMatchObject({
    kind: "held",
    because: expect.stringContaining("from another machine"),
    alive: false,
    file: expect.stringContaining("claim-1.json"),
  });
});

test("a number that is free again is no claim: whoever was slow looks once more", async () => {
  const seen = join(folder, "claim-1.json");
  // Nothing comes out of it until its writer closes it: the slow one is held up where it reads.
  execFileSync("mkfifo", [seen]);
  const slow = claimFolder(folder, { ...me, holder: "slow@bastion" });
  const writer = await openedToWrite(seen);
  await writeFile(`${seen}.draft`, "torn");
  await rename(`${seen}.draft`, seen);
  const second = await claimFolder(folder, me);
  if (second.kind === "claimed") await second.release();
  expect(await claimFolder(folder, me)).toMatchObject({ kind: "claimed" });
  expect(await readdir(folder)).toEqual(["claim-3.json"]);
  await writer.close();
  expect(await slow).toMatchObject({ kind: "held", by: { holder: "alice@bastion" } });
  expect(await readdir(folder)).toEqual(["claim-3.json"]);
});

/** Once somebody has opened the pipe to read: before that there is no such device. */
async function openedToWrite(pipe: string): Promise<FileHandle> {
  const { O_WRONLY, O_NONBLOCK } = constants;
  let handle: FileHandle | undefined;
  await expect
    .poll(async () => {
      handle = await open(pipe, O_WRONLY | O_NONBLOCK).catch(() => undefined);
      return handle;
    })
    .toBeDefined();
  if (handle === undefined) throw new Error("nobody reads the pipe");
  return handle;
}

test("of many who find a dead holder at once, one gets the folder", async () => {
  await claimFolder(folder, { ...me, pid: await deadPid() });
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => claimFolder(join(folder), { ...me, holder: `h${i}` })),
  );
  expect(all.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
});

test("a look tells of the living holder, and of nobody once it has let go or is dead", async () => {
  expect(await claimOn(join(folder, "none"), me)).toBeUndefined();
  expect(await claimOn(folder, me)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
  const claimed = await claimFolder(folder, me);
  if (claimed.kind !== "claimed") throw new Error(claimed.because);
  const other = { ...me, holder: "bob@bastion" };
  expect(await claimOn(folder, other)).toEqual(await claimFolder(folder, other));
  expect(await claimOn(folder, other)).toMatchObject({
    because: `process ${process.pid} of alice@bastion is at work on it`,
  });
  await claimed.release();
  expect(await claimOn(folder, other)).toBeUndefined();
  await claimFolder(folder, { ...me, pid: await deadPid() });
  expect(await claimOn(folder, other)).toBeUndefined();
  expect(await readdir(folder)).toEqual(["claim-2.json"]);
});
