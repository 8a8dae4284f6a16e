import { createHash } from "node:crypto";
import {
  appendFile,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { journalSuite } from "../core/journal.testsuite.ts";
import { type DiskJournal, openJournal, readJournal } from "./journal.ts";
import { readLines } from "./lines.ts";

let folder: string;
let file: string;
const opened: DiskJournal[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drydock-journal-"));
  file = join(folder, "journal.jsonl");
});
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<DiskJournal> {
  const journal = await openJournal(file);
  opened.push(journal);
  return journal;
}

journalSuite("a journal on disk", async () => ({ journal: await open(), reopen: open }));

async function written(keys: readonly string[]): Promise<void> {
  const journal = await open();
  for (const [at, key] of keys.entries()) await journal.append(at, { kind: "began", key });
}

test("is readable by its owner only", async () => {
  await open();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("has every record on the disk itself before it says that it is written", async () => {
  const journal = await open();
  const probe = await openFile(file);
  const sync = vi.spyOn(Object.getPrototypeOf(probe) as typeof probe, "datasync");
  await probe.close();
  const lines: number[] = [];
  sync.mockImplementation(async () => {
    lines.push((await readFile(file, "utf8")).split("\n").length - 1);
  });
  for (const at of [1, 2]) {
    await journal.append(at, { kind: "began", key: "a@node1" });
    // The header is the first line.
    expect(lines.at(-1)).toBe(at + 1);
  }
  sync.mockRejectedValue(new Error("the disk is gone"));
  await expect(journal.append(3, { kind: "began", key: "b@node1" })).rejects.toThrow(
    "disk is gone",
  );
  sync.mockRestore();
});

test("names its format in the first line", async () => {
  await open();
  expect(await readFile(file, "utf8")).toMatch(/^\{"journal":"drydock","version":1,/);
});

test.each([
  ["without its newline", '{"seq":3,"at":2,"kind":"beg'],
  ["with a newline", '{"seq":3,"at":\n'],
  ["of zeros", "\0\0\0\0"],
])("a torn last line %s is dropped, and a copy kept", async (_, torn) => {
  await written(["a@node1", "b@node1"]);
  const whole = await readFile(file, "utf8");
  await appendFile(file, torn);
  const journal = await open();
  expect(journal.records()).toHaveLength(2);
  expect(journal.tornAside).toBe(`${file}.torn-1`);
  expect(await readFile(`${file}.torn-1`, "utf8")).toBe(torn);
  expect(await readFile(file, "utf8")).toBe(whole);
});

test("a second torn line does not overwrite the copy of the first", async () => {
  await written(["a@node1"]);
  for (const torn of ["first", "second"]) {
    await appendFile(file, torn);
    await open();
  }
  expect(await readFile(`${file}.torn-1`, "utf8")).toBe("first");
  expect(await readFile(`${file}.torn-2`, "utf8")).toBe("second");
});

test("reading a torn journal changes nothing", async () => {
  await written(["a@node1"]);
  await appendFile(file, "torn");
  const before = await readFile(file);
  expect(await readJournal(file)).toMatchObject({ torn: true, records: [{ kind: "began" }] });
  expect(await readFile(file)).toEqual(before);
  expect(await readdir(folder)).toEqual(["journal.jsonl"]);
});

test("a journal killed while its header was written begins again", async () => {
  await writeFile(file, '{"journal":"dry');
  const journal = await open();
  await journal.append(1, { kind: "began", key: "a@node1" });
  expect((await readJournal(file)).records).toHaveLength(1);
});

test("a damaged middle line is refused with its number, and nothing is changed", async () => {
  await written(["a@node1", "b@node1", "c@node1"]);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("b@node1", "x@node1"));
  await expect(openJournal(file)).rejects.toMatchObject({
    name: "JournalError",
    line: 3,
    message: expect.stringContaining("journal.jsonl:3: it was changed after it was written"),
    remedy: expect.stringContaining("Restore"),
  });
  expect(await readFile(file, "utf8")).toBe(text.replace("b@node1", "x@node1"));
  await expect(readJournal(file)).rejects.toMatchObject({ line: 3 });
});

test("a removed line is refused at the line that followed it", async () => {
  await written(["a@node1", "b@node1", "c@node1"]);
  const lines = (await readFile(file, "utf8")).split("\n");
  await writeFile(file, lines.filter((_, i) => i !== 2).join("\n"));
  await expect(openJournal(file)).rejects.toMatchObject({ line: 3 });
});

test("a journal of another program is refused", async () => {
  await writeFile(file, "hello: world\n- a\n");
  await expect(openJournal(file)).rejects.toMatchObject({ line: 1 });
});

/** A line as this program writes it. */
function sealed(value: object, prev: string): string {
  const open = JSON.stringify({ ...value, prev }).slice(0, -1);
  return `${open},"hash":"${createHash("sha256").update(open).digest("hex")}"}\n`;
}

const header2 = { journal: "drydock", version: 2 };
const changed = sealed(header2, "0".repeat(64)).replace('"prev":"0', '"prev":"1');

test.each([
  ["of a later version", sealed(header2, "0".repeat(64)), "journals are of version 2"],
  ["of a later version without our seal", `${JSON.stringify(header2)}\n{}\n`, "version 2"],
])(
  "a journal %s is a newer Drydock's, and its folder is to be left there",
  async (_, text, says) => {
    await writeFile(file, text);
    for (const read of [openJournal, readJournal]) {
      await expect(read(file)).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`:1: it was written by a newer Drydock.*${says}`),
        ),
        remedy: expect.stringMatching(/^Use that one.* Do not move the folder\.$/),
      });
    }
  },
);

