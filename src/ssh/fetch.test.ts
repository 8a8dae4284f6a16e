import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchFile } from "./fetch.ts";
import { connectHost, type SshHost } from "./host.ts";
import { type LoopbackSshd, noSshd, startSshd } from "./loopback-sshd.ts";
import { beginMark } from "./remote.ts";

// Logins are slow on a busy machine; no test waits for this long unless something is wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sshd: LoopbackSshd;
let folder: string;
let host: SshHost;
const bytes = randomBytes(3_000_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  if (noSshd === undefined) sshd = await startSshd();
});
afterAll(async () => sshd?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-fetch-"));
  if (noSshd !== undefined) return;
  await writeFile(join(sshd.folder, "snap shot.db"), bytes);
  host = connectHost(sshd.target, { ...sshd.options, storeFolder: () => folder });
});
afterEach(async () => {
  await host?.close();
  await rm(folder, { recursive: true, force: true });
});

const theFile = () => ({
  path: join(sshd.folder, "snap shot.db"),
  as: "node1.snapshot.db",
  timeoutMs: 20_000,
});

test.skipIf(noSshd !== undefined).each([
  ["a small file shares the connection", { small: true } as const, 0],
  ["any other one has a connection of its own, which keeps nobody waiting", {}, 1],
])("%s", async (_, more, logins) => {
  const said = join(folder, "said");
  const program = join(folder, "ssh");
  await writeFile(program, `#!/bin/sh\necho "$*" >>${said}\nexec ssh "$@"\n`, { mode: 0o755 });
  const storeFolder = () => folder;
  const counted = connectHost(sshd.target, { ...sshd.options, storeFolder, program });
  await counted.run({ argv: ["true"], timeoutMs: 5000 });
  expect(await counted.fetch({ ...theFile(), ...more })).toMatchObject({ kind: "exited", code: 0 });
  await counted.close();
  const own = (await readFile(said, "utf8"))
    .split("\n")
    .filter((one) => /ControlPath=none/.test(one));
  expect(own).toHaveLength(logins);
});

test.skipIf(noSshd !== undefined)(
  "a small file is had also where a connection has one session only",
  async () => {
    const narrow = await startSshd(["MaxSessions 1"]);
    const own = connectHost(narrow.target, { ...narrow.options, storeFolder: () => folder });
    const outcome = await own.fetch({ ...theFile(), small: true });
    await own.close();
    await narrow.stop();
    expect(outcome).toMatchObject({ kind: "exited", code: 0, stdout: `${sha256}\n` });
  },
);

describe.skipIf(noSshd !== undefined).each([
  ["of its own", {}],
  ["that is shared", { small: true } as const],
])("fetching a file over a connection %s", (_, more) => {
  const fetched = () => ({ ...theFile(), ...more });

  test("copies every byte, readable by its owner only", async () => {
    const outcome = await host.fetch(fetched());
    expect(outcome).toEqual({ kind: "exited", code: 0, stdout: `${sha256}\n`, stderr: "" });
    const target = join(folder, "node1.snapshot.db");
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["node1.snapshot.db"]);
  });

  test("succeeds again when the same file is there already", async () => {
    await host.fetch(fetched());
    expect(await host.fetch(fetched())).toMatchObject({ kind: "exited", code: 0 });
  });

  test("does not replace another file of that name", async () => {
    const target = join(folder, "node1.snapshot.db");
    await writeFile(target, "mine");
    expect(await host.fetch(fetched())).toMatchObject({
      kind: "exited",
      code: 1,
      stderr: expect.stringContaining("exists already with other content"),
    });
    expect(await readFile(target, "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual(["node1.snapshot.db"]);
  });

  test("replaces what an interrupted copy left behind", async () => {
    await writeFile(join(folder, "node1.snapshot.db.part"), "half");
    expect(await host.fetch(fetched())).toMatchObject({ kind: "exited", code: 0 });
    expect(await readdir(folder)).toEqual(["node1.snapshot.db"]);
  });

  test("leaves nothing behind when the file is not there or the connection is lost", async () => {
    const missing = await host.fetch({ ...fetched(), path: "/no/such/file" });
    expect(missing).toMatchObject({ kind: "exited", code: 1 });
    const fifo = join(sshd.folder, "fifo");
    await host.run({ argv: ["mkfifo", fifo], timeoutMs: 5000 });
    const hanging = host.fetch({ ...fetched(), path: fifo, timeoutMs: 5_000 });
    // Opening the fifo for writing waits until the copy reads from it: the copy is under way.
    await host.run({
      argv: ["sh", "-c", 'printf half >"$1"; exec 3>"$1"', "x", fifo],
      timeoutMs: 5000,
    });
    await sshd.kill("connections");
    expect((await hanging).kind).not.toBe("not-sent");
    expect(await readdir(folder)).toEqual([]);
  });

  test("says so when this machine cannot take the file", async () => {
    const nowhere = connectHost(sshd.target, { ...sshd.options, storeFolder: () => "/no/such" });
    expect(await nowhere.fetch(fetched())).toMatchObject({ kind: "exited", code: 1 });
    await nowhere.close();
    await chmod(folder, 0o700);
    const early = connectHost(sshd.target, sshd.options);
    expect(await early.fetch(fetched())).toMatchObject({ kind: "exited", code: 1 });
    await early.close();
  });
});

test("does not keep a file whose hash differs from the host's", async () => {
  const outcome = await fetchFile(
    async (_command, take) => {
      const write = take(7);
      await write(Buffer.from(`noise\n${beginMark(7)}cut`));
      return { kind: "exited", code: 0, stdout: "", stderr: `${sha256}  -\n` };
    },
    { path: "/var/backups/snapshot.db", as: "snapshot.db", timeoutMs: 1000 },
    folder,
  );
  expect(outcome).toMatchObject({ kind: "exited", code: 1 });
  expect(outcome).toHaveProperty("stderr", expect.stringContaining("not kept"));
  expect(await readdir(folder)).toEqual([]);
});

test("takes a file whose first mark arrives in pieces", async () => {
  const body = Buffer.from("the whole file");
  const hash = createHash("sha256").update(body).digest("hex");
  const outcome = await fetchFile(
    async (_command, take) => {
      const write = take(8);
      for (const byte of Buffer.concat([Buffer.from(beginMark(8)), body])) {
        await write(Buffer.from([byte]));
      }
      return { kind: "exited", code: 0, stdout: "", stderr: `${hash}  -\n` };
    },
    { path: "/x", as: "x", timeoutMs: 1000 },
    folder,
  );
  expect(outcome).toMatchObject({ kind: "exited", code: 0 });
  expect(await readFile(join(folder, "x"), "utf8")).toBe("the whole file");
});
