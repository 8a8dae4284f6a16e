import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseCronFiles, readCronFiles, renameFile } from "./cron.ts";

const folder = mkdtempSync(join(tmpdir(), "drydock-cron-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = { place: join(folder, "renew"), aside: join(folder, ".drydock-1.renew") };

function ran({ argv: [program, ...words] }: { readonly argv: readonly [string, ...string[]] }) {
  const stdout = execFileSync(program, words, { encoding: "utf8" });
  return { kind: "exited", code: 0, stdout, stderr: "" } as const;
}

function look() {
  const seen = parseCronFiles(ran(readCronFiles([file])), [file]);
  return seen.kind === "read" ? seen.value.map((one) => [one.inPlace, one.isAside]) : seen;
}

test("a job is set aside and put back with its mode and times, and nothing is overwritten", () => {
  expect(look()).toEqual([[false, false]]);
  writeFileSync(file.place, "* * * * * root true\n", { mode: 0o640 });
  const before = statSync(file.place);
  expect(look()).toEqual([[true, false]]);
  ran(renameFile(file.place, file.aside));
  expect(look()).toEqual([[false, true]]);
  writeFileSync(file.place, "another\n");
  expect(look()).toEqual([[true, true]]);
  ran(renameFile(file.aside, file.place));
  expect(readFileSync(file.place, "utf8")).toBe("another\n");
  expect(readdirSync(folder)).toHaveLength(2);
  rmSync(file.place);
  ran(renameFile(file.aside, file.place));
  const after = statSync(file.place);
  expect([after.ino, after.mode, after.mtimeMs]).toEqual([before.ino, before.mode, before.mtimeMs]);
});