test("a record of an unknown kind that fits the chain is a newer Drydock's", async () => {
  await written(["a@node1"]);
  const text = await readFile(file, "utf8");
  const hash = String(JSON.parse(text.split("\n").at(-2) ?? "").hash);
  const pausing = { seq: 2, at: 1, kind: "pausing" };
  await writeFile(file, text + sealed(pausing, hash));
  await expect(openJournal(file)).rejects.toMatchObject({
    line: 3,
    message: expect.stringContaining('a newer Drydock (its records "pausing"'),
    remedy: expect.stringContaining("Do not move the folder."),
  });
  await writeFile(file, text + sealed(pausing, "0".repeat(64)));
  await expect(openJournal(file)).rejects.toMatchObject({
    remedy: expect.stringContaining("Restore"),
  });
});

test.each([
  ["a later version that does not fit its seal", changed],
  ["an earlier version than the first", sealed({ ...header2, version: 0 }, "0".repeat(64))],
])("%s is damage", async (_, text) => {
  await writeFile(file, text);
  await expect(openJournal(file)).rejects.toMatchObject({
    message: expect.stringMatching(/its version is \d, not 1/),
    remedy: expect.stringContaining("Restore"),
  });
});

test("a missing journal cannot be read, and says so", async () => {
  await expect(readJournal(file)).rejects.toMatchObject({ name: "JournalError", file });
});

test("after a write that went wrong nothing more is written", async () => {
  const journal = await open();
  await journal.close();
  opened.length = 0;
  await expect(journal.append(1, { kind: "abandoned" })).rejects.toThrow("cannot be written");
  await expect(journal.append(2, { kind: "abandoned" })).rejects.toThrow("cannot be written");
});

test("cut anywhere, it opens with every record that was whole, and goes on", async () => {
  await written(["a@node1", "b@node1", "é@node1"]);
  const whole = await readFile(file);
  for (let bytes = 0; bytes < whole.length; bytes += 7) {
    await truncate(file, 0);
    await writeFile(file, whole.subarray(0, bytes));
    const lines = whole.subarray(0, bytes).toString("latin1").split("\n").length - 1;
    const journal = await openJournal(file);
    expect(journal.records()).toHaveLength(Math.max(0, lines - 1));
    await journal.append(9, { kind: "abandoned" });
    await journal.close();
    expect((await readJournal(file)).torn).toBe(false);
  }
});

test("no changed byte before the last line goes unnoticed", async () => {
  await written(["a@node1", "b@node1", "c@node1"]);
  const whole = await readFile(file);
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  fc.assert(
    fc.property(fc.nat(lastLine - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(whole);
      changed[at] = (whole[at] ?? 0) ^ flip;
      expect(readLines(changed).damage).toBeDefined();
    }),
  );
});
