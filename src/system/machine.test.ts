import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runHere } from "../programs/fake-node.testkit.ts";
import { parseHostBasics, readHostBasics } from "../programs/host-basics.ts";
import { thisMachine } from "./machine.ts";

test("a machine is told here as a host's survey tells it there", () => {
  const seen = parseHostBasics(runHere(readHostBasics), { askedAt: 0, answeredAt: 0 });
  expect(seen).toMatchObject({ kind: "read", value: { machine: thisMachine() ?? "" } });
});

test("one that was cloned, or has been started again, is another one; one without an id is none", () => {
  const folder = mkdtempSync(join(tmpdir(), "drydock-machine-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const told = (id: string, boot: string) => {
    const paths = ["machine-id", "boot_id"].map((name) => join(folder, name));
    for (const [index, text] of [id, boot].entries()) writeFileSync(paths[index] ?? "", text);
    return thisMachine(paths);
  };
  const first = told("aaaa\n", "1111\n");
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(told("aaaa\n", "1111\n")).toBe(first);
  expect(told("aaaa\n", "2222\n")).not.toBe(first);
  expect(told("bbbb\n", "1111\n")).not.toBe(first);
  expect(told("", "1111\n")).toBeUndefined();
  expect(thisMachine([join(folder, "none"), join(folder, "boot_id")])).toBeUndefined();
});
